"""Charts: one Vega-Lite spec, interactive in the browser, SVG and PNG on the server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache, wraps
from typing import Any, Literal, ParamSpec

from django.utils.translation import get_language

from gern.kit.formats import locale

Spec = dict[str, Any]
P = ParamSpec("P")
HEIGHT = 260
ARROW = " → "
COLOURS = {"accent": "#4353d6", "ink": "#1c2130", "muted": "#5a6274", "line": "#e2e5ee"}
"""The light theme, for pictures; in the browser the page's own colours are put in."""


def _remembered(draw: Callable[P, Spec]) -> Callable[P, Spec]:
    """The same drawn once: building and checking a small spec takes a tenth of a second."""

    @lru_cache(maxsize=300)
    def drawn(language: str, asked: str) -> str:
        args, options = json.loads(asked)
        return json.dumps(draw(*args, **options))

    @wraps(draw)
    def remembered(*args: P.args, **options: P.kwargs) -> Spec:
        spec: Spec = json.loads(drawn(locale(), json.dumps([args, options])))
        return spec

    return remembered


@_remembered
def trend_chart(
    points: Sequence[dict[str, Any]], unit: str, title: str, *,
    band: tuple[float | None, float | None] | None = None,
    notes: Sequence[dict[str, Any]] = (),
) -> Spec:  # fmt: skip
    """A line over periods. Points: ``label`` (axis), ``value`` (None: a gap), ``shown``; ``whole``
    False: cut off or to come, drawn faintly; ``low`` and ``high``: its interval. ``band``: from where to where it should lie (None: open);
    ``notes`` on the time line: ``label`` (of a point) and ``text``."""
    import altair as alt

    chart = alt.Chart(alt.Data(values=list(points))).encode(
        x=alt.X("label:O", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y("value:Q", title=None, axis=_axis(unit), scale=alt.Scale(zero=unit != "percent")),
        tooltip=[alt.Tooltip("period:N", title=" "), alt.Tooltip("shown:N", title=title)],
    )
    line = chart.mark_line(strokeWidth=2.5, interpolate="linear")
    faint = alt.condition("datum.whole === false", alt.value(0.3), alt.value(1))
    dots = chart.mark_circle(size=70).encode(opacity=faint)
    layers = [line, dots]
    if unsure := [point for point in points if point.get("low") is not None]:
        whiskers = alt.Chart(alt.Data(values=unsure)).encode(
            x=alt.X("label:O", sort=None), y="low:Q", y2="high:Q",
            tooltip=[alt.Tooltip("interval:N", title="95 %")],
        )  # fmt: skip
        layers.append(
            whiskers.mark_rule(strokeWidth=8, opacity=0.25)
        )  # after: axes follow the first
    if band is not None and (ends := [end for end in band if end is not None]):
        edges = alt.Chart(alt.Data(values=[{"end": end} for end in ends]))
        layers.insert(0, edges.mark_rule(strokeDash=[6, 4], strokeWidth=1.5).encode(y="end:Q"))
    if notes:
        flags = alt.Chart(alt.Data(values=list(notes))).encode(
            x=alt.X("label:O", sort=None), tooltip=[alt.Tooltip("text:N", title=" ")]
        )
        layers.append(flags.mark_rule(strokeDash=[2, 3], strokeWidth=1.5))
        layers.append(
            flags.mark_text(dy=-6, baseline="bottom", fontSize=12).encode(
                y=alt.value(0), text="sign:N"
            )
        )
    return _finished(alt.layer(*layers), HEIGHT)


@_remembered
def bars_chart(rows: Sequence[dict[str, Any]], unit: str, title: str) -> Spec:
    """Horizontal bars with intervals. Rows: ``group`` (in two lines where it has an arrow),
    ``value``, ``low``, ``high``, ``shown``."""
    import altair as alt

    lines = any(ARROW in row["group"] for row in rows)
    labels = {"labelExpr": f"split(datum.label, '{ARROW}')"} if lines else {}
    chart = alt.Chart(alt.Data(values=list(rows))).encode(
        y=alt.Y("group:N", title=None, sort=None, axis=alt.Axis(labelLimit=150, **labels)),
        tooltip=[
            alt.Tooltip("group:N", title=" "),
            alt.Tooltip("shown:N", title=title),
            alt.Tooltip("interval:N", title="95 %"),
        ],
    )
    bars = chart.mark_bar(height={"band": 0.55}, cornerRadiusEnd=3).encode(
        x=alt.X("value:Q", title=None, axis=_axis(unit))
    )
    whiskers = chart.mark_rule(strokeWidth=1.5, color=COLOURS["ink"]).encode(
        x=alt.X("low:Q", title=None), x2="high:Q"
    )
    has_interval = any(row["low"] is not None for row in rows)
    return _finished(
        alt.layer(bars, whiskers) if has_interval else alt.layer(bars),
        max(60, (44 if lines else 28) * len(rows) + 30),
    )


@_remembered
def plane_chart(cells: Sequence[dict[str, Any]], across: str, up: str, *, middle: int = 50) -> Spec:
    """Bubbles on a plane from 0 to 100 both ways, parted in the middle. Cells: ``x``, ``y``, ``n``,
    ``shown``."""
    import altair as alt

    ends: dict[str, Any] = {"scale": alt.Scale(domain=[0, 100]), "axis": alt.Axis(tickCount=5)}
    chart = alt.Chart(alt.Data(values=list(cells))).encode(
        x=alt.X("x:Q", title=across, **ends), y=alt.Y("y:Q", title=up, **ends)
    )
    bubbles = chart.mark_circle(opacity=0.75).encode(
        size=alt.Size("n:Q", legend=None, scale=alt.Scale(range=[40, 1600])),
        tooltip=[alt.Tooltip("shown:N", title=" ")],
    )
    lines = alt.Chart(alt.Data(values=[{"m": middle}]))
    rule = {"strokeDash": [6, 4], "strokeWidth": 1.5}
    return _finished(
        alt.layer(lines.mark_rule(**rule).encode(x="m:Q"), lines.mark_rule(**rule).encode(y="m:Q"), bubbles),
        320,
    )  # fmt: skip


def as_picture(spec: Spec, kind: Literal["svg", "png"], width: int = 900) -> bytes:
    """The chart drawn on the server, for files and for readers without JavaScript."""
    import vl_convert

    spec = {**_drawable(spec), "width": width, "background": "#ffffff", "padding": 16}
    options = {"vl_version": "6.1", "format_locale": number_locale()}
    if kind == "svg":
        return vl_convert.vegalite_to_svg(spec, **options).encode()
    return bytes(vl_convert.vegalite_to_png(spec, scale=2, **options))


_NOT_DRAWN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML, and so a picture, cannot hold; the library that draws would end the process."""


def _drawable(value: Any) -> Any:
    if isinstance(value, str):
        return _NOT_DRAWN.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_drawable(key): _drawable(inner) for key, inner in value.items()}
    return [_drawable(inner) for inner in value] if isinstance(value, list | tuple) else value


def number_locale() -> Spec:
    """How d3 writes numbers in the reader's language."""
    if (get_language() or "en").startswith("de"):
        return {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", "\u00a0€"]}
    return {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["£", ""]}


def _axis(unit: str) -> Any:
    import altair as alt

    # 10^6 as „Mio.“ in German, as M in English; d3 knows only the letter
    million = " Mio." if locale().startswith("de") else "M"
    thousand = " Tsd." if locale().startswith("de") else "k"
    if unit == "percent":
        expression = "format(datum.value, ',~r') + '\u202f%'"
    else:
        expression = (
            f"abs(datum.value) >= 1e6 ? format(datum.value / 1e6, ',.3~r') + '{million}'"
            f" : abs(datum.value) >= 1e4 ? format(datum.value / 1e3, ',.3~r') + '{thousand}'"
            " : format(datum.value, ',.3~r')"
        )
    return alt.Axis(labelExpr=expression, tickCount=5, grid=True)


def _finished(chart: Any, height: int) -> Spec:
    spec: Spec = (
        chart.properties(width="container", height=height)
        .configure(
            font="Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
        )
        .configure_view(stroke=None)
        .configure_axis(
            domain=False, ticks=False, gridColor=COLOURS["line"], labelColor=COLOURS["muted"],
            labelFontSize=12, labelPadding=8, titleColor=COLOURS["muted"], titleFontSize=12,
        )
        .configure_line(color=COLOURS["accent"])
        .configure_circle(color=COLOURS["accent"])
        .configure_bar(color=COLOURS["accent"])
        .to_dict()
    )  # fmt: skip
    return spec
