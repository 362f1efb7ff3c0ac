"""Notifications to other systems by HTTP."""
