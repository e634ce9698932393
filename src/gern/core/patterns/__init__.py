"""Patterns in the log: who comes back, where they fall out, which way they go, what goes together.

Each is SQL over the relations of the door, and the same as one pass over the spine where there is
one (`core.engines.spine`); tests hold one against the other.
"""
