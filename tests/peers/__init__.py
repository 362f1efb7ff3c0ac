"""Others' clients and bots, unmodified, against the real server: a standard means what they make of it.

Scripts in node live here, beside their packages: a module in node finds packages only from where it lies.
"""
