"""The screens of patients' rights and of taking files in, in both languages: axe, widths, nothing left in English."""

from collections.abc import Callable

from playwright.sync_api import expect

from .conftest import Visitor
from .looking import Walk, both, refuse

PATIENTS = {"it": "giulia.ferri", "en": "emily.carter"}
FILE = b'{"resourceType": "Patient", "id": "neu-%s"}\n{"resourceType": "Patient", "gender": "x"}\n{broken\n'


def test_what_patients_and_staff_see_of_rights_over_data(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _rights)


def _rights(walk: Walk) -> None:
    page, url = walk.page, walk.person.url
    walk.enter(PATIENTS[walk.language], "patient")
    walk.open("portal-data", "/portal/data", public=True)
    page.locator("form[action='/portal/data/copy'] button").click()
    page.locator("main details summary").click()
    page.locator("form[action='/portal/data/erasure'] button").click()
    walk.look("portal-data-asked", public=True)
    walk.enter("marta")
    walk.open("privacy", "/desk/privacy")
    page.locator("form[action$='/approve'] button").first.click()
    page.locator("table a[href*='/erasures/']").first.click()
    walk.look("erasure")
    page.locator("form[action$='/refuse'] button").evaluate("one => { one.form.noValidate = true; one.click(); }")
    walk.look("erasure-refused")
    page.locator("main a[href*='/patients/']").click()
    walk.look("patient-privacy")
    walk.person.context.request.post(f"{url}/demo/patient/{PATIENTS[walk.language]}")
    page.goto(url + "/portal/data")
    expect(page.locator("a[href$='data.zip']")).to_be_visible(timeout=60_000)
    walk.look("portal-data-ready", public=True)


def test_what_an_administrator_sees_of_files_and_terms(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _files)


def _files(walk: Walk) -> None:
    page = walk.page
    walk.enter("sara")
    walk.open("retention", "/desk/retention")
    refuse(walk, "retention-refused", **{"record-months": "x"})
    walk.open("imports", "/desk/imports")
    name, content = f"persone-{walk.language}.ndjson", FILE % walk.language.encode()
    page.locator("#files").set_input_files([{"name": name, "mimeType": "application/json", "buffer": content}])
    page.locator("main form button.primary").click()
    expect(page.locator("#intake .badge.ok").first).to_be_visible(timeout=60_000)
    walk.look("import")
