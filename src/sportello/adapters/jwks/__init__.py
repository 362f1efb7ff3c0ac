"""Public keys that other systems publish, fetched over HTTPS and kept for a while."""
