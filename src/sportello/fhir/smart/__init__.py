"""SMART on FHIR for systems without people: who they are, what they may, tokens for their signed words."""
