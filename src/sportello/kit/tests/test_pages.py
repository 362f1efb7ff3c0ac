"""Static files, headers and failures as they leave the server."""

import gzip
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import get
from litestar.exceptions import HTTPException

from sportello.app import application
from sportello.kit import i18n, static
from sportello.kit.errors import Refusal
from sportello.kit.house import House
from sportello.kit.security.headers import POLICY

HTML = {"accept": "text/html"}


@get("/fails/{how:str}", opt={"open_door": "a trial"})
async def fails(how: str, house: House) -> None:
    match how:
        case "badly":
            raise ZeroDivisionError("Giulia Ferri, FRRGLI80A41D548X")
        case "database":
            await house.db.fetchval("select $1::text", "a\0b")
        case "taken":
            raise Refusal(409, i18n.N_("This is too large."))
    raise HTTPException(status_code=int(how))


@pytest.fixture
async def web(house: House) -> AsyncIterator[httpx.AsyncClient]:
    app = application(house, ("kit", "web"), lifespan=False)
    app.register(fails)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sportello.test") as http:
        yield http


async def test_a_static_file_is_kept_for_good_under_its_version(web: httpx.AsyncClient, house: House) -> None:
    path = house.pages.url_static("web/base.css")
    answer = await web.get(path, headers={"accept-encoding": "gzip"})
    assert answer.headers["cache-control"].endswith("immutable")
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == (await web.get(path, headers={"accept-encoding": "identity"})).content
    old = await web.get("/static/000000000000/web/base.css")
    assert old.headers["cache-control"] == "no-cache"
    module = await web.get(house.pages.url_static("web/app.js"))
    assert module.headers["content-type"] == "text/javascript; charset=utf-8"


def test_packed_files_are_what_they_were() -> None:
    packed = [file for file in static.files().values() if file.packed]
    assert packed
    assert all(gzip.decompress(file.packed or b"") == file.plain for file in packed)


@pytest.mark.parametrize(
    "path",
    [
        "web/../../pyproject.toml", "web/%2e%2e/%2e%2e/install.py", "..%2f..%2fetc/passwd", "web//etc/passwd",
        "kit/html.py", "web/", "web/%00", "nowhere/base.css", "web/..%5c..%5cx",
    ],
)  # fmt: skip
async def test_nothing_else_is_served(web: httpx.AsyncClient, house: House, path: str) -> None:
    answer = await web.get(f"/static/{static.version()}/{path}")
    assert answer.status_code == 404, answer.text


@pytest.mark.parametrize("path", ["/nowhere", "/health", "/fails/badly", "/fails/403"])
async def test_every_answer_carries_the_policy(web: httpx.AsyncClient, path: str) -> None:
    answer = await web.get(path, headers=HTML)
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/nowhere", 404, "Questa pagina o questo elemento non esiste."),
        ("/fails/badly", 500, "Qualcosa non ha funzionato da parte nostra."),
        ("/fails/database", 400, "La richiesta non è comprensibile."),
        ("/fails/taken", 409, "Il contenuto inviato è troppo grande."),
        ("/fails/400", 400, "La richiesta non è comprensibile."),
        ("/fails/403", 403, "Il Suo ruolo non consente questa operazione."),
        ("/fails/409", 409, "Qualcun altro è stato più veloce."),
        ("/fails/413", 413, "Il contenuto inviato è troppo grande."),
        ("/fails/429", 429, "Troppi tentativi."),
        ("/fails/503", 503, "Il servizio è molto occupato."),
    ],
)
async def test_failures_are_told_without_details(
    web: httpx.AsyncClient, path: str, status: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = await web.get(path, headers=HTML)
    part = await web.get(path, headers={"hx-request": "true", **HTML})
    data = await web.get(path, headers={"accept": "application/json"})
    english = await web.get(path, headers={**HTML, "accept-language": "en"})
    assert page.status_code == part.status_code == data.status_code == status
    assert told in page.text
    assert told in part.text
    assert told in data.json()["error"]
    assert told not in english.text
    assert "<html" in page.text
    assert "<html" not in part.text
    for text in (page.text, part.text, data.text):
        assert "Traceback" not in text
        assert "FRRGLI" not in text


async def test_https_only_where_the_hospital_speaks_https(house: House, web: httpx.AsyncClient) -> None:
    import msgspec

    server = msgspec.structs.replace(house.settings.server, public_url="https://sportello.example")
    house.settings = msgspec.structs.replace(house.settings, server=server)
    assert "strict-transport-security" in (await web.get("/health")).headers


async def test_what_strangers_write_is_text(house: House) -> None:
    hostile: Any = "<script>alert(1)</script>\" onload='x'"
    page = house.pages.fragment("it", "web/error.html", sentence=hostile, reference=hostile, status=500)
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;") >= 2
