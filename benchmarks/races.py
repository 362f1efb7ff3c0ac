"""Many clients, one seat, several server processes on one database: who gets it, and how soon the others know.

Every round a seat is wanted by so many at once, over HTTP, spread over the servers: one has it, the others are told
that it is taken. Then a day of mixed hands (book, hold, move, cancel, let expire), several pulling at one visit, with
rooms and devices that several practitioners share. Nothing may stand twice, or be lost: that would be an error here.
"""

import argparse
import asyncio

from tests.live import clinic, racing


def rows(arguments: list[str]) -> list[dict[str, object]]:
    """Two rows: the seat that all want, the mixed day. Raises AssertionError when a seat is given twice."""
    options = argparse.ArgumentParser(prog="bin/bench races")
    options.add_argument("--rounds", type=int, default=1000)
    options.add_argument("--clients", type=int, default=50)
    options.add_argument("--servers", type=int, default=3)
    options.add_argument("--hands", type=int, default=24, help="of the mixed day")
    options.add_argument("--seconds", type=float, default=30.0, help="of the mixed day")
    asked = options.parse_args(arguments)
    with clinic.database() as database:
        token = asyncio.run(racing.furnished(database))
        with racing.served(database, asked.servers) as servers:
            found = [asyncio.run(racing.one_seat(database, servers, token, asked.rounds, asked.clients))]
            found.append(asyncio.run(racing.mixed_day(database, servers, token, asked.hands, asked.seconds)))
    return found
