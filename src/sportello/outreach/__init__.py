"""Outreach: what the hospital sends to patients of its own accord, beginning with confirmations of appointments."""
