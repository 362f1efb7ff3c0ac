"""A text in every language the house speaks: a text that lacks one does not load."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

LANGUAGES = ("it", "en")
Text = Annotated[str, Meta(min_length=1)]


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """The same said in Italian and in English; neither may be missing."""

    it: Text
    en: Text

    def in_(self, language: str) -> str:
        return self.it if language == "it" else self.en

    def fill(self, language: str, values: Mapping[str, str]) -> str:
        """The text with its {places} filled; what patients wrote is put in as it is, never as a place of its own."""
        parts = []
        rest = self.in_(language)
        while rest:
            head, brace, tail = rest.partition("{")
            parts.append(head)
            if not brace:
                break
            name, _, rest = tail.partition("}")
            parts.append(values.get(name, ""))
        return "".join(parts)

    def places(self) -> set[str]:
        """The names between braces in either language."""
        found = set()
        for text in (self.it, self.en):
            found |= {part.partition("}")[0] for part in text.split("{")[1:]}
        return found
