"""A talk with a patient: its states, its messages, who owns it, how it ends."""
