"""Meetings in Microsoft Teams for virtual visits, by Microsoft Graph; delete this folder to be rid of it."""
