"""Every SQL statement of the resource store, by what is asked of it."""

from sportello.fhir.store.compartment import Place, Sought, last_before, of_patient, page, spine
from sportello.fhir.store.merging import as_they_were, naming, sharing, size, versions_of
from sportello.fhir.store.resources import (
    Version,
    delete,
    every,
    get,
    get_many,
    history,
    hold,
    hold_many,
    put,
    put_many,
)
from sportello.fhir.store.search import by_token, find_people, search

__all__ = [
    "Place",
    "Sought",
    "Version",
    "as_they_were",
    "by_token",
    "delete",
    "every",
    "find_people",
    "get",
    "get_many",
    "history",
    "hold",
    "hold_many",
    "last_before",
    "naming",
    "of_patient",
    "page",
    "put",
    "put_many",
    "search",
    "sharing",
    "size",
    "spine",
    "versions_of",
]
