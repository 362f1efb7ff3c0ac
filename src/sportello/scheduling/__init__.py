"""Scheduling: practitioners' calendars, slots, and the appointments booked in them."""
