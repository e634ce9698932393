"""Answers of patterns as plain lists and dicts: what the command line and the API send."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from gern.core.figures.asking import Granularity
from gern.core.patterns.affinity import Pair
from gern.core.patterns.attribution import Attribution, Estimate
from gern.core.patterns.cohorts import CohortsAnswer
from gern.core.patterns.funnel import FunnelAnswer
from gern.core.patterns.lifetimes import Survival
from gern.core.patterns.paths import Paths
from gern.core.patterns.phases import Phases
from gern.core.patterns.survival import Curve


def cohorts_told(found: CohortsAnswer, every: Granularity) -> dict[str, Any]:
    """``start`` is the month or year, else the first day of the bucket."""
    return {
        "every": every,
        "until": str(found.until),
        "left_cookieless": found.left_cookieless,
        "cohorts": [
            {
                "start": bucket_label(one.start, every),
                "size": one.size,
                "cells": [
                    {"k": c.k, "n": c.n, "complete": c.complete}
                    | ({} if c.revenue is None else {"revenue": str(c.revenue)})
                    for c in one.cells
                ],
            }
            for one in found.cohorts
        ],
        "means": [
            {"k": m.k, "n": m.n, "size": m.size, "share": float(m.share), "median": float(m.median)}
            for m in found.means()
        ],
    }


def funnel_told(found: FunnelAnswer) -> dict[str, Any]:
    """Groups and steps of time only where they were asked for."""
    told: dict[str, Any] = {
        "steps": [
            {"name": one.name, "n": one.n, "median_seconds": one.median_seconds,
             "median_from_start": one.median_from_start}
            for one in found.steps
        ],
        "under_way": found.under_way,
        "left_cookieless": found.left_cookieless,
    }  # fmt: skip
    if found.groups:
        told["groups"] = [{"group": name, "n": list(n)} for name, n in found.groups.items()]
    if found.over_time:
        told["over_time"] = [
            {"start": str(day), "n": list(n)} for day, n in found.over_time.items()
        ]
    return told


def survival_told(found: Survival) -> dict[str, Any]:
    """Groups and their comparison only where they were asked for."""
    told: dict[str, Any] = {"until": str(found.until)} | _curve(found.curve)
    if found.groups:
        told["groups"] = [{"group": name, **_curve(one)} for name, one in found.groups.items()]
    if found.differ:
        told["log_rank"] = {"chi2": found.differ.chi2, "degrees": found.differ.degrees,
                            "p": found.differ.p}  # fmt: skip
    return told


def affinity_told(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """``interval``: of the confidence."""
    return [
        {"a": p.a, "b": p.b, "a_name": p.a_name, "b_name": p.b_name, "n": p.n, "n_a": p.n_a,
         "n_b": p.n_b, "of": p.of, "support": p.support, "confidence": p.confidence,
         "interval": [p.low, p.high], "lift": p.lift}
        for p in pairs
    ]  # fmt: skip


def paths_told(found: Paths, limit: int) -> dict[str, Any]:
    """The ``limit`` most frequent ways and hops."""
    return {
        "trails": found.trails,
        "people": found.people,
        "rest": found.rest,
        "left_cookieless": found.left_cookieless,
        "variants": [
            {"steps": list(v.steps), "n": v.n, "share": v.n / found.trails}
            for v in found.variants[:limit]
        ],
        "hops": [
            {"at": h.at, "from": h.here, "to": h.there, "n": h.n} for h in found.hops()[:limit]
        ],
    }


def attribution_told(found: Attribution, language: str) -> dict[str, Any]:
    """``removal``: the share of conversions with a contact that would fail without it."""
    return {
        "conversions": found.conversions,
        "without_contact": found.without,
        "journeys_without_conversion": found.lost,
        "under_way": found.under_way,
        "people": found.people,
        "left_cookieless": found.left_cookieless,
        "touchpoints": [
            {
                "key": one.point.key,
                "name": one.point.name.in_language(language),
                "conversions_with": one.reached,
                "lost_journeys_with": one.lost,
                "rate": one.rate,
                "rate_without": one.rate_without,
                "p": one.p,
                "removal": _estimate(one.removal),
                "credits": {model: _estimate(credit) for model, credit in one.credits.items()},
            }
            for one in found.moments
        ],
    }


def phases_told(found: Phases, language: str) -> dict[str, Any]:
    """Where there is no later phase, ``passed`` is None."""
    return {
        "people": found.people,
        "phases": [
            {
                "name": one.name.in_language(language),
                "people": one.people,
                "window_over": one.over,
                "passed": None if one.last else one.passed,
                "median_seconds": one.median_seconds,
                "thin": one.thin,
                "touchpoints": [
                    {"key": m.point.key, "name": m.point.name.in_language(language),
                     "contacts": m.contacts, "people": m.people}
                    for m in one.met
                ],
            }
            for one in found.phases
        ],
    }  # fmt: skip


def bucket_label(day: date, every: Granularity) -> str:
    """``2024-03`` for a month, ``2024`` for a year, else the first day.

    >>> bucket_label(date(2024, 3, 1), "month")
    '2024-03'
    """
    return {"month": f"{day:%Y-%m}", "year": f"{day:%Y}"}.get(every, str(day))


def _estimate(one: Estimate) -> dict[str, float | None]:
    return {"value": one.value, "low": one.low, "high": one.high}


def _curve(curve: Curve | None) -> dict[str, Any]:
    if curve is None:
        return {"n": 0, "left": 0, "median_days": None, "points": []}
    points = [{"days": p.time, "at_risk": p.at_risk, "left": p.left, "survival": p.survival,
               "low": p.low, "high": p.high} for p in curve.points]  # fmt: skip
    return {"n": curve.n, "left": curve.left, "median_days": curve.median, "points": points}
