"""The staff's workspace: sessions, tabs and the board, composed of what the other rooms show."""
