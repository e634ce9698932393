"""Who is who: what sources said, claims to decide on, conflicts, joins that can be undone."""
