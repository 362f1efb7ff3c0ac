"""What an operator does about staff, tokens and the trail from a terminal."""

import argparse
import getpass
import sys
from datetime import timedelta
from typing import Any
from uuid import UUID

from sportello.administration import accounts, audit, machines, store
from sportello.administration.actor import SYSTEM
from sportello.administration.permissions import Permission, Role
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import LANGUAGES, N_, translate

_BROKEN = {
    "missing": N_("The audit trail is broken: event %(number)s is missing. %(events)s events before it are whole."),
    "changed": N_("The audit trail is broken: event %(number)s was changed. %(events)s events before it are whole."),
    "added": N_("The audit trail is broken: event %(number)s was added from outside. %(events)s events are whole."),
}


def register(commands: Any) -> None:
    """`staff`, `check audit` and `token` on the command line; each takes the lead's `--data` after its own words."""
    staff = commands.add_parser("staff", help="accounts: list, add, disable, enable, password")
    staff.add_argument("act", choices=["list", "add", "disable", "enable", "password"])
    staff.add_argument("login", nargs="?")
    staff.add_argument("--name", default="", help="as colleagues and patients see it")
    staff.add_argument("--email", default="")
    staff.add_argument("--role", default=Role.AGENT.value, choices=[role.value for role in Role])
    staff.add_argument("--language", default="it", choices=LANGUAGES)
    staff.add_argument(
        "--ask", action="store_true", help="ask for the password (or read it from standard input) instead of making one"
    )
    staff.set_defaults(run=run_staff)
    check = commands.add_parser("check", help="verify what must never be altered")
    check.add_argument("what", choices=["audit"])
    check.set_defaults(run=run_check)
    token = commands.add_parser("token", help="print a token for a machine door, once")
    token.add_argument("kind", choices=machines.KINDS)
    token.add_argument("--scope", action="append", default=[], help="repeatable; * is everything of the kind")
    token.add_argument(
        "--user", default="", metavar="LOGIN", help="the token asks in this person's name (user/ scopes)"
    )
    token.add_argument("--name", default="", help="what the token is for")
    token.add_argument("--days", type=int, default=30, help="how long it can be used")
    token.set_defaults(run=run_token)


async def run_staff(house: House, args: argparse.Namespace) -> int:
    """Exit code 2, with the reason, when it cannot be. Passwords are never part of the command line."""
    language = house.settings.clinic.languages[0]
    if args.act == "list":
        return await _list(house, language)
    if not args.login:
        print(translate(language, "Name the login: sportello staff %(act)s LOGIN", act=args.act), file=sys.stderr)
        return 2
    password = ""
    if args.act in {"add", "password"}:
        password = _asked() if args.ask else accounts.suggested_password()
    try:
        await house.db.run(lambda tx: _change(house, tx, args, password))
    except accounts.Unacceptable as no:
        print(translate(language, no.message), file=sys.stderr)
        return 2
    if password and not args.ask:
        print(translate(language, "First password of %(login)s: %(password)s", login=args.login, password=password))
    return 0


async def _list(house: House, language: str) -> int:
    async with house.db.transaction() as tx:
        staff = await store.all_staff(tx)
    width = max((len(one["login"]) for one in staff), default=0)
    for one in staff:
        closed = "" if one["active"] else f"  ({translate(language, 'Account closed')})"
        print(f"{one['login']:{width}}  {one['role']:16}  {one['name']}{closed}")
    return 0


async def _change(house: House, tx: Transaction, args: argparse.Namespace, password: str) -> None:
    await accounts.ensure_roles(tx)
    if args.act == "add":
        await accounts.add_staff(
            house, tx, SYSTEM, login=args.login, name=args.name or args.login, role=args.role, password=password,
            language=args.language, email=args.email, temporary=not args.ask,
        )  # fmt: skip
        return
    row = await store.staff_by_login(tx, args.login.strip().lower())
    if row is None:
        raise accounts.Unacceptable(N_("There is no such account."))
    if args.act == "password":
        await accounts.set_password(house, tx, SYSTEM, row["id"], password)
        return
    await accounts.change_staff(
        house, tx, SYSTEM, row["id"], role=row["role"], language=row["language"], active=args.act == "enable"
    )


def _asked() -> str:
    return getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


async def run_check(house: House, _: argparse.Namespace) -> int:
    """Exit code 1 and the first broken number when the chain does not hold.

    The last hash is printed to be written down elsewhere: who could forge the whole chain cannot forge that note.
    """
    language = house.settings.clinic.languages[0]
    found = await audit.verify(house.db)
    if found.broken is not None:
        print(translate(language, _BROKEN[found.why], number=found.broken, events=found.events))
        return 1
    print(translate(language, "The audit trail is whole: %(events)s events.", events=found.events))
    print(translate(language, "Last hash: %(hash)s", hash=found.head or "-"))
    return 0


async def run_token(house: House, args: argparse.Namespace) -> int:
    """One token on one line; only its hash is kept."""
    scopes = args.scope or ["user/*.cruds" if args.user else "*"]
    try:
        _check(args, scopes)
        person = await _in_whose_name(house, args, scopes)
    except accounts.Unacceptable as no:
        print(translate(house.settings.clinic.languages[0], no.message, **no.values), file=sys.stderr)
        return 2
    print(
        await house.db.run(
            lambda tx: machines.issue(
                house, tx, SYSTEM, args.kind, scopes, args.name, timedelta(days=args.days), staff=person
            )
        )
    )
    return 0


def _check(args: argparse.Namespace, scopes: list[str]) -> None:
    """Raises Unacceptable: a slip of the hand would make a token that reaches nothing, and nobody would be told."""
    if not 1 <= args.days <= 3650:
        raise accounts.Unacceptable(N_("A token lives from 1 to 3650 days."))
    lost = [scope for scope in scopes if args.kind in machines.MEANT and not machines.MEANT[args.kind](scope)]
    if lost:
        raise accounts.Unacceptable(N_("Scopes are such as system/Patient.rs, not %(scope)s."), scope=lost[0])


async def _in_whose_name(house: House, args: argparse.Namespace, scopes: list[str]) -> UUID | None:
    """The member of staff; raises Unacceptable: a person's scopes alone would reach nothing, or too far."""
    of_users = [scope.startswith("user/") for scope in scopes if scope != Permission.PATIENT_READ_SENSITIVE]
    if not args.user:
        if any(of_users):
            raise accounts.Unacceptable(N_("Scopes of users need --user with the login of a member of staff."))
        return None
    if args.kind != "fhir" or not of_users or not all(of_users):
        raise accounts.Unacceptable(N_("With --user the kind is fhir and every scope begins with user/."))
    found = await house.db.run(lambda tx: store.staff_by_login(tx, args.user))
    if found is None or not found["active"]:
        raise accounts.Unacceptable(N_("Nobody who may sign in has this login."))
    return UUID(str(found["id"]))
