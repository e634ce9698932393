"""The state of the list, read from its address: who is wanted, which columns, order, page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from gern.core.errors import GernError
from gern.core.people.listing import COLUMNS, SORTS, Filter
from gern.core.people.plane import BANDS, QUADRANTS, SOON_DAYS, people_in, people_in_band
from gern.core.people.portfolio import CLASSES, SCORES, Place
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import own_only
from gern.kit.errors import said
from gern.kit.inputs import number as number_of_row
from gern.kit.inputs import one_line
from gern.kit.subsets import found_by
from gern.rooms.customers.audiences.members import members
from gern.rooms.customers.models import Audience, Tag, Tagging
from gern.rooms.customers.person.owners import looked_after
from gern.rooms.customers.person.sight import COLUMNS_OF, hidden_columns

PAGE_ROWS = 50
USUAL_COLUMNS = ("name", "city", "country", "revenue", "purchases", "last_purchase", "due")
KEPT = (
    "abc",
    "recency",
    "frequency",
    "monetary",
    "band",
    "quadrant",
    "soon",
    "country",
    "tag",
    "audience",
    "pattern",
    "overdue",
    "purchases",
    "revenue",
    "since",
    "silent",
    "columns",
    "sort",
)
"""What a saved list keeps. Not the search: it would keep somebody's name."""
_BY_REVENUE = ("revenue", "value", "abc", "recency", "frequency", "monetary", "band", "quadrant")
_MOST = 1_000_000_000


@dataclass(frozen=True)
class ListState:
    """``wanted``: who; ``problems``: what the address says wrongly, in the reader's words."""

    wanted: Filter
    tag: Tag | None
    audience: Audience | None
    part: str
    """Of what they are a part (portfolio, plane, cohort, funnel), in the reader's words; empty: all."""
    since: int | None
    silent: int | None
    columns: tuple[str, ...]
    sort: str
    page: int
    problems: tuple[str, ...]

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.page - 1) * PAGE_ROWS


def read_list(query: QueryDict, shop: Shop) -> ListState:
    """Unknown or wrong values are left out and said, never an error page."""
    problems: list[str] = []
    query = _renamed(query)

    def number(name: str, most: int = _MOST) -> Decimal | None:
        text = query.get(name, "").strip().replace(",", ".")
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or not 0 <= value <= most:
            problems.append(
                _("“%(value)s” is no number from 0 to %(most)s; it is left out.")
                % {"value": text[:20], "most": most}
            )
            return None
        return value

    def days(name: str) -> int | None:
        value = number(name, most=36_500)
        return None if value is None else int(value)

    since, silent = days("since"), days("silent")
    least = number("purchases")
    wanted = Filter(
        search=query.get("search", "").strip()[:200],
        country=query.get("country") or None,
        least_purchases=None if least is None else int(least),
        least_revenue=number("revenue"),
        bought_since=_before(shop, since),
        not_since=_before(shop, silent),
        overdue=query.get("overdue") == "1",
        place=_place(query, shop),
    )
    tag, name = None, one_line(query.get("tag", ""), 60)
    if name:
        tag = Tag.objects.filter(name__iexact=name).first()
        wanted = replace(wanted, among=tuple(people_tagged(shop, tag)) if tag else ())
        if tag is None:
            problems.append(_("There is no tag “%(tag)s”.") % {"tag": name})
    wanted = _in_plane(query, shop, wanted, problems)
    audience = None
    if query.get("audience"):
        audience = Audience.objects.filter(pk=number_of_row(query["audience"])).first()
        try:
            subset = members(shop, audience) if audience else None
        except GernError:
            subset = None
        if subset is None:  # never everybody in place of those who were asked for
            problems.append(_("There is no such audience, or it cannot be told."))
            wanted = replace(wanted, among=())
        else:
            wanted = replace(wanted, subsets=(*wanted.subsets, subset))
    label = ""
    if query.get("pattern"):
        try:
            subset, label = found_by(shop, query["pattern"])
            wanted = replace(wanted, subsets=(*wanted.subsets, subset))
        except GernError as error:
            problems.append(said(error))
            wanted = replace(wanted, among=())
    columns = tuple(c for c in query.getlist("columns") if c in COLUMNS) or USUAL_COLUMNS
    return ListState(
        wanted=wanted,
        tag=tag,
        audience=audience,
        part=", ".join(filter(None, (_part(query, wanted), label))),
        since=since,
        silent=silent,
        columns=tuple(c for c in COLUMNS if c in columns),
        sort=query["sort"] if query.get("sort") in SORTS else "revenue",
        page=min(number_of_row(query.get("page", "")) or 1, 1_000_000),
        problems=tuple(problems),
    )


