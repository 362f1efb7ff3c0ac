"""Every SQL statement of the record's own tables, by what they are about."""

from sportello.record.store.openings import add_opening, current_opening, end_openings, judge, opening_of, openings

__all__ = ["add_opening", "current_opening", "end_openings", "judge", "opening_of", "openings"]
