"""Conversations: a talk with a patient from the first word to the closing, with one owner at any moment."""
