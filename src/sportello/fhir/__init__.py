"""FHIR R4 as the world speaks it: resources kept whole, found by a few columns, taken in from bundles."""