def _renamed(query: QueryDict) -> QueryDict:
    """Lists that were saved while revenue was called value."""
    found = query.copy()
    if "value" in found:
        found.setdefault("revenue", found["value"])
    if found.get("sort") == "value":
        found["sort"] = "revenue"
    found.setlist("columns", ["revenue" if c == "value" else c for c in found.getlist("columns")])
    return found


def read_request(request: HttpRequest, shop: Shop) -> ListState:
    """The state in the address of a page, as far as this user sees customers."""
    return for_user(request.user, request.GET, shop)


def for_user(user: Any, query: QueryDict, shop: Shop) -> ListState:
    """The same without columns, orders and filters by what is hidden from the user; narrowed to
    whom they look after, if they see only these."""
    hidden, query = hidden_columns(user), query.copy()
    closed = (
        *(_BY_REVENUE if "revenue" in hidden else ()),
        *(("audience", "pattern") if hidden else ()),
    )
    asked = [name for name in closed if query.get(name)]  # the rule of an audience may rest on it
    for name in closed:
        query.pop(name, None)
    state = read_list(query, shop)
    wanted = replace(state.wanted, by_name=bool(hidden & COLUMNS_OF["contact"]))
    if asked:  # never everybody in place of those who were asked for
        wanted = replace(wanted, among=())
        said = _("This list rests on what your role does not show.")
        state = replace(state, problems=(*state.problems, said))
    if own_only(user):
        own = looked_after(shop, user)
        tagged = wanted.among
        wanted = replace(wanted, among=own if tagged is None else tuple(set(own) & set(tagged)))
    sort = "last" if state.sort == "revenue" and "revenue" in hidden else state.sort
    columns = tuple(c for c in state.columns if c not in hidden)
    return replace(state, wanted=wanted, sort=sort, columns=columns)


def _place(query: QueryDict, shop: Shop) -> Place | None:
    """A place in the portfolio; None when the address names none."""
    abc = query["abc"] if query.get("abc") in CLASSES else None
    scores = {
        name: next((score for score in SCORES if str(score) == query.get(name)), None)
        for name in ("recency", "frequency", "monetary")
    }
    if abc is None and not any(scores.values()):
        return None
    return Place(shop.today(), shop.zone, abc, **scores)


def _in_plane(query: QueryDict, shop: Shop, wanted: Filter, problems: list[str]) -> Filter:
    """Narrowed to a quadrant, or a band of attachment."""
    quadrant, band = query.get("quadrant"), query.get("band")
    if (quadrant and quadrant not in QUADRANTS) or (band and band not in map(str, range(BANDS))):
        problems.append(_("There is no such part of the plane."))
        return replace(wanted, among=())
    if quadrant:
        part = people_in(shop, shop.today(), quadrant, soon=query.get("soon") == "1")
        wanted = replace(wanted, subsets=(*wanted.subsets, part))
    if band:
        of_band = people_in_band(shop, shop.today(), int(band))
        wanted = replace(wanted, subsets=(*wanted.subsets, of_band))
    return wanted


def _part(query: QueryDict, wanted: Filter) -> str:
    said = []
    if wanted.place is not None:
        labels = {"abc": _("class"), "recency": _("recency"), "frequency": _("frequency"),
                  "monetary": _("fifth of revenue")}  # fmt: skip
        found = {name: getattr(wanted.place, name) for name in labels}
        said += [f"{labels[name]} {value}" for name, value in found.items() if value]
    if query.get("quadrant") in QUADRANTS:
        said.append(formats.text(QUADRANTS[query["quadrant"]][0]))
        if query.get("soon") == "1":
            said.append(_("contract ends within %(n)s days") % {"n": SOON_DAYS})
    if query.get("band") in map(str, range(BANDS)):
        low = int(query["band"]) * (100 // BANDS)
        said.append(_("attachment %(low)s to %(high)s") % {"low": low, "high": low + 100 // BANDS})
    return ", ".join(said)


def people_tagged(shop: Shop, tag: Tag) -> list[str]:
    """Customers with the tag, under the id they have now."""
    names = Tagging.objects.filter(tag=tag).values_list("person", flat=True)
    return sorted(set(shop.log.people(names)))


def _before(shop: Shop, days: int | None) -> datetime | None:
    """The beginning of the day so many days ago, naive UTC."""
    if days is None:
        return None
    day: date = shop.today() - timedelta(days=days)
    return shop.period(day, day + timedelta(days=1)).since
