"""The patient as staff see them: who it is, what happened, what is planned, who cares; every look is written down."""
