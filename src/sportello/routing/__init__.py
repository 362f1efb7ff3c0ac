"""Routing: queues, presence, capacity and offers; it decides who gets the next patient."""
