"""The schema: every kind of event and property seen, what it means, what may be stored of it."""
