"""Direct Line 3.0 as a server: Microsoft's Web Chat and other clients of the protocol are doors for patients."""
