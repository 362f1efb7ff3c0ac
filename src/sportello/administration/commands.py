"""What an operator does about staff, tokens and the trail from a terminal."""

import argparse
import getpass
import sys
from datetime import timedelta
from typing import Any

from sportello.administration import accounts, audit, store
from sportello.administration.actor import SYSTEM
from sportello.administration.identifying import token_hash
from sportello.administration.permissions import Role
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import new_token

KINDS = ("api", "fhir", "directline")


def register(commands: Any) -> None:
    """`staff`, `check audit` and `token` on the command line."""
    staff = commands.add_parser("staff", help="accounts: list, add, disable, password")
    staff.add_argument("act", choices=["list", "add", "disable", "password"])
    staff.add_argument("login", nargs="?")
    staff.add_argument("--name", default="")
    staff.add_argument("--role", default="agent", choices=[role.value for role in Role])
    staff.add_argument("--language", default="it", choices=["it", "en"])
    staff.set_defaults(run=run_staff)
    check = commands.add_parser("check", help="verify what must never be altered")
    check.add_argument("what", choices=["audit"])
    check.set_defaults(run=run_check)
    token = commands.add_parser("token", help="print a token for a machine door")
    token.add_argument("kind", choices=KINDS)
    token.add_argument("--scope", action="append", default=[])
    token.add_argument("--days", type=int, default=30)
    token.set_defaults(run=run_token)


async def run_staff(house: House, args: argparse.Namespace) -> int:
    """Passwords are read from the terminal or standard input, never from the command line."""
    if args.act == "list":
        async with house.db.transaction() as tx:
            for one in await store.all_staff(tx):
                print(f"{one['login']:20} {one['role']:18} {one['name']}{'' if one['active'] else '  (closed)'}")
        return 0
    if not args.login:
        print("sportello staff: name the login", file=sys.stderr)
        return 2
    try:
        return await house.db.run(lambda tx: _change(house, tx, args))
    except accounts.Unacceptable as no:
        print(f"sportello staff: {no.message}", file=sys.stderr)
        return 2


async def _change(house: House, tx: Transaction, args: argparse.Namespace) -> int:
    await accounts.ensure_roles(tx)
    if args.act == "add":
        await accounts.add_staff(
            house, tx, SYSTEM, login=args.login, name=args.name or args.login, role=args.role,
            password=_password(), language=args.language,
        )  # fmt: skip
        return 0
    row = await store.staff_by_login(tx, args.login)
    if row is None:
        raise accounts.Unacceptable(f"there is no login {args.login}")
    if args.act == "disable":
        await accounts.change_staff(
            house, tx, SYSTEM, row["id"], role=row["role"], language=row["language"], active=False
        )
    else:
        await accounts.set_password(house, tx, SYSTEM, row["id"], _password())
    return 0


def _password() -> str:
    return getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


async def run_check(house: House, _args: argparse.Namespace) -> int:
    """Exit code 1 and the first broken number when the chain does not hold."""
    count, broken = await audit.verify(house.db)
    if broken is not None:
        print(f"the audit trail is broken at event {broken}; {count} events before it are whole")
        return 1
    print(f"the audit trail is whole: {count} events")
    return 0


async def run_token(house: House, args: argparse.Namespace) -> int:
    """One token on one line; only its hash is kept."""
    token, now = new_token(), house.clock.now()

    async def work(tx: Transaction) -> None:
        await store.insert_token(tx, token_hash(token), args.kind, args.scope, now, now + timedelta(days=args.days))
        await audit.record(house, tx, SYSTEM, "token.issued", detail={"kind": args.kind, "scopes": args.scope})

    await house.db.run(work)
    print(token)
    return 0
