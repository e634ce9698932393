"""The JSON API: the same numbers, keys and scopes, errors, the description."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gern.core.collect.keys import digest
from gern.core.conditions.nodes import Compare
from gern.core.figures.own import OwnFigure
from gern.kit.api import keys
from gern.kit.api.models import ApiKey
from gern.kit.shop import current_shop
from gern.shell.api import api

DAYS = {"from": "2024-01-01", "to": "2030-01-01"}


@pytest.fixture(autouse=True)
def _no_throttle_left() -> None:
    caches["memory"].clear()


@pytest.fixture
def ask(db):
    """``ask("figures/revenue", scopes=["figures"], by="country")`` → (status, JSON)."""

    def _ask(path: str, scopes=("figures",), key: str | None = None, **query):
        if key is None:
            _, key = keys.make("test", list(scopes), None)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        response = Client().get(f"/api/v1/{path}", query, headers=headers)
        return response.status_code, json.loads(response.content)

    return _ask


@pytest.fixture
def period() -> dict[str, str]:
    found = current_shop().usual_period()
    return {"from": found.start.isoformat(), "to": found.end.isoformat()}


def test_every_figure_is_the_one_of_the_library(ask, period) -> None:
    shop = current_shop()
    _, key = keys.make("test", ["figures"], None)
    status, listed = ask("figures", key=key)
    assert status == 200
    assert {d["id"] for d in listed} == {f.id for f in shop.figures()}
    for one in listed:
        if one["waits_for"]:
            continue
        status, got = ask(f"figures/{one['id']}", key=key, **period)
        assert status == 200, got
        want = shop.figure(one["id"], period["from"], period["to"]).to_dict()
        got.pop("groups"), got.pop("by")
        assert got == json.loads(json.dumps(want)), one["id"]


def test_broken_down(ask, period) -> None:
    status, got = ask("figures/revenue", by="country", **period)
    want = current_shop().figure("revenue", period["from"], period["to"], by="country")
    assert status == 200
    assert [(g["group"], g["value"]) for g in got["groups"]] == [
        (g.name, g.value) for g in want.groups
    ]
    assert got["by"] == "country"


def test_series(ask, period) -> None:
    status, got = ask("figures/orders/series", every="week", **period)
    want = current_shop().series("orders", period["from"], period["to"], "week")
    assert status == 200
    assert [p["value"] for p in got["points"]] == [p.value for p in want]
    assert got["points"][1]["whole"] is True
    assert got["points"][0]["from"] == period["from"]


def test_people_need_their_scope(ask, period) -> None:
    status, got = ask("figures/revenue/people", **period)
    assert (status, got["code"]) == (403, "forbidden")
    assert "people" in got["message"]
    status, got = ask(
        "figures/revenue/people", ["figures", "people"], limit=3, part="with_customer", **period
    )
    want = current_shop().people(
        "revenue", period["from"], period["to"], part="with_customer", limit=3
    )
    assert status == 200
    assert [p["person"] for p in got["people"]] == [p.person for p in want.rows]
    assert got["total"] == want.total
    status, got = ask("figures/revenue/people", ["people"], **period)
    assert status == 403  # one scope does not hold the other


def test_what_can_name_somebody_needs_the_scope_people(own_home, ask) -> None:
    own_home.keep_figure(
        OwnFigure("own_x", "X", "X", "count", Compare("properties.seat", "is", "7")), "b"
    )
    assert ask("figures/own_x", **DAYS)[0] == 403
    assert ask("figures/own_x", ["figures", "people"], **DAYS)[0] == 200
    assert ask("figures/revenue", by="trait:plan", **DAYS)[0] == 403
    assert "own_x" not in {d["id"] for d in ask("figures")[1]}
    assert "own_x" in {d["id"] for d in ask("figures", ["figures", "people"])[1]}


def test_patterns_as_the_library_says(ask) -> None:
    shop = current_shop()
    whole = shop.whole_period()
    days, period = (whole.start, whole.end), {"from": str(whole.start), "to": str(whole.end)}
    status, got = ask("patterns/cohorts", every="month", **period)
    assert status == 200
    found = shop.cohorts("Order Completed", "Order Completed", *days).cohorts
    assert [(c["start"], c["size"]) for c in got["cohorts"]] == [
        (f"{c.start:%Y-%m}", c.size) for c in found
    ]
    assert found[0].size > 100
    status, got = ask("patterns/funnel", steps="Order Completed,Order Completed", **period)
    assert status == 200
    steps = shop.funnel(["Order Completed"] * 2, *days).steps
    assert [s["n"] for s in got["steps"]] == [s.n for s in steps]
    status, got = ask("patterns/survival", **period)
    assert (status, got["n"]) == (200, shop.survival(*days).curve.n)
    conditions = '[{"when": {"type": "compare", "field": "properties.email", "value": "x"}}, "B"]'
    assert ask("patterns/funnel", steps=conditions, **period)[0] == 403
    assert ask("patterns/funnel", ["figures", "people"], steps=conditions, **period)[0] == 200
    status, got = ask("patterns/attribution", which="repeat", **period)
    found = shop.attribution(*days, which="repeat")
    assert (status, got["conversions"], got["touchpoints"]) == (200, found.conversions, [])
    status, got = ask("patterns/phases", **period)
    assert (status, got["people"]) == (200, shop.phases(*days).people)
    status, got = ask("patterns/paths", gap="never", steps=3, **period)
    assert (status, got["trails"]) == (200, shop.paths(*days, gap=None, steps=3).trails)
    assert {"at", "from", "to", "n"} == set(got["hops"][0])
    status, got = ask("patterns/affinity", limit=3, **period)
    assert (status, [p["n"] for p in got["pairs"]]) == (
        200,
        [p.n for p in shop.affinity(*days)[:3]],
    )
    for path in ("cohorts", "survival", "attribution", "phases", "paths", "affinity"):
        assert ask(f"patterns/{path}", ["people"], **period)[0] == 403


@pytest.mark.parametrize("path", ["shop", "figures", "figures/revenue", "figures/revenue/series",
                                  "figures/revenue/people", "targets", "alerts"])  # fmt: skip
def test_nothing_without_a_key_that_holds(ask, path) -> None:
    made, key = keys.make("x", ["figures", "people"], timezone.now().date())
    assert ask(path, key=key, **DAYS)[0] == 200
    assert ask(path, key="", **DAYS)[0] == 401
    assert ask(path, key=key[:-1], **DAYS)[0] == 401
    ApiKey.objects.filter(pk=made.pk).update(expires=timezone.now().date() - timedelta(days=1))
    assert ask(path, key=key, **DAYS)[0] == 401
    _, other = keys.make("y", ["figures", "people"], None)
    assert keys.end(ApiKey.objects.get(name="y").pk)
    assert not keys.end(ApiKey.objects.get(name="y").pk)
    status, got = ask(path, key=other, **DAYS)
    assert (status, got["code"]) == (401, "wrong_key")


def test_every_route_of_the_api_is_behind_a_key() -> None:
    paths = set(api.get_openapi_schema()["paths"])
    assert paths == {
        "/api/v1/shop", "/api/v1/figures", "/api/v1/figures/{id}", "/api/v1/figures/{id}/series",
        "/api/v1/figures/{id}/people", "/api/v1/targets", "/api/v1/alerts",
        "/api/v1/patterns/cohorts", "/api/v1/patterns/funnel", "/api/v1/patterns/survival", "/api/v1/patterns/attribution", "/api/v1/patterns/phases", "/api/v1/patterns/paths", "/api/v1/patterns/affinity",
        "/api/v1/predict/value", "/api/v1/predict/value/customers", "/api/v1/predict/risk", "/api/v1/predict/next", "/api/v1/predict/models",
        "/api/v1/audiences", "/api/v1/audiences/{id}", "/api/v1/audiences/{id}/members",
        "/api/v1/audiences/{id}/why/{customer}", "/api/v1/customers", "/api/v1/customers/{customer}", "/api/v1/customers/{customer}/may_contact",
    }  # fmt: skip
    for path in paths:
        response = Client().get(path.replace("{id}", "1").replace("{customer}", "x"))
        assert response.status_code == 401, path


@pytest.mark.parametrize(
    ("path", "query", "status", "code", "param"),
    [
        ("figures/nothing", DAYS, 404, "bad_input", "figure"),
        ("figures/revenue", {}, 400, "bad_input", "from"),
        ("figures/revenue", {**DAYS, "to": "soon"}, 400, "bad_input", "to"),
        ("figures/revenue", {"from": "2024-02-01", "to": "2024-01-01"}, 400, "bad_input", "to"),
        ("figures/revenue", {"from": "0001-01-01", "to": "9999-12-31"}, 400, "bad_input", "from"),
        ("figures/revenue", {**DAYS, "by": "colour"}, 400, "bad_input", "by"),
        ("figures/revenue", {**DAYS, "inactive_after": "0"}, 400, "bad_input", "inactive_after"),
        ("figures/revenue/series", {**DAYS, "every": "hour"}, 400, "bad_input", "every"),
        ("figures/revenue/series", {"from": "1901-01-01", "to": "2100-01-01", "every": "day"}, 400, "bad_input", "granularity"),
        ("figures/revenue/people", {**DAYS, "part": "nothing"}, 400, "bad_input", "part"),
        ("figures/revenue/people", {**DAYS, "limit": "5000"}, 400, "bad_input", "limit"),
        ("figures/revenue/people", {**DAYS, "sort": "x"}, 400, "bad_input", "sort"),
        ("patterns/funnel", {**DAYS, "steps": "A"}, 400, "bad_input", "steps"),
        ("patterns/attribution", {**DAYS, "look_back": "soon"}, 400, "bad_input", "look_back"),
        ("patterns/paths", {**DAYS, "from_event": "A", "to_event": "B"}, 400, "bad_input", "end"),
        ("patterns/funnel", {**DAYS, "steps": "A,B", "window": "soon"}, 400, "bad_input", "window"),
        ("patterns/cohorts", {"from": "1990-01-01", "to": "2020-01-01", "every": "day"}, 400, "bad_input", "every"),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_said(ask, path, query, status, code, param) -> None:
    got = ask(path, ["figures", "people"], **query)
    assert (got[0], got[1]["code"], got[1]["param"]) == (status, code, param)
    assert got[1]["message"]


def test_too_many_requests_are_told_when_to_come_again(ask) -> None:
    _, key = keys.make("x", ["figures"], None)
    for _ in range(240):
        assert ask("shop", key=key)[0] == 200
    response = Client().get("/api/v1/shop", headers={"Authorization": f"Bearer {key}"})
    assert (response.status_code, json.loads(response.content)["code"]) == (429, "too_many")
    assert int(response["Retry-After"]) > 0
    assert ask("shop")[0] == 200  # another key is not held up


def test_the_description_names_every_figure(db) -> None:
    response = Client().get("/api/v1/openapi.json")
    described = json.loads(response.content)["info"]["description"]
    for figure in current_shop().figures():
        if figure.family != "own":
            assert f"`{figure.id}`" in described
    page = Client().get("/api/v1/docs").content.decode()
    assert "cdn" not in page.lower()
    assert "<script>" not in page


def test_an_empty_shop(own_home, ask) -> None:
    assert ask("shop")[1]["first_day"] is None
    status, got = ask("figures/revenue", **DAYS)
    assert (status, got["value"]) == (200, 0)
    assert ask("figures/revenue/series", every="year", **DAYS)[1]["points"] == []
    assert ask("targets") == (200, [])


def test_keys_on_the_page(own_home, anna: Client, ben: Client) -> None:
    assert ben.get(reverse("api_keys")).status_code == 403
    data = {"name": "Kassenabgleich", "scopes": ["figures"], "expires": "2099-01-01"}
    page = anna.post(reverse("api_keys"), data).content.decode()
    row = ApiKey.objects.get()
    key = page.partition("ga_")[2].partition("<")[0]
    assert digest("ga_" + key) == row.digest
    assert key not in anna.get(reverse("api_keys")).content.decode()
    anna.post(reverse("api_key_end", args=[row.pk]))
    row.refresh_from_db()
    assert not row.holds(timezone.now().date())
    response = anna.post(reverse("api_keys"), {"name": "x"})
    assert response.status_code == 422
    assert ApiKey.objects.count() == 1
