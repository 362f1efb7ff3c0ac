"""Where an error arose, without what it says: messages of errors may quote a person's data."""

import traceback


def where(error: BaseException) -> str:
    """The error's type and the innermost places of its trace: `KeyError at outreach/mails.py:43 < ...`."""
    places = [
        f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}"
        for frame in reversed(traceback.extract_tb(error.__traceback__)[-4:])
    ]
    return f"{type(error).__name__} at {' < '.join(places)}"
