"""What is acknowledged survives kills: of the server, of the database, under load."""
