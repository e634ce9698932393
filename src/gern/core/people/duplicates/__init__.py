"""Customers who may be one and the same: found, with reasons; joined only by a person."""

from gern.core.people.duplicates.pairs import Pair, find_pairs

__all__ = ["Pair", "find_pairs"]
