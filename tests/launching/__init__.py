"""The server as an operator meets it: starts, stops, kills, refusals."""
