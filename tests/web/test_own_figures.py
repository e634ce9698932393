"""Own figures on the web: the editor button by button, as it works without JavaScript."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given, settings

from gern.core.conditions.nodes import Compare, Condition, Did, Not
from gern.core.conditions.tree import check
from gern.core.errors import BadInput
from gern.core.figures.own import OwnFigure
from gern.kit import conditions as editor
from gern.kit.shop import current_shop, local
from tests.core.test_conditions import about_events, about_people

NEW = "/figures/own/new/"


def form_of(page: str) -> dict[str, str]:
    """The fields of the editor as a browser would send them."""
    form = page[page.index('<form method="post" id="own-form"') :]
    form = form[: form.index("</form>")]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or "checked" in tag):
            found[name[1]] = unescape(value[1]) if value else ""
    for select in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', select[1])
        first = re.search(r'value="([^"]*)"', select[1])
        found[select[0]] = (chosen or first)[1]  # type: ignore[index]
    found.pop("do", None)
    return found


def as_form(part: editor.Part) -> dict[str, str]:
    found = {f"{part.path}:type": part.type}
    if part.type in ("all", "any"):
        found[f"{part.path}:join"] = part.type
    if part.negated:
        found[f"{part.path}:not"] = "1"
    found |= {f"{part.path}:{name}": value for name, value in part.slots.items()}
    for inner in part.parts:
        found |= as_form(inner)
    return found


def means_the_same(one: Condition | None, other: Condition | None) -> bool:
    """A group of one part means its part."""
    return _bare(one) == _bare(other)


def _bare(condition: Condition | None) -> object:
    if condition is None:
        return None
    from gern.core.conditions import tree

    match condition:
        case tree.All(of) | tree.Any(of):
            if len(of) == 1:
                return _bare(of[0])
            return (type(condition).__name__, tuple(_bare(o) for o in of))
        case tree.Not(inner):
            return ("not", _bare(inner))
        case tree.Did(event, low, high, days):
            return ("did", _bare(event), low, high, days)
        case tree.InOrder(steps, minutes, stop, days):
            return ("order", tuple(_bare(s) for s in steps), minutes, _bare(stop), days)
        case tree.Compare(name, op, value) | tree.Trait(name, op, value):
            if op == "one_of":
                value = tuple(v.strip() for v in value if v.strip())
            return (type(condition).__name__, name, op, "" if op == "known" else value.strip() if isinstance(value, str) else value)  # fmt: skip
    return condition


@settings(max_examples=150, deadline=None)
@given(condition=about_events)
def test_the_form_says_what_the_condition_says(condition) -> None:
    part = editor.shown(condition, "events")
    again = editor.condition_of(editor.posted(as_form(part), "events"))
    if again is None:
        assert not editor.shown(condition, "events").parts
    else:
        assert means_the_same(again, condition)


@settings(max_examples=150, deadline=None)
@given(condition=about_people)
def test_the_form_says_what_a_condition_about_people_says(condition) -> None:
    part = editor.shown(condition, "people", people=True)
    again = editor.condition_of(editor.posted(as_form(part), "people", people=True))
    if again is not None:
        check(again, people=True)
        assert means_the_same(again, condition)


def test_a_figure_is_defined_button_by_button(ben, own_home) -> None:
    def press(page: str, do: str, **changes: str) -> str:
        response = ben.post(NEW, {**form_of(page), **changes, "do": do})
        assert response.status_code == 200
        return response.content.decode()

    page = ben.get(NEW).content.decode()
    page = press(page, "add compare events", **{"events-0:value": "Page Viewed"})
    page = press(page, "remove events-1")
    page = press(page, "add did people", name_de="Gesehen", name_en="Seen")
    assert 'name="people-0-0-0:field"' in page
    page = press(
        page, "try", **{"people-0-0-0:value": "Order Completed", "people-0:within_days": "90"}
    )
    assert "Number of events for which: event is “Page Viewed”" in page
    saved = ben.post(NEW, {**form_of(page), "people-0:not": "1"})
    assert (saved.status_code, saved["Location"]) == (302, "/figures/own_seen/")
    figure = current_shop().figure_named("own_seen")
    assert figure.primitive.conditions == (
        editor.condition_of(editor.shown(Compare("name", "is", "Page Viewed"), "e")),
    )
    assert means_the_same(
        figure.primitive.people, Not(Did(Compare("name", "is", "Order Completed"), within_days=90))
    )
    page = ben.get("/figures/own/own_seen/").content.decode()
    again = ben.post("/figures/own/own_seen/", {**form_of(page), "name_en": "Looked at"})
    assert again.status_code == 302
    assert "ben@example.org" in ben.get("/figures/own/own_seen/").content.decode()
    listed = ben.get("/figures/own/").content.decode()
    assert "Looked at" in listed
    assert ben.get("/figures/own_seen/?every=week").status_code == 200
    assert ben.post("/figures/own/own_seen/removal/").status_code == 302
    assert ben.get("/figures/own_seen/").status_code == 404


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name_de": ""}, "This field is required"),
        (
            {"events-0:type": "compare", "events-0:field": "weather", "events-0:value": "x"},
            "no field",
        ),
        ({"events-0:type": "compare", "events-0:field": "name"}, "has no value yet"),
        ({"kind": "sum"}, "needs the field"),
        ({"people-0:type": "in_order", "people-0:stops": "1"}, "sequence"),
        ({"people-0:type": "did", "people-0:within_days": "many"}, "no condition"),
        (
            {"people-0:type": "compare", "people-0:field": "name", "people-0:value": "x"},
            "inside of",
        ),
    ],
)
def test_a_wrong_definition_comes_back_with_everything_typed(ben, own_home, fields, words) -> None:
    whole = {"name_de": "A", "name_en": "A", "kind": "count", "good": "up", "events:type": "all",
             "of:type": "all", "people:type": "all"}  # fmt: skip
    response = ben.post(NEW, whole | fields)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert all(not f.id.startswith("own_") for f in current_shop().figures())


def test_saving_by_htmx_moves_the_whole_page(ben, own_home) -> None:
    whole = {"name_de": "A", "name_en": "A b", "kind": "count", "good": "", "events:type": "all"}
    response = ben.post(NEW, whole, headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == "/figures/own_a_b/"
    response = ben.post(NEW, whole | {"name_de": ""}, headers={"HX-Request": "true"})
    assert response.status_code == 200


def test_a_viewer_cannot_break_down_by_what_was_said_of_people(ben, cem, own_home) -> None:
    from datetime import UTC, datetime

    from gern.core.log.event import Event

    shop = current_shop()
    at = datetime.now(UTC)
    shop.log.append([
        Event(source="web", id="1", name="Identify", kind="identify", ts=at, customer="anna",
              properties={"email": "anna@example.org"}),
        Event(source="web", id="2", name="Page Viewed", kind="page", ts=at, customer="anna", channel="web"),
    ])  # fmt: skip
    address = "/figures/page_views/?by=trait:email"
    address += f"&from={at.date().isoformat()}&to={at.date().isoformat()}"
    assert "trait:email" in ben.get(address).content.decode()
    for suffix in ("", "export.csv"):
        said = cem.get(address.replace("page_views/", f"page_views/{suffix}")).content.decode()
        assert "anna@example.org" not in said
        assert 'by=trait%3Aemail" aria-current' not in said


def test_a_condition_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput):
        editor.condition_of(editor.posted({"e-0:type": "did", "e-0:at_least": "x"}, "e"))


def test_the_people_behind_a_figure_of_events_open_to_what_they_did(ben, own_home) -> None:
    from datetime import UTC, datetime

    from gern.core.log.event import Event

    at = datetime.now(UTC)
    current_shop().log.append([
        Event(source="web", id="1", name="Page Viewed", kind="page", ts=at, visitor="v1", channel="web",
              context={"page": {"path": "/tea"}}),
        Event(source="web", id="2", name="Survey Answered", ts=at, customer="anna",
              properties={"question": "nps", "score": 3, "comment": "<b>late</b>"}),
    ])  # fmt: skip
    day = local(current_shop(), at).date().isoformat()
    days = f"?from={day}&to={day}"
    for id, person, seen in (
        ("page_views", "visitor:v1", "/tea"),
        ("nps", "anna", "&lt;b&gt;late&lt;/b&gt;"),
    ):
        listed = ben.get(f"/figures/{id}/people/{days}").content.decode()
        link = re.search(r'href="(/customers/one/[^"]+)"', listed)
        assert link, id
        page = ben.get(unescape(link[1])).content.decode()
        assert f"<h1>{person}</h1>" in page
        assert seen in page


def test_a_figure_that_may_name_somebody_is_not_for_viewers(ben, cem, own_home) -> None:
    from datetime import UTC, datetime

    from gern.core.conditions.nodes import Trait
    from gern.core.log.event import Event

    shop = current_shop()
    shop.log.append([Event(source="web", id="1", name="Page Viewed", kind="page", visitor="v",
                           channel="web", ts=datetime.now(UTC))])  # fmt: skip
    viewed = Compare("name", "is", "Page Viewed")
    email = Compare("properties.seat", "is", "anna@example.org")
    shop.keep_figure(OwnFigure("own_open", "Offen", "Open", "count", viewed), "ben")
    shop.keep_figure(OwnFigure("own_mail", "M", "M", "count", email), "ben")
    shop.keep_figure(
        OwnFigure(
            "own_who", "W", "W", "count", viewed, people=Trait("seat", "is", "anna@example.org")
        ),
        "ben",
    )
    with pytest.raises(BadInput, match="single person"):
        shop.keep_figure(OwnFigure("own_x", "X", "X", "count", Compare("properties.email", "is", "a@b.de")), "ben")  # fmt: skip
    for page in ("", "export.csv", "chart.svg"):
        assert cem.get(f"/figures/own_open/{page}").status_code == 200
        for id in ("own_mail", "own_who"):
            assert cem.get(f"/figures/{id}/{page}").status_code == 404
            assert ben.get(f"/figures/{id}/{page}").status_code == 200
    assert "anna@example.org" not in cem.get("/figures/").content.decode()
    assert "/figures/own_who/" in ben.get("/figures/").content.decode()
