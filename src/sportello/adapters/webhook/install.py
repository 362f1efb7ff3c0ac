"""Wires the posting of notifications."""

from sportello.adapters.webhook.posting import Poster
from sportello.fhir.ports import WebHook
from sportello.kit.house import House


def install(house: House) -> None:
    """Nothing is posted before a system has subscribed."""
    house.ports.setdefault(WebHook, Poster(house.settings.security.inner_hosts))
