"""Delivers mail by SMTP; delete this folder to be rid of it."""
