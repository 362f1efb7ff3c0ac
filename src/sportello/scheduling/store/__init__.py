"""Every SQL statement of scheduling, by capability."""
