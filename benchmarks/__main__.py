"""`bin/bench NAME [--json] [...]`: runs one measurement and prints its rows."""

import argparse
import importlib
import json
import pkgutil
import sys

import benchmarks

_OWN = {"__main__", "watch", "bot_turns", "crowd"}


def main() -> int:
    names = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name not in _OWN)
    top = argparse.ArgumentParser(prog="bin/bench")
    top.add_argument("name", nargs="?", choices=names)
    top.add_argument("--json", action="store_true", help="a list of rows with plain keys")
    known, rest = top.parse_known_args()
    if not known.name:
        print("\n".join(names))
        return 0
    rows = importlib.import_module(f"benchmarks.{known.name}").rows(rest)
    if known.json:
        json.dump(rows, sys.stdout, indent=1)
        print()
    else:
        _table(rows)
    return 0


def _table(rows: list[dict[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table

    keys = list(dict.fromkeys(key for row in rows for key in row))
    table = Table(*keys)
    for row in rows:
        table.add_row(*(_cell(row.get(key, "")) for key in keys))
    Console(width=160).print(table)


def _cell(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
