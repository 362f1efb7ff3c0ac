"""Whatever is asked of the door: no failure of the server, and nothing beyond the token's scopes.

The paths, parameters, values, headers and bodies are drawn from what the door knows, from pieces of real resources, and
from what has broken others: NUL, lone surrogates, deep nesting, huge numbers, jsonpath and SQL. Every second question
goes by a way that leads to what may not be told: a bundle, an include, a history, a posted search, a patch of what
names it.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import httpx
import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from sportello.administration.testing import staff_member
from sportello.demo.people import people
from sportello.demo.records import house_bundle, record_bundle
from sportello.fhir import store
from sportello.fhir.importing import import_bundle
from sportello.kit.house import House

KINDS = ["Patient", "Observation", "Encounter", "Practitioner", "CarePlan", "Slot", "Binary", "Bundle", "Group"]
NAMES = """_id _lastUpdated _tag _security _profile _sort _count _total _summary _elements _include _revinclude
    _cursor _format _type _since name family identifier birthdate gender subject patient code date value-quantity status
    category class participant general-practitioner.name subject:Patient.name code-value-quantity near phone""".split()
MODIFIERS = ["", *":exact :contains :missing :not :text :identifier :below :Patient :iterate :x".split()]
SURROGATE = "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")
WORDS = """%00 ' " \\ $ $.a?( | || a|b|c|d , ,, * - _id -_id 1e999 -0 NaN 0001-01-01 9999-12-31 9999-12-31T23:59:60Z
    2026-02-30 2026-13 ge ap0 true false Patient/ Patient/x/_history/1 http://x.org/Patient/1 urn:uuid: Patient:name
    Observation:subject:Patient *:* ;drop % xml json count accurate""".split()
ODD = st.sampled_from(
    [*WORDS, "", " ", "\x00", SURROGATE, "9" * 400, "a" * 5000, "\U0001f9d1\u200d\u2695\ufe0f", "\u202e"]
)
FIELDS = """id meta name subject reference identifier value system code coding status entry resource request method url
    fullUrl op path period start end security""".split()
TEXT = st.one_of(ODD, st.text(max_size=12), st.integers().map(str), st.floats().map(str))
STEPS = st.one_of(
    st.sampled_from([*KINDS, "_search", "_history", "$everything", "$validate", "$export", "1", "metadata", "secret"]),
    TEXT,
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXT),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(TEXT, st.sampled_from(FIELDS)), inner, max_size=4),
    ),
    max_leaves=12,
)
BODIES = st.one_of(
    VALUES,
    st.builds(lambda kind, more: {**more, "resourceType": kind} if isinstance(more, dict) else more,
              st.sampled_from([*KINDS, "Parameters", "Nothing"]), VALUES),
    st.builds(lambda kind, inner: {"resourceType": "Bundle", "type": kind, "entry": inner},
              st.sampled_from(["batch", "transaction", "x"]), st.lists(st.fixed_dictionaries({
                  "request": st.fixed_dictionaries({
                      "method": st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE"]),
                      "url": st.lists(STEPS, max_size=3).map("/".join)}),
                  "resource": VALUES}), max_size=3)),
)  # fmt: skip
TYPES = [
    "application/fhir+json",
    "application/json-patch+json",
    "application/x-www-form-urlencoded",
    "text/html",
    "",
    "*/*",
]
# Ways that lead to what is hidden, or beyond the scopes.
PATHS = [
    one.split("/")
    for one in """Patient/1 Patient/1/$everything Patient/1/_history Patient/1/Observation _history
    Observation Observation/_history Observation/secret Observation/secret/_history Observation/secret/_history/1
    Encounter Encounter/names Encounter/names/_history Encounter/names/_history/1 Encounter/_history Encounter/_search
    Observation/_search Patient/_search Patient/_history CarePlan/beyond CarePlan/_history CarePlan/_search""".split()
]
INCLUDED = "* *:* Encounter:* Encounter:reason-reference Observation:subject CarePlan:subject CarePlan:* Patient:*"
SETTINGS = "1 2 Observation CarePlan,Observation 2020 count true text accurate -_lastUpdated secret beyond"
ASKED = st.lists(st.one_of(
    st.tuples(st.sampled_from(["_include", "_revinclude"]), st.sampled_from(INCLUDED.split())),
    st.tuples(st.sampled_from("_count _type _since _summary _total _sort _id _at".split()),
              st.sampled_from(SETTINGS.split())),
    st.just(("reason-reference:Observation.status", "final")), st.just(("subject:Patient.gender", "female")),
), max_size=3)  # fmt: skip
POINTERS = st.sampled_from(["/reasonReference/0/display", "/reasonReference/0", "/reasonReference", "/language", ""])
PATCHES = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["copy", "move", "test", "add", "replace", "remove"]), "path": POINTERS},
        optional={"from": POINTERS, "value": VALUES},
    ),
    max_size=3,
)
PATCHED = [["Encounter", "names"], ["Observation", "secret"], ["CarePlan", "beyond"]]
BUNDLES = st.builds(
    lambda kind, asks: {"resourceType": "Bundle", "type": kind, "entry": [{"request": one} for one in asks]},
    st.sampled_from(["batch", "batch", "transaction"]),
    st.lists(
        st.builds(lambda path, pairs: {"method": "GET", "url": f"{'/'.join(path)}?{urlencode(pairs)}"},
                  st.sampled_from(PATHS), ASKED), min_size=1, max_size=4),
)  # fmt: skip
# Method, steps, query, body and its type.
WAYS: st.SearchStrategy[tuple[str, list[str], list[tuple[str, str]], Any, str]] = st.one_of(
    st.tuples(st.just("GET"), st.sampled_from(PATHS), ASKED, st.none(), st.just("")),
    st.tuples(st.just("POST"), st.sampled_from([one for one in PATHS if one[-1] == "_search"]), st.just([]), ASKED,
              st.just("application/x-www-form-urlencoded")),
    st.tuples(st.just("POST"), st.just([]), st.just([]), BUNDLES, st.just("application/fhir+json")),
    st.tuples(st.just("PATCH"), st.sampled_from(PATCHED), st.just([]), PATCHES, st.just("application/json-patch+json")),
    st.tuples(st.sampled_from(["PUT", "DELETE"]), st.just(["Observation", "secret"]), st.just([]),
              st.just({"resourceType": "Observation", "id": "secret", "status": "amended", "code": {"text": "x"}}),
              st.just("application/fhir+json")),
)  # fmt: skip


async def test_no_question_makes_the_door_fail_or_tell_too_much(
    house: House, client: httpx.AsyncClient, token: Callable[..., Awaitable[str]]
) -> None:
    """Of a patient whose record is labelled, and of types beyond the scopes, nothing is ever said."""
    label = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}
    async with house.db.transaction() as tx:
        await import_bundle(tx, house_bundle())
        await import_bundle(tx, record_bundle(people()[0], 0, date(2026, 9, 1)))
        hidden = {"resourceType": "Observation", "id": "secret", "meta": label, "status": "final"}
        beyond = {"resourceType": "CarePlan", "id": "beyond", "status": "active", "intent": "plan", "title": "Qwfpgj"}
        subject = {"reference": "Patient/1"}
        # It was not hidden at first, and what is not hidden names it.
        named = [{"reference": "Observation/secret", "display": "Zzyzx"}]
        names = {"resourceType": "Encounter", "id": "names", "status": "finished", "class": {"code": "AMB"}}
        await store.put_many(tx, [
            {"resourceType": "Patient", "id": "1", "gender": "female"}, beyond | {"subject": subject},
            {"resourceType": "Observation", "id": "secret", "status": "final", "code": {"text": "Zzyzx"}},
            names | {"subject": subject, "reasonReference": named},
        ])  # fmt: skip
        await store.put(tx, hidden | {"code": {"text": "Zzyzx"}, "subject": subject})
    agent = await staff_member(house, "agent")
    tokens = [
        await token("*"), await token("system/Patient.cruds", "system/Observation.cruds"), "nobody's",
        await token("user/*.cruds", "patient.read_sensitive", staff=UUID(agent.id)),
    ]  # fmt: skip
    loop = asyncio.get_running_loop()

    async def ask(method: str, address: str, headers: dict[str, str], content: bytes) -> httpx.Response:
        return await client.request(method, address, headers=headers, content=content)

    @settings(max_examples=int(os.environ.get("SPORTELLO_EXAMPLES", "250")), deadline=None)
    @given(
        method=st.sampled_from(["GET", "GET", "POST", "PUT", "PATCH", "DELETE"]),
        steps=st.lists(STEPS, max_size=4),
        pairs=st.lists(
            st.tuples(st.builds(str.__add__, st.sampled_from(NAMES), st.sampled_from(MODIFIERS)), TEXT), max_size=3
        ),
        body=BODIES,
        content=st.sampled_from(TYPES),
        headers=st.dictionaries(
            st.sampled_from(["if-match", "if-none-match", "if-none-exist", "prefer"]), ODD, max_size=2
        ),
        way=st.one_of(st.none(), WAYS),
        who=st.sampled_from([0, 0, 1, 1, 2, 3]),
    )
    def fuzz(
        method: str,
        steps: list[str],
        pairs: list[tuple[str, str]],
        body: Any,
        content: str,
        headers: dict[str, str],
        way: tuple[str, list[str], list[tuple[str, str]], Any, str] | None,
        who: int,
    ) -> None:
        if way:
            (method, steps, pairs, body, content), headers = way, {}
        path = "/".join(quote(step, safe="", errors="surrogatepass") for step in steps)
        address = f"/fhir/R4/{path}?{urlencode(pairs, errors='surrogatepass')}"
        told = {name: "".join(one for one in value if " " <= one <= "~") for name, value in headers.items()}
        told |= {"authorization": f"Bearer {tokens[who]}", "content-type": content}
        raw = msgspec.json.encode(_speakable(body)) if method in ("POST", "PUT", "PATCH") else b""
        if way and content == "application/x-www-form-urlencoded":
            raw = urlencode(body).encode()
        coming: Coroutine[Any, Any, httpx.Response] = ask(method, address, told, raw)
        answer = asyncio.run_coroutine_threadsafe(coming, loop).result(30)
        assert answer.status_code < 500, (method, address, raw)
        assert "Zzyzx" not in answer.text, "it is hidden from these tokens"
        assert who in (0, 3) or "Qwfpgj" not in answer.text, "its type is beyond the scopes"
        if who == 2 and not address.startswith("/fhir/R4/metadata?"):
            assert answer.status_code in (401, 404, 405), "without a token nothing"

    await asyncio.to_thread(fuzz)
    kept = await house.db.fetchval(
        "select body ->> 'status' from fhir.resource where type = 'Observation' and id = 'secret'"
    )
    assert kept == "final", "what may not be seen may not be written over either"


def _speakable(value: Any) -> Any:
    """Without lone surrogates, which no client can send."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_speakable(one) for one in value]
    return {_speakable(name): _speakable(one) for name, one in value.items()} if isinstance(value, dict) else value
