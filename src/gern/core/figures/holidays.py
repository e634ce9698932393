"""Public holidays of a country or one of its parts: Monday is not Monday on Whit Monday."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from gern.core.errors import BadInput


def checked_region(value: str) -> str:
    """``""`` or a code of ISO 3166 such as ``DE-NW`` or ``AT``, as it is kept. ``BadInput`` says which
    there are."""
    from holidays import list_supported_countries

    text = str(value).strip().upper()
    country, dash, part = text.partition("-")
    known = list_supported_countries(include_aliases=False)
    if not text or (country in known and (not dash or part in known[country])):
        return text
    parts = ", ".join(f"{country}-{one}" for one in known.get(country, ()))
    allowed = parts or "DE-NW, AT, CH-ZH, …"
    raise BadInput(
        f"region {value!r} is not known. Allowed: a code of ISO 3166: {allowed}.", param="region",
        german=f"region „{value}“ ist nicht bekannt. Erlaubt ist ein Code nach ISO 3166: {allowed}.",
    )  # fmt: skip


def public_holidays(region: str, first: date, last: date) -> frozenset[date]:
    """Those of the region from ``first`` to ``last``; none where nobody said a region.

    >>> sorted(public_holidays("DE-NW", date(2026, 6, 1), date(2026, 6, 30)))
    [datetime.date(2026, 6, 4)]
    """
    years = range(first.year, last.year + 1) if region else range(0)
    return frozenset(day for year in years for day in _of_year(region, year) if first <= day <= last)  # fmt: skip


@lru_cache(maxsize=256)
def _of_year(region: str, year: int) -> frozenset[date]:
    from holidays import country_holidays

    country, _, part = region.partition("-")
    return frozenset(country_holidays(country, subdiv=part or None, years=year))
