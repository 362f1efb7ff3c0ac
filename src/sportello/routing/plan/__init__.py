"""The routing plan: one document that says who gets which conversation, when, and what is told meanwhile."""
