"""The routing engine: pure functions over a plan and a snapshot; nothing here reads a clock, a table or a line."""
