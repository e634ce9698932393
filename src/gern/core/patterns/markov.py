"""Journeys as a Markov chain from touchpoint to touchpoint, which ends in the conversion or in nothing
(Anderl et al. 2016, doi:10.1016/j.ijresmar.2016.03.001)."""

from __future__ import annotations

import numpy as np

from gern.core.engines.names import Array


def removal_effects(steps: Array) -> Array:
    """For each touchpoint the share of conversions that fail when everybody who comes there goes
    away.

    ``steps[…, a, b]``: how often from ``a`` (0: the beginning, else touchpoint a − 1) to ``b`` (a
    touchpoint; the last two: conversion, nothing). Shape (…, touchpoints).

    >>> google_and_mailing = [[4, 1, 0, 0], [0, 1, 2, 1], [0, 0, 2, 0]]
    >>> removal_effects(np.array(google_and_mailing, dtype=float)).round(4).tolist()
    [0.75, 0.5]
    """
    n = steps.shape[-1] - 2
    sums = steps.sum(axis=-1, keepdims=True)
    chance = ratio(steps, sums, 0)
    begin, among, goal = chance[..., 0, :n], chance[..., 1:, :n], chance[..., 1:, n]
    whole = _reaching(begin, among, goal)
    found = np.zeros((*steps.shape[:-2], n))
    for k in range(n):
        keep = np.arange(n) != k
        left = _reaching(begin * keep, among * keep, goal)
        found[..., k] = 1 - ratio(left, whole, 1)
    return np.clip(found, 0, 1)


def _reaching(begin: Array, among: Array, goal: Array) -> Array:
    """How likely the conversion is from the beginning."""
    if not begin.shape[-1]:
        return np.zeros(begin.shape[:-1])
    on = np.linalg.solve(np.eye(begin.shape[-1]) - among, goal[..., None])[..., 0]
    found: Array = (begin * on).sum(axis=-1)
    return found


def ratio(above: Array, below: Array, empty: float) -> Array:
    """above / below, ``empty`` where nothing is below."""
    below = np.broadcast_to(below, above.shape)
    found: Array = np.divide(above, below, out=np.full(above.shape, float(empty)), where=below > 0)
    return found
