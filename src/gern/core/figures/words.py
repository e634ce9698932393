"""Answers as text, for the command line and the notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gern.core.figures.answer import Answer, Result


def shown(value: float | None, unit: str) -> str:
    """``62.31 %``, ``1,234.50 GBP``, ``2,345``; ``–`` when undefined."""
    if value is None:
        return "–"
    if unit == "percent":
        return f"{value:,.2f} %"
    if unit == "count":
        return f"{value:,.0f}"
    if unit == "duration":
        return f"{value:,.2f} h" if value >= 1 else f"{60 * value:,.1f} min"
    return f"{value:,.2f}" + ("" if unit in ("ratio", "points") else f" {unit}")


def sentence(answer: Answer) -> str:
    """Value, period, interval, parts, what was left out and why, groups."""
    name = answer.figure.name.en
    lines = [
        f"{name}: {shown(answer.value, answer.unit)}",
        f"  {answer.figure.formula.en}",
        f"  period     {answer.period.start} – {answer.period.last_day} ({answer.period.zone})",
    ]
    if answer.window_days is not None:
        lines.append(f"  customer   a purchase within {answer.window_days} days before")
    if answer.interval:
        low, high = (shown(bound, answer.unit) for bound in answer.interval)
        lines.append(
            f"  95 %       {low} … {high}" + ("" if answer.reliable else "  (few: unsure)")
        )
    for part in answer.figure.parts:
        value = answer.parts[part.id]
        unit = answer.currency if part.money else part.unit
        lines.append(f"  {part.label.en:<28} {shown(float(value), unit)}")
    lines += [f"  left out: {one.amount:,} {one.label.en}" for one in answer.left_out]
    lines += [f"  note: {note.text.en}" for note in answer.notes]
    for group in answer.groups:
        lines.append(f"  {group.name or '(not known)':<22} {_cell(group, answer)}")
    return "\n".join(lines)


def table(answer: Answer) -> str:
    """The same as HTML for a notebook."""
    rows = [("", answer), *((g.name or "(not known)", g) for g in answer.groups)]
    cells = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(_cell(result, answer))}</td></tr>"
        for name, result in rows
    )
    return (
        f"<table><caption>{escape(answer.figure.name.en)}, {answer.period.start} –"
        f" {answer.period.last_day}</caption>{cells}</table>"
    )


def _cell(result: Result, answer: Answer) -> str:
    interval = ""
    if result.interval:
        low, high = (shown(bound, answer.unit) for bound in result.interval)
        interval = f"  ({low} … {high})"
    return shown(result.value, answer.unit) + interval
