"""What an operator does about the keys that secrets are sealed with."""

import argparse
import sys
from typing import Any

from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.kit.security import sealing

_IN_SETTINGS = N_(
    "The keys are in the settings: put a new one first in security.secrets_keys and start the servers again."
)
_SEALED = N_("Every secret is sealed with a new key; the old ones stay in the file for copies.")


def register(commands: Any) -> None:
    """`secrets` on the command line."""
    secrets = commands.add_parser("secrets", help="the keys that stored secrets are sealed with: key, rotate")
    secrets.add_argument("act", choices=["key", "rotate"])
    secrets.set_defaults(run=run_secrets)


async def run_secrets(house: House, args: argparse.Namespace) -> int:
    """`key` prints a new one; `rotate` makes one in the data directory and seals everything anew with it."""
    language = house.settings.clinic.languages[0]
    if args.act == "key":
        print(sealing.new_key())
        return 0
    if house.settings.security.secrets_keys:
        print(translate(language, _IN_SETTINGS), file=sys.stderr)
        return 2
    await sealing.renew(house)  # what cannot be opened now must not come under a second key
    sealing.put_first(house.settings.data, sealing.new_key())
    sealing.sealing_of(house).forget()
    await sealing.renew(house)
    print(translate(language, _SEALED))
    return 0
