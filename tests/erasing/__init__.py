"""What is erased is gone from every table, and nothing else is."""
