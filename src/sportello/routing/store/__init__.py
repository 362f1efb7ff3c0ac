"""Every statement on queues, capacity, offers and presence."""
