"""Plugs the way to a language model in; nothing is asked of it until an administrator switches it on."""

from typing import Any

from sportello.adapters.language_model import pages
from sportello.adapters.language_model.client import ChatCompletions
from sportello.bots.ports import LanguageModel
from sportello.kit.house import House
from sportello.web.site_map import site_map

ROUTES: list[Any] = pages.ROUTES


def install(house: House) -> None:
    house.ports[LanguageModel] = ChatCompletions()
    site_map(house).add(pages.PLACE)
