"""Watching figures: bands, notes on the time line, alarms."""
