"""The command at the end of a mailbox's pipe: mail that came back is handed in as the mail server received it."""

import argparse
import os
import sys

from sportello.kit.house import House
from sportello.outreach import returning


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds `bounce` to the command line."""
    command = commands.add_parser("bounce", help="take in a mail that came back, from standard input")
    command.add_argument("--recipient", default=os.environ.get("ORIGINAL_RECIPIENT", ""), help="to whom it came back")
    command.set_defaults(run=run)


async def run(house: House, args: argparse.Namespace) -> int:
    """Always 0 for what could be read: a mail server would try again for ever what is no report."""
    raw = sys.stdin.buffer.read(returning.MOST_BYTES)
    print(await returning.take(house, raw, args.recipient))
    return 0
