"""The FHIR R4 door: what other systems may ask of the store, and in which words (http://hl7.org/fhir/R4/http.html)."""
