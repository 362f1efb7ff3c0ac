"""Tools that know nothing of care: settings, clock, ids, database, streams, jobs, texts, pages, security."""
