"""Scans files with ClamAV's daemon; delete this folder to be rid of it."""
