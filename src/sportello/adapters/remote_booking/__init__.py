"""Books in the calendars of another FHIR R4 system, by what that system can do."""
