"""Screens on which administrators set something up: who may open them, and where they stand among the others."""

from sportello.administration.permissions import Permission, requires
from sportello.web.site_map import RUN, Place

CHANGES = [requires(Permission.SETTINGS_CHANGE)]


def place(key: str, title: str, icon: str, at: str, words: str = "") -> Place:
    """A place for those who may change settings; `title` and `words` are message ids."""
    return Place(key, title, icon, (at,), RUN, (Permission.SETTINGS_CHANGE,), words)
