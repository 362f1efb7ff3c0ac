"""The clinical record on the hospital's own FHIR R4 server. Without this folder the record is our own store's alone."""
