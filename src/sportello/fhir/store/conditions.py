"""Search conditions as SQL: what decides reads the resource itself; indexed columns only narrow where it looks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sportello.fhir.door import values
from sportello.fhir.door.asking import Condition
from sportello.fhir.door.parameters import Parameter, parameters
from sportello.fhir.extraction import indexed_token, is_exact, is_indexed
from sportello.fhir.folding import folded
from sportello.fhir.plugging import Plugs
from sportello.fhir.store import dates
from sportello.fhir.store.relations import relation
from sportello.fhir.store.search import containing

_PEOPLE = "('Patient', 'Practitioner', 'Organization', 'Location', 'HealthcareService')"
_WORDED = {
    ("Patient", "name"), ("Patient", "family"), ("Patient", "given"), ("Practitioner", "name"),
    ("Practitioner", "family"), ("Practitioner", "given"), ("Organization", "name"), ("Location", "name"),
    ("HealthcareService", "name"),
}  # fmt: skip
_SIGNS = {"gt": ">", "sa": ">", "ge": ">=", "lt": "<", "eb": "<", "le": "<="}


class Writer:
    """Gathers a statement's values while its text is written.

    With `splits` what only narrows where names are looked for is gathered in `narrow`: a page in the order of ids is
    then sifted id by id, until it is full.
    """

    def __init__(self, hidden: Sequence[str], plugs: Plugs, *, splits: bool = False) -> None:
        self.values: list[Any] = []
        self.hidden = hidden
        self.plugs = plugs
        self.splits = splits
        self.narrow: list[str] = []

    def put(self, value: Any, cast: str = "") -> str:
        """The placeholder of a value."""
        self.values.append(value)
        return f"${len(self.values)}{'::' + cast if cast else ''}"

    def condition(self, kind: str, one: Condition, alias: str = "r") -> str:
        """What must hold of a row of the table; for a parameter with several alternatives one of them."""
        if one.chain is not None:
            return self._chained(one, alias)
        parameter = one.parameter
        if one.modifier == "missing":
            there = " or ".join(f"jsonb_path_exists({alias}.body, {self._path(path)})" for path in parameter.paths)
            wanted = {f"not ({there})" if text == "true" else f"({there})" for text in one.alternatives}
            return f"({' or '.join(sorted(wanted))})"
        if parameter.kind == "id":
            return f"{alias}.id = any({self.put([values.plain(text) for text in one.alternatives], 'text[]')})"
        if parameter.kind == "updated":
            return self._any(dates.updated(self.put, alias, text) for text in one.alternatives)
        writes = {
            "token": self._tokens, "string": self._strings, "reference": self._references, "date": self._dates,
            "number": self._numbers, "quantity": self._numbers, "uri": self._uris,
        }[parameter.kind]  # fmt: skip
        return writes(kind, one, alias)

    def _path(self, path: str) -> str:
        return self.put(path, "text") + "::jsonpath"

    @staticmethod
    def _any(parts: Any) -> str:
        return f"({' or '.join(parts) or 'false'})"

    def _within(self, parameter: Parameter, alias: str, more: str, holds: str) -> str:
        """That some element of the parameter holds; `more` reads on from the element `v`."""
        return self._any(
            f"exists (select 1 from jsonb_path_query({alias}.body, {self._path(path)}) v{more} where {holds})"
            for path in parameter.paths
        )

    # Kinds of parameters

    def _tokens(self, kind: str, one: Condition, alias: str) -> str:
        parameter = one.parameter
        more = ", fhir.tokens_of(v) t"
        if one.modifier == "text":
            return self._any(
                self._within(parameter, alias, more,
                             f"fhir.folded(t.words) like {self.put(containing(folded(values.plain(text))), 'text')}")
                for text in one.alternatives
            )  # fmt: skip
        tokens = [values.token(text) for text in one.alternatives]
        field = parameter.paths[0].removeprefix("$.").removesuffix("[*]") if len(parameter.paths) == 1 else ""
        if one.modifier == "" and field == "status" and kind not in self.plugs and all(map(_is_status, tokens)):
            return f"{alias}.status = any({self.put([each.code for each in tokens], 'text[]')})"
        narrow = one.modifier != "not" and is_indexed(kind, field) and all(each.code is not None for each in tokens)
        if narrow and all(is_exact(field, each.code or "", each.system) for each in tokens):
            words = [indexed_token(field, each.code or "", each.system or "*") for each in tokens]
            return f"{alias}.tokens && {self.put(words, 'text[]')}"
        loose = parameter.name in ("email", "phone", "telecom")
        found = self._within(parameter, alias, more, self._any(self._token(each, loose) for each in tokens))
        if one.modifier == "not":
            return f"(not {found})"
        if not narrow:
            return found
        words = [indexed_token(field, each.code or "") for each in tokens]
        return f"({alias}.tokens && {self.put(words, 'text[]')} and {found})"

    def _token(self, one: values.Token, loose: bool) -> str:
        parts = []
        if one.code is not None:
            parts.append(
                f"lower(t.code) = lower({self.put(one.code, 'text')})"
                if loose
                else f"t.code = {self.put(one.code, 'text')}"
            )
        if one.system == "":
            parts.append("t.system is null")
        elif one.system is not None:
            # Of a bare code the system is implied by its element.
            implied = "t.system is null and jsonb_typeof(v) in ('string', 'boolean')"
            parts.append(f"(t.system = {self.put(one.system, 'text')} or ({implied}))")
        return f"({' and '.join(parts)})"

    def _strings(self, kind: str, one: Condition, alias: str) -> str:
        more = ", fhir.words_of(v) w"
        holds = []
        for text in map(values.plain, one.alternatives):
            if one.modifier == "exact":
                holds.append(f"w = {self.put(text, 'text')}")
            else:
                pattern = containing(folded(text))
                pattern = pattern if one.modifier == "contains" else pattern[1:]
                holds.append(f"fhir.folded(w) like {self.put(pattern, 'text')}")
        found = self._within(one.parameter, alias, more, self._any(holds))
        if (kind, one.parameter.name) in _WORDED:
            patterns = [containing(folded(values.plain(text))) for text in one.alternatives]
            near = self._any(f"{alias}.text like {self.put(pattern, 'text')}" for pattern in patterns)
            near = f"{alias}.type in {_PEOPLE} and {near}"
            if self.splits and alias == "r":
                self.narrow.append(near)
                return found
            return f"({near} and {found})"
        return found

    def _references(self, kind: str, one: Condition, alias: str) -> str:
        if one.modifier == "identifier":
            known = self._any(self._identifier(values.token(text)) for text in one.alternatives)
            return self._within(one.parameter, alias, "", known)
        local: list[str] = []
        foreign: list[str] = []
        bare: list[str] = []
        for text in map(values.plain, one.alternatives):
            if text.startswith(("http://", "https://", "urn:")):
                foreign.append(text)
            elif "/" in text:
                local.append(text.partition("/_history/")[0])
            elif types := one.types or one.parameter.targets:
                local += [f"{target}/{text}" for target in types]
            else:
                bare.append(text)
        told = "regexp_replace(coalesce(v ->> 'reference', v #>> '{}'), '/_history/.*$', '')"
        holds = [f"{told} = any({self.put(local + foreign, 'text[]')})"]
        holds += [f"{told} like {self.put('%/' + containing(text)[1:-1], 'text')}" for text in bare]
        found = self._within(one.parameter, alias, "", self._any(holds))
        if foreign or bare or not local:
            return found
        return f"({self._by_index(kind, one, alias, local)} and {found})"

    def _by_index(self, kind: str, one: Condition, alias: str, local: list[str]) -> str:
        plug = self.plugs.get(kind)
        if plug is None or plug.near != one.parameter.name:
            return f"{alias}.refs && {self.put(local, 'text[]')}"
        ids = self.put([name.partition("/")[2] for name in local], "text[]")
        return f"({alias}.near is null or {alias}.near = any({ids}))"

    def _identifier(self, one: values.Token) -> str:
        parts = []
        if one.code is not None:
            parts.append(f"v #>> '{{identifier,value}}' = {self.put(one.code, 'text')}")
        if one.system == "":
            parts.append("v #>> '{identifier,system}' is null")
        elif one.system is not None:
            parts.append(f"v #>> '{{identifier,system}}' = {self.put(one.system, 'text')}")
        return f"({' and '.join(parts)})"

    def _chained(self, one: Condition, alias: str) -> str:
        assert one.chain is not None
        inner, parts = alias + "c", []
        for target in one.types:
            aim = parameters(target).get(one.chain.parameter.name)
            if aim is None or aim.kind != one.chain.parameter.kind:
                continue
            chain = Condition(aim, one.chain.modifier, one.chain.alternatives, one.chain.types)
            own = f"array_append({inner}.tokens, '_type|*|' || {inner}.type)"
            seen = f"not {own} && {self.put(list(self.hidden), 'text[]')}"
            where = f"{inner}.type = {self.put(target, 'text')} and {seen} and {self.condition(target, chain, inner)}"
            there = f"{relation(self.plugs, target)} {inner}"
            names = f"select array_agg({inner}.type || '/' || {inner}.id) from {there} where {where}"
            near = f"{alias}.refs && ({names})"
            told = f"starts_with(v ->> 'reference', {self.put(target + '/', 'text')})"
            more = f" join {there} on {inner}.id = split_part(v ->> 'reference', '/', 2)"
            exact = self._within(one.parameter, alias, more, f"{told} and {where}")
            parts.append(f"({near} and {exact})")
        return self._any(parts)

    def _dates(self, kind: str, one: Condition, alias: str) -> str:
        spans = [values.date(text) for text in one.alternatives]
        found = self._any(
            self._within(one.parameter, alias, ", fhir.span(v) s", dates.compared(self.put, span)) for span in spans
        )
        if (kind, one.parameter.name) not in dates.TIMED:
            return found
        return f"({self._any(dates.near(self.put, kind, alias, span) for span in spans)} and {found})"

    def _numbers(self, kind: str, one: Condition, alias: str) -> str:
        found, near = [], []
        quantities = one.parameter.kind == "quantity"
        value = "(v ->> 'value')::numeric" if quantities else "(v #>> '{}')::numeric"
        typed = "jsonb_typeof(v -> 'value') = 'number'" if quantities else "jsonb_typeof(v) = 'number'"
        for text in one.alternatives:
            amount = (values.quantity if quantities else values.number)(text)
            parts = [typed, f"case when {typed} then {self._amount(value, amount)} end"]
            if amount.system:
                parts.append(f"v ->> 'system' = {self.put(amount.system, 'text')}")
            if amount.code:
                code = self.put(amount.code, "text")
                parts.append(
                    f"(v ->> 'code' = {code} or v ->> 'unit' = {code})"
                    if not amount.system
                    else f"v ->> 'code' = {code}"
                )
            found.append(f"({' and '.join(parts)})")
            near.append("true" if amount.prefix == "ne" else self._amount(f"fhir.value_of({alias}.body)", amount))
        holds = self._within(one.parameter, alias, "", self._any(found))
        if (kind, one.parameter.name) != ("Observation", "value-quantity"):
            return holds
        return f"({alias}.type = 'Observation' and {self._any(near)} and {holds})"

    def _amount(self, value: str, one: values.Amount) -> str:
        if sign := _SIGNS.get(one.prefix):
            return f"{value} {sign} {self.put(one.value, 'numeric')}"
        low, high = self.put(one.low, "numeric"), self.put(one.high, "numeric")
        inside = f"({value} >= {low} and {value} {'<=' if one.prefix == 'ap' else '<'} {high})"
        return f"not {inside}" if one.prefix == "ne" else inside

    def _uris(self, kind: str, one: Condition, alias: str) -> str:
        told = "coalesce(v #>> '{}', '')"
        holds = []
        for text in map(values.plain, one.alternatives):
            if one.modifier == "below":
                holds.append(f"{told} like {self.put(containing(text)[1:], 'text')}")
            elif one.modifier == "above":
                holds.append(f"starts_with({self.put(text, 'text')}, {told})")
            else:
                holds.append(f"{told} = {self.put(text, 'text')}")
        return self._within(one.parameter, alias, "", self._any(holds))

    # Order

    def key(self, parameter: Parameter, down: bool, kind: str) -> tuple[str, str]:
        """The expression to sort by, null where there is nothing, and its SQL type."""
        if parameter.kind == "updated":
            return "r.updated", "timestamptz"
        if parameter.kind == "id":
            return "r.id", "text"
        if (kind, parameter.name) in dates.TIMED:
            return "r.at", "timestamptz"
        best = "max" if down else "min"
        told, more, cast = {
            "date": (f"{best}(coalesce(lower(s), upper(s)))", ", fhir.span(v) s", "timestamptz"),
            "string": (f"{best}(fhir.folded(w))", ", fhir.words_of(v) w", "text"),
            "token": (f"{best}(t.code)", ", fhir.tokens_of(v) t", "text"),
            "reference": (f"{best}(coalesce(v ->> 'reference', v #>> '{{}}'))", "", "text"),
            "number": (f"{best}(case when jsonb_typeof(v) = 'number' then (v #>> '{{}}')::numeric end)", "", "numeric"),
            "quantity": (
                f"{best}(case when jsonb_typeof(v -> 'value') = 'number' then (v ->> 'value')::numeric end)",
                "", "numeric",
            ),
            "uri": (f"{best}(v #>> '{{}}')", "", "text"),
        }[parameter.kind]  # fmt: skip
        whole = " union all ".join(f"select jsonb_path_query(r.body, {self._path(path)}) v" for path in parameter.paths)
        return f"(select {told} from ({whole}) e{more})", cast


def _is_status(one: values.Token) -> bool:
    """Whether the column `status` tells by itself that an element of that name has the code."""
    return one.system is None and one.code is not None and len(one.code) <= 64


def instant(value: Any) -> str | None:
    """A sort key as text for a cursor."""
    return value.isoformat() if isinstance(value, datetime) else None if value is None else str(value)
