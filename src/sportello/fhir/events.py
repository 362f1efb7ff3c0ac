"""What the resource store announces to the rooms above."""

from msgspec import Struct


class BundleImported(Struct, frozen=True):
    """A bundle was taken in; numbers of resources only, never whose they are."""

    created: int
    updated: int
    unchanged: int
    deleted: int
