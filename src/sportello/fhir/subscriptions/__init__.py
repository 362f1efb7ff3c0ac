"""Telling other systems of changes as they happen, by the topic-based subscriptions backported to R4."""
