"""Every screen in both languages: axe finds nothing, nothing is too wide, nothing is left in English."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from .conftest import Visitor
from .looking import Walk, both, refuse
from .test_story import chat_of, say

PEOPLE = {"it": ("elena", "giulia.ferri", "Giulia Ferri"), "en": ("davide", "emily.carter", "Emily Carter")}


def test_what_anybody_sees(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _public)


def _public(walk: Walk) -> None:
    for name, path in {
        "start": "/", "mailbox": "/demo/mailbox", "portal": "/portal", "articles": "/articles",
        "article": "/articles/opening-hours", "no-article": "/articles/none", "no-visit": "/visit/none",
        "missing": "/none",
    }.items():  # fmt: skip
        walk.open(name, path, public=True)
    walk.open("portal-sign-in", "/portal/sign-in", public=True)
    refuse(walk, "portal-sign-in-refused", login="nobody", code="000000")
    walk.open("sign-in", "/sign-in", public=True)
    refuse(walk, "sign-in-refused", login="elena", password="wrong")
    refuse(walk, "sign-in-empty", login="", password="")
    walk.page.goto(walk.person.url + "/portal")
    chat_of(walk.page)
    walk.look("widget-new", public=True)


def test_what_a_patient_sees(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _patient)


def _patient(walk: Walk) -> None:
    walk.enter(PEOPLE[walk.language][1], "patient")
    walk.open("portal-signed-in", "/portal", public=True)
    walk.open("callback", "/portal/callback", public=True)
    walk.open("own-letters", "/portal/letters", public=True)
    walk.page.goto(walk.person.url + "/portal")
    walk.page.locator("form[action='/portal/wizard'] .button.primary").click()
    walk.look("own-visit-who", public=True)
    walk.page.goto(walk.person.url + "/portal")
    chat = chat_of(walk.page)
    say(chat, {"it": "A che ora aprite?", "en": "What are your opening hours?"}[walk.language])
    expect(chat.locator("a[href*=opening-hours]")).to_be_visible()
    walk.look("widget-talk", public=True)
    chat.locator(".foot button").click()
    expect(chat.locator(".ended")).to_be_visible()
    walk.look("widget-ended", public=True)


def test_what_an_agent_sees(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _agent)


def _agent(walk: Walk) -> None:
    login, patient, name = PEOPLE[walk.language]
    walk.enter(login)
    page = walk.page
    walk.look("desk-home")
    walk.open("forbidden", "/desk/staff")
    page.goto(walk.person.url + "/desk")
    page.locator("#presence-button").click()
    walk.look("presence-menu", new="#presence-menu")
    page.locator("#presence-menu [value=available]").click()

    walk.enter(patient, "patient")
    phone = walk.person.open("/portal")
    chat = chat_of(phone)
    say(chat, {"it": "Vorrei parlare con una persona", "en": "I would like to talk to a person"}[walk.language])
    expect(page.locator("[data-offer]")).to_contain_text(name)
    page.bring_to_front()
    walk.look("offer")
    page.keyboard.press("Alt+a")
    expect(page.locator("message-composer textarea")).to_be_focused()
    _session(walk)
    _wizard(walk)
    expect(phone.locator("html")).to_have_attribute("lang", walk.language)
    _over(walk)


def _session(walk: Walk) -> None:
    page = walk.page
    panel, shown = page.locator(".session:not([hidden])"), page.locator("[role=tabpanel]:visible")
    apps = panel.locator("[data-pane-choice=apps]")
    expect(shown.locator(".record")).to_be_visible()
    walk.look("session-talk")
    walk.look("patient-timeline", turn=apps)
    for part in ("plan", "team"):
        shown.locator(f".tabs a[href*='part={part}']").click()
        expect(shown.locator(f".tabs a[href*='part={part}'][aria-current]")).to_be_visible()
        walk.look(f"patient-{part}", turn=apps)
    panel.locator("[role=tab][data-url$='/script']").click()
    expect(shown.locator(".script")).to_be_visible()
    walk.look("script", turn=apps)
    for kind, found in {
        "appointments": ".scheduling",
        "patients": "form[role=search]",
        "knowledge": ".knowledge-search",
        "work": ".work",
        "my-day": ".cards",
    }.items():
        open_tab(page, kind)
        expect(shown.locator(found)).to_be_visible()
        walk.look(f"tab-{kind}", turn=apps)
    page.locator(".session:not([hidden]) [role=tab][data-kind=work]").click()
    for place, part in enumerate(("mine", "open", "closed"), 1):
        shown.locator(".work-frame .tabs a").nth(place).click()
        expect(shown.locator(f"form.filter[hx-post$={part}]")).to_be_visible()
        walk.look(f"work-{part}", turn=apps)
    panel.locator("[data-tab-more]").click()
    walk.look("tab-menu", turn=apps)
    page.keyboard.press("Escape")
    panel.locator("[data-customer]").click()
    expect(shown.locator(".customer")).to_be_visible()
    walk.look("customer", turn=apps)
    panel.locator("message-composer textarea").press_sequentially("/")
    expect(panel.locator(".suggestions")).to_be_visible()
    walk.look("quick-replies", new=".session:not([hidden]) .suggestions")
    page.keyboard.press("Escape")
    page.keyboard.press("Backspace")
    panel.locator("[data-emoji]").click()
    expect(page.locator("#emoji-picker [role=option]").first).to_be_visible()
    walk.look("emoji", new="#emoji-picker")
    page.keyboard.press("Escape")
    page.locator(".session:not([hidden]) [role=tab][data-url*='/desk/knowledge']").click()
    shown.locator(".knowledge-rows a").first.click()
    expect(shown.locator(".knowledge-article")).to_be_visible()
    walk.look("tab-article", turn=apps)
    page.keyboard.press("Control+k")
    expect(page.locator("#palette [role=option]").first).to_be_visible()
    walk.look("palette", new="#palette")
    page.keyboard.press("Escape")
    page.locator("#user-button").click()
    walk.look("user-menu", new="#user-menu")
    page.locator("[data-opens=keyboard-help]").click()
    walk.look("keyboard-help", new="#keyboard-help")
    page.keyboard.press("Escape")


def open_tab(page: Page, kind: str) -> None:
    session = page.locator(".session:not([hidden])")
    if (choice := session.locator("[data-pane-choice=apps]")).is_visible():
        choice.click()
    session.locator(".open-button").click()
    page.locator(f"#palette [data-tab-kind={kind}]").click()


def _wizard(walk: Walk) -> None:
    page = walk.page
    shown = page.locator("[data-wizard]")
    apps = page.locator(".session:not([hidden]) [data-pane-choice=apps]")
    open_tab(page, "wizard")

    def at(step: str, sign: str) -> None:
        expect(shown.locator(sign).first).to_be_visible()
        walk.look(f"wizard-{step}", turn=apps)

    def go(action: str = "next") -> None:
        shown.locator(f"button[name=action][value={action}]").first.click()

    at("who", "input[name=who]")
    go()
    at("who-refused", ".error-summary")
    shown.locator("input[name=who][value^=specialty]").first.check()
    go()
    at("type", "input[name=type]")
    shown.locator("input[name=type][value$='|virtual']").first.check()
    go()
    at("place", "input[name=place]")
    shown.locator("input[name=place]").first.check()
    go()
    at("time", "button[name=slot]")
    shown.locator("button[name=slot]").first.click()
    at("time-held", "slot-hold")
    go()
    at("reason", "input[name=reason]")
    shown.locator("input[name=reason]").fill("…")
    if (brings := shown.locator("input[name=brings][type=checkbox]")).count():
        brings.check()
    go()
    at("review", ".scheduling-review")
    go("schedule")
    expect(shown.locator(".scheduling-status .badge.ok")).to_be_visible(timeout=20_000)
    at("confirm", "input[name=mail]")
    go("done")
    at("done", ".scheduling-card")
    link = str(shown.locator(".scheduling-status a").get_attribute("href"))
    shown.locator(".actions a").click()
    expect(page.locator("[role=tabpanel]:visible .scheduling-card").first).to_be_visible()
    walk.look("appointments", turn=apps)
    page.locator("[role=tabpanel]:visible .scheduling-card a.button").first.click()
    expect(page.locator("input[name=why]:visible").first).to_be_visible()
    walk.look("cancellation", turn=apps)

    visit = walk.person.open()
    visit.goto(walk.person.url + "/visit/" + link.rpartition("/")[2])
    walk.look("visit", visit, public=True)
    visit.goto(walk.person.url + "/portal")
    walk.look("portal-with-visit", visit, public=True)
    visit.goto(walk.person.url + "/demo/mailbox")
    walk.look("mailbox-with-mail", visit, public=True)
    visit.close()


def _over(walk: Walk) -> None:
    page = walk.page
    page.bring_to_front()
    page.reload()
    page.locator("form[hx-post$='/ending'] button").click()
    note = page.locator(".foot [name=note]")
    expect(note).to_be_visible()
    walk.look("wrap-up")
    page.locator("form[hx-post$='/closing'] button").click()
    expect(page.locator(".field.wrong")).to_be_visible()
    walk.look("wrap-up-refused")
    note.fill("…")
    page.locator("form[hx-post$='/closing'] button").click()
    expect(page.locator("#session-home")).to_be_visible()
    page.locator("#presence-button").click()
    page.locator("#presence-menu [value=offline]").click()
    expect(page.locator("#presence-menu [value=offline][aria-current]")).to_be_attached()


def test_what_a_supervisor_sees(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _supervisor)


def _supervisor(walk: Walk) -> None:
    walk.enter(PEOPLE[walk.language][1], "patient")
    phone = walk.person.open("/portal")
    say(chat_of(phone), {"it": "A che ora aprite?", "en": "What are your opening hours?"}[walk.language])
    walk.enter("marta")
    walk.page.bring_to_front()
    walk.page.goto(walk.person.url + "/desk/board")
    name = PEOPLE[walk.language][2]
    expect(walk.page.get_by_role("button", name=name).first).to_be_visible()
    walk.look("board")
    for place, url in {
        "calendar": "calendar", "calendar-week": "calendar?view=week", "closures": "closures", "conflicts": "conflicts",
        "templates": "templates",
    }.items():  # fmt: skip
        walk.open(place, f"/desk/scheduling/{url}")
    walk.page.locator("main td a").first.click()
    walk.look("template")
    walk.page.goto(walk.person.url + "/desk/board")
    walk.page.locator("[data-assign]").first.click()
    expect(walk.page.locator("dialog.assigning")).to_be_visible()
    walk.look("board-assign")
    walk.page.keyboard.press("Escape")
    walk.open("dashboard-centre", "/desk/view?url=/desk/dashboards/centre")
    walk.page.goto(walk.person.url + "/desk/board")
    walk.page.get_by_role("button", name=name).first.click()
    expect(walk.page.get_by_role("log")).to_be_visible()
    walk.look("read-along")
    walk.open("knowledge", "/desk/knowledge")
    walk.open("alone", "/desk/view?url=/desk/patients")
    walk.page.locator("#alone [name=q]").fill("Ferri")
    walk.page.keyboard.press("Enter")
    expect(walk.page.locator("#alone").get_by_text("Giulia Ferri").first).to_be_visible()
    walk.look("patients-found")
    walk.page.locator("#alone [name=q]").fill("zzzz")
    walk.page.keyboard.press("Enter")
    expect(walk.page.locator("#alone .empty")).to_be_visible()
    walk.look("patients-none")
    walk.person.context.clear_cookies()
    walk.page.locator("#alone [name=q]").fill("Ferri")
    walk.page.keyboard.press("Enter")
    expect(walk.page.locator("#session-expired [data-name=login]")).to_be_focused()
    walk.look("session-expired")


def test_what_an_administrator_sees(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _administrator)


def _administrator(walk: Walk) -> None:
    walk.enter("sara")
    plain = "staff roles audit jobs wait-levels safekeeping replies systems own-bot language-model clinical-record"
    plain += " other-calendars"
    for name in plain.split():
        walk.open(name, f"/desk/{name}")
    for name, url in {
        "routing": "", "routing-workstream": "/part/workstreams/0", "routing-queue": "/part/queues/1",
        "routing-hours": "/part/hours/0", "routing-person": "/part/members/new", "routing-trial": "/simulation",
        "routing-versions": "/versions", "routing-file": "/file",
    }.items():  # fmt: skip
        walk.open(name, f"/desk/routing{url}")
    walk.open("password", "/desk/password")
    refuse(walk, "password-refused", old_password="wrong", new_password="short")
    walk.page.goto(walk.person.url + "/desk/staff")
    refuse(walk, "staff-refused", name="", login="elena", password="x")
    walk.page.goto(walk.person.url + "/desk/staff")
    walk.page.locator("main table a").first.click()
    walk.look("account")
