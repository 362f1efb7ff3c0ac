"""The FHIR door as other systems meet it: unmodified clients, independent validators, a reference to compare with."""
