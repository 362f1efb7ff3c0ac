"""What a process does before it holds thousands of sockets for days."""

import contextlib
import gc
import resource


def prepare() -> None:
    """Called once, when the start is done and before the doors matter.

    Descriptors: the usual soft limit of 1,024 would be the limit of sockets; it is raised to what the system allows.
    Garbage: a search walks all living objects; at 8,000 messages a second the default pace cost a tenth of the core
    and paused everybody for tens of milliseconds. What the start has made is left out of every later search, and
    searches are rarer; reference counting frees nearly all without them.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 1_048_576)), hard))
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 50, 50)
