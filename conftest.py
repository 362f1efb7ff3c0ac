"""The fixtures that every room's tests share."""

pytest_plugins = ["sportello.testing", "sportello.administration.testing"]
