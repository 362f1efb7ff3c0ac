"""Taking in what others have written out: bundles and NDJSON, resumable, with a report of what was refused and why."""
