"""A patient's rights over their data: a copy of all of it, and its erasure as far as the law lets it go."""
