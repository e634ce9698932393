"""Work that is not done in a request: queued in the database, tried again, on schedule.

``@job()`` makes a function of small JSON arguments (keys, never somebody's data) a job;
``FUNCTION.enqueue(…)`` queues it in the transaction it stands in. A job must bear being run
twice: a process may be killed at its last line. `every` runs one on schedule.
"""

from gern.kit.jobs.registry import every, job

__all__ = ["every", "job"]
