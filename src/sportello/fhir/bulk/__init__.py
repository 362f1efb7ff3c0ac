"""Everything at once, for other systems (http://hl7.org/fhir/uv/bulkdata): asked, counted, then fetched as NDJSON."""
