"""Mail: one way out, an outbox that sends everything once, and pages that show what became of it.

`services.put` beside a change; the job sends. Nothing else in Gern sends mail.
"""
