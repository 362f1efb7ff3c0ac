"""The operator's command for the map: `sportello import postal-codes FILE...`."""

import argparse
import sys
from typing import Any

from sportello.administration import audit
from sportello.administration.actor import SYSTEM
from sportello.fhir.commands import IMPORTS
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import translate
from sportello.scheduling import geonames
from sportello.scheduling.geonames import NotPostalCodes
from sportello.scheduling.store import postal_codes

_SHOWN = 5


def register(commands: Any) -> None:
    """`postal-codes` is a further kind of `sportello import`."""
    IMPORTS["postal-codes"] = import_postal_codes


async def import_postal_codes(house: House, args: argparse.Namespace) -> int:
    """Takes in each file whole or not at all, in place of what its countries had; exit code 1 when one was refused."""
    language = house.settings.clinic.languages[0]
    refused = 0
    for file in args.files:
        try:
            found = geonames.read(file)
        except NotPostalCodes as error:
            refused += 1
            print(f"{file}: {translate(language, str(error))}", file=sys.stderr)
            continue
        for fault in found.faults[:_SHOWN]:
            said = translate(language, "line %(line)s left out: %(text)s", line=fault.line, text=fault.text)
            print(f"{file}: {said}", file=sys.stderr)
        countries = sorted({one.country for one in found.codes})

        async def work(tx: Transaction, codes: Any = found.codes, countries: Any = countries) -> None:
            await postal_codes.replace(tx, countries, codes)
            await audit.record(
                house, tx, SYSTEM, "postal_codes.imported", detail={"countries": countries, "codes": len(codes)}
            )

        await house.db.run(work)
        said = translate(
            language, "%(codes)s postal codes of %(countries)s taken in; lines left out: %(faults)s",
            codes=len(found.codes), countries=", ".join(countries), faults=len(found.faults),
        )  # fmt: skip
        print(f"{file}: {said}")
    return 1 if refused else 0
