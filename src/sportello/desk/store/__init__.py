"""Every statement on the desk's tables: open sessions, what people set up for themselves, how long a wait may be."""

from sportello.desk.store.personal import WaitLevels, keep_personal, personal, set_wait_levels, wait_levels
from sportello.desk.store.sessions import (
    Session,
    arrange_tabs,
    close_session,
    keep_draft,
    open_session,
    session_of,
    sessions_of,
    sessions_with_tab,
)

__all__ = [
    "Session", "WaitLevels", "arrange_tabs", "close_session", "keep_draft", "keep_personal", "open_session",
    "personal", "session_of", "sessions_of", "sessions_with_tab", "set_wait_levels", "wait_levels",
]  # fmt: skip
