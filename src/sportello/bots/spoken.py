"""Which texts speak: the files that ship, each replaced by its published edition; and keeping them for ever."""

import hashlib
from collections.abc import Mapping
from functools import cache

from sportello.bots import red_flags
from sportello.bots.library import FOLDER, Library, hash_of
from sportello.bots.library import read as read_library
from sportello.bots.red_flags import Watch
from sportello.bots.store import editions
from sportello.bots.store.talks import Reader
from sportello.kit.house import House

FLAGS = red_flags.FILE.name


@cache
def shipped() -> Mapping[str, str]:
    """The texts that come with the house, by file."""
    return {file.name: file.read_text() for file in [*sorted(FOLDER.glob("*.yaml")), red_flags.FILE]}


async def in_force(reader: Reader) -> dict[str, str]:
    """The texts that speak now, by file."""
    return {**shipped(), **{edition.file: edition.body for edition in await editions.published(reader)}}


async def as_shipped(reader: Reader) -> list[str]:
    """Files that speak as they come with the house: nobody of the hospital has approved them."""
    own = {edition.file for edition in await editions.published(reader)}
    return [file for file in shipped() if file not in own]


def read_all(texts: Mapping[str, str]) -> tuple[Library, Watch]:
    """Scenarios and red flags. Raises ValueError with what is wrong."""
    scenarios = read_library({file: text for file, text in texts.items() if file != FLAGS})
    return scenarios, red_flags.watch_of(texts[FLAGS])


async def remember(house: House, texts: Mapping[str, str]) -> str:
    """Keeps what speaks from now on; the answer is its hash."""
    by_hash = {hash_of(text): (file, text) for file, text in texts.items()}
    whole = hashlib.sha256("\n".join(f"{file} {digest}" for digest, (file, _) in sorted(by_hash.items())).encode())
    digest = whole.hexdigest()[:16]
    async with house.db.transaction() as tx:
        await editions.remember(tx, by_hash, digest)
    return digest
