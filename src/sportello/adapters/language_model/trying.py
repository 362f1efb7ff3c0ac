"""The connection tried with invented words, step by step: whether it answers, in time, and with what was asked for."""

import asyncio
import time

from msgspec import Struct

from sportello.bots.language_model import prompts
from sportello.bots.language_model.asking import DEADLINE
from sportello.bots.language_model.terms import Terms, key_of
from sportello.bots.ports import LanguageModel, ModelTrouble
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.security.sealing import KeyMissing

TROUBLES = {
    "unreachable": N_("Nothing answers at this address."),
    "late": N_("It did not answer within three seconds: patients would be answered without it."),
    "busy": N_("It says that it is asked too often (429)."),
    "failed": N_("It answers with an error of its own."),
    "refused": N_("It refuses us: the key, the model's name or the address is wrong."),
    "nonsense": N_("What it answers is not what was asked for: the model, or its server, does not keep to the schema."),
}
ANSWERED = N_("It answered in %(milliseconds)s milliseconds, in the shape that was asked for.")
RIGHT = N_("It chose the right wish for “I would like to move my visit”.")
WRONG = N_("It chose another wish for “I would like to move my visit”: the model may be too small.")
SEALED = N_("The key cannot be read: what seals secrets on this server is missing. Write the key again.")
NOT_SET_UP = N_("Write an address and the model's name first.")
_WISHES = {"move": "to move a visit to another time", "hours": "opening hours", "parking": "where to park"}


class Step(Struct, frozen=True):
    """How far it came; `kind` is ok, warn or danger."""

    kind: str
    text: str
    values: dict[str, str] = {}


async def try_it(house: House, terms: Terms) -> list[Step]:
    """One question with nobody's words; asked whether or not the model is switched on."""
    model: LanguageModel = house.port(LanguageModel)
    if not terms.address or not terms.model:
        return [Step("warn", NOT_SET_UP)]
    prompt, began = prompts.route("Vorrei spostare la mia visita", _WISHES), time.monotonic()
    try:
        async with asyncio.timeout(DEADLINE):
            raw = await model.complete(terms.address, terms.model, key_of(house, terms), prompt)
        chosen = prompts.read_route(raw, _WISHES)
    except TimeoutError:
        return [Step("danger", TROUBLES["late"])]
    except KeyMissing:
        return [Step("danger", SEALED)]
    except ModelTrouble as trouble:
        return [Step("danger", TROUBLES[trouble.code])]
    except prompts.Nonsense:
        return [Step("danger", TROUBLES["nonsense"])]
    took = str(round((time.monotonic() - began) * 1000))
    last = Step("ok", RIGHT) if chosen == "move" else Step("warn", WRONG)
    return [Step("ok", ANSWERED, {"milliseconds": took}), last]
