"""The fixtures that every room's tests share."""

import os

from hypothesis import settings

pytest_plugins = ["sportello.testing", "sportello.administration.testing"]

# A change is judged by the same examples every time; SPORTELLO_EXAMPLES=N asks for new ones, in a night of trials.
settings.register_profile("same", derandomize="SPORTELLO_EXAMPLES" not in os.environ)
settings.load_profile("same")
