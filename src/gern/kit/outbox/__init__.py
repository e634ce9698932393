"""The outbox: how a room's change becomes an event, at least once and counted once.

A room writes its own row and calls `services.record` in the same database transaction. What was
rolled back never becomes an event; what was committed does, even if the process dies right after.
"""
