"""Direct Line 3.0 as a client: Azure Health Bot, Copilot Studio, and any other bot behind the protocol."""
