"""Which articles were sent in a patient's conversations, which scripts were gone through: no words of theirs."""

import msgspec

from sportello.administration.privacy import rows
from sportello.administration.privacy.holdings import Chapter, Entry, Holding, Table, Telling, holdings
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, format_datetime, translate
from sportello.knowledge.store import reading

_SENT = Table("scripts.sending", {"conversation": "conversation"}, {}, at="at")
_WANTED = {"at": "", "article": "", "version": "", "language": ""}
_LANGUAGES = {"it": N_("Italian"), "en": N_("English")}


async def _told(house: House, tx: Transaction, telling: Telling) -> None:
    """By the title that the version had which was sent."""
    language = telling.language
    found = await rows.read(tx, msgspec.structs.replace(_SENT, shown=_WANTED), telling.subject)
    versions = [(row["article"], row["language"], row["version"]) for row in found]
    titles = await reading.titles(tx, versions)
    entries = []
    for row, version in zip(found, versions, strict=True):
        spoken = _LANGUAGES.get(row["language"])
        facts = [
            (translate(language, N_("Sent on")), format_datetime(row["at"], language, house.settings.clinic.tz)),
            (translate(language, N_("Language")), translate(language, spoken) if spoken else row["language"]),
        ]
        entries.append(Entry(titles.get(version, ""), facts))
    telling.chapters.append(Chapter(translate(language, N_("Articles sent")), entries))


def hold(house: House) -> None:
    """Says what this room holds."""
    holdings(house).append(
        Holding("scripts", "conversation", [_SENT], covers=("scripts.run", "scripts.choice"), told=_told)
    )
