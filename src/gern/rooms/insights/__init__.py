"""Insights: the briefing and the figures, opened down to the people."""
