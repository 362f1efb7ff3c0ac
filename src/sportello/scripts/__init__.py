"""Agent scripts: the steps an agent follows in a conversation, and the macros that do a step for them."""
