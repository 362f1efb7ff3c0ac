"""Whom outside systems are believed to be: the authorities of certifi, read once for all clients of a process.

Reading them takes a tenth of a second, too long to do it for each post to a subscriber.
"""

import ssl
from functools import cache

import certifi


@cache
def trusted() -> ssl.SSLContext:
    """For `verify=` of an HTTP client that talks to other systems."""
    return ssl.create_default_context(cafile=certifi.where())
