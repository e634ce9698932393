"""Data in, figures out: ``import``, ``figure``, ``figures``."""

from __future__ import annotations

import click

import gern
from gern.core.errors import BadInput
from gern.core.figures.asking import GRANULARITIES
from gern.core.figures.catalogue import FIGURES
from gern.core.figures.explained import explained
from gern.core.figures.waiting import WAITING
from gern.core.figures.window import parse_window
from gern.core.figures.words import shown
from gern.core.imports.events import NOTES as EVENT_NOTES
from gern.core.imports.events import REASONS as EVENT_REASONS
from gern.core.imports.events import EventsReport
from gern.core.imports.kinds import ALL, PURCHASES
from gern.core.imports.parsing import NOTES, REASONS
from gern.core.imports.run import ImportReport
from gern.shell.cli.main import AS_JSON, home_of, say_json


@click.command("import")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False))
@click.option("--as", "kind", type=click.Choice(ALL),
              help="What the file holds.  [default: as its columns look]")  # fmt: skip
@click.option("--map", "mapping", metavar="FIELD=COLUMN,…",
              help="Which column is what; guessed when not given. Fields: customer, order,"
              " product, name, group, quantity, price, amount, time, country, store,"
              " channel.")  # fmt: skip
@click.option("--zone", help="Zone of times that carry none.  [default: the shop's]")
@click.option("--currency", help="ISO 4217 code of the amounts.  [default: the shop's]")
@click.option("--source", default="shop", show_default=True,
              help="Name of the system it comes from; order numbers are unique in it.")  # fmt: skip
@click.option("--sheet", help="Sheet of an Excel file.  [default: the first with rows]")
@click.option("--event", help="Name of what happened, when no column says it.")
@click.option("--at", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
              help="When it happened (UTC), when no column says it.")  # fmt: skip
@click.option("--replace", is_flag=True,
              help="Apply orders that have changed since the last import.")  # fmt: skip
@AS_JSON
@click.pass_context
def import_(ctx, file, kind, mapping, zone, currency, source, sheet, event, at, replace, as_json):  # type: ignore[no-untyped-def]
    """Bring a file in, once: purchases, events, customers, consents, answers, or the access log
    of a web server (CSV, Excel, Parquet, JSON lines).

    Importing the same file again changes nothing; overlapping exports do not double. Rows that
    cannot be used are left out, counted and written to a file that can be corrected and
    imported.
    """
    if source == "demo":
        raise BadInput("The source name demo is taken by the demo shop.", param="source")
    shop = gern.open(home_of(ctx))
    had_demo = shop.demo is not None
    chosen = _parse_mapping(mapping)
    kind = kind or shop.kind_of(file, sheet=sheet)
    if kind != PURCHASES:
        found = shop.import_events(
            file, kind, chosen, source=source, zone=zone, event=event, at=at, sheet=sheet,
            progress=_say_progress,
        )  # fmt: skip
        path = str(shop.home.rejects / found.reject_file) if found.reject_file else None
        if as_json:
            say_json({**found.to_dict(), "reject_file": path})
        else:
            click.echo(_told_events(found, path))
        return
    report = shop.import_file(
        file, chosen, source=source, zone=zone, currency=currency,
        replace=replace, sheet=sheet, progress=_say_progress,
    )  # fmt: skip
    rejects = str(shop.home.rejects / report.reject_file) if report.reject_file else None
    if as_json:
        say_json({**report.to_dict(), "reject_file": rejects})
        return
    click.echo(_told(report, rejects))
    if had_demo and report.lines:
        click.echo("The demo shop has left this home; `gern demo` in a new home brings it back.")


@click.command()
@click.argument("id")
@click.option("--from", "start", metavar="DAY", help="First day.  [default: three months ago]")
@click.option("--to", "end", metavar="DAY", help="First day that no longer counts.")
@click.option("--inactive-after", metavar="DAYS", help="Inactivity window W, such as 180d.")
@click.option("--by", metavar="DIMENSION", help="Break down, e.g. by country.")
@click.option("--every", type=click.Choice(GRANULARITIES), help="A time series in these steps.")
@click.option("--zone", help="Time zone of the days.  [default: the shop's]")
@AS_JSON
@click.pass_context
def figure(ctx, id, start, end, inactive_after, by, every, zone, as_json):  # type: ignore[no-untyped-def]
    """One figure over a period, with where it comes from. ID: see `gern figures`."""
    shop = gern.open(home_of(ctx))
    usual = shop.usual_period()
    window = parse_window(inactive_after) if inactive_after else None
    if every:
        if by:
            raise BadInput("A time series cannot be broken down; leave --by out.", param="by")
        points = shop.series(id, start or usual.start, end or usual.end, every,
                             inactive_after=window, zone=zone)  # fmt: skip
        if as_json:
            say_json({"figure": id, "every": every, "points": [p.to_dict() for p in points]})
        else:
            unit = shop.unit(id)
            for point in points:
                cut = "" if point.whole else "  (cut off)"
                click.echo(f"{point.period.start}  {shown(point.value, unit):>16}{cut}")
        return
    answer = shop.figure(
        id,
        start or usual.start,
        end or usual.end,
        by=by,
        inactive_after=window,
        zone=zone,
    )
    if as_json:
        say_json({**answer.to_dict(), "waits_for": [t.en for t in shop.waits_for(answer.figure)]})
        return
    click.echo(str(answer))
    for heading, said in explained(answer.figure, shop.terms(window)):
        click.echo(f"  {heading.en:<14} {said.en}")
    for missing in shop.waits_for(answer.figure):
        click.echo(f"  waits for      {missing.en}")


@click.command()
@AS_JSON
@click.pass_context
def figures(ctx, as_json):  # type: ignore[no-untyped-def]
    """Every figure there is, with its definition."""
    if as_json:
        keys = ("name", "words", "formula")
        say_json({
            "figures": [
                {
                    "figure": f.id,
                    **{key: getattr(f, key)._asdict() for key in keys},
                    "family": f.family,
                    "unit": f.unit,
                    "parts": [part.id for part in f.parts],
                    "by": list(f.dimensions),
                }
                for f in FIGURES.values()
            ],
            "waiting": [
                {"figure": w.id, "family": w.family, "waits_for": w.waits_for._asdict(),
                 **{key: getattr(w, key)._asdict() for key in keys}}
                for w in WAITING.values()
            ],
        })  # fmt: skip
        return
    for f in FIGURES.values():
        click.echo(f"{f.id:<28} {f.name.en}: {f.formula.en}")
    for w in WAITING.values():
        click.echo(f"{w.id:<28} {w.name.en}: waits for {w.waits_for.en}")


@click.group()
def imports() -> None:
    """What has been brought in, and taking it back."""


@imports.command("list")
@AS_JSON
@click.pass_context
def list_imports(ctx, as_json):  # type: ignore[no-untyped-def]
    """Every import, newest first."""
    found = gern.open(home_of(ctx)).manifest.imports()
    if as_json:
        say_json({"imports": found})
        return
    for one in found:
        result = one["result"]
        new = result.get("lines_new", result.get("rows_new", 0))
        gone = "  taken back" if result.get("undone") else ""
        click.echo(f"{one['id']:>5}  {one['at'][:16]}  {result.get('kind', 'purchases'):<10}"
                   f" {one['source']:<12} {new:>10,} new  {one['file']}{gone}")  # fmt: skip


@imports.command()
@click.argument("id", type=int)
@AS_JSON
@click.pass_context
def undo(ctx, id, as_json):  # type: ignore[no-untyped-def]
    """Take back everything the import ID brought in. Its file can be imported again."""
    done = gern.open(home_of(ctx)).undo_import(id)
    if as_json:
        say_json(done.__dict__)
        return
    click.echo(f"{done.rows:,} rows have left the log.")
    if done.later:
        click.echo(f"{done.later} later imports shared rows with it; import their files again.")
    if done.replaced:
        click.echo(f"The {done.replaced:,} orders it had replaced do not come back by themselves: import their file again.")  # fmt: skip


def _told_events(report: EventsReport, rejects: str | None) -> str:
    some = ", ".join(f"{name} {n:,}" for name, n in list(report.events.items())[:8])
    lines = [
        f"{report.file}: {report.rows:,} rows of {report.people:,} people ({report.kind}): {some}",
        f"  new          {report.rows_new:,}",
        f"  known before {report.rows_known:,}",
        "  columns      " + ", ".join(f"{k}={v}" for k, v in report.mapping.items()),
    ]
    if report.bots:
        lines.append(f"  {report.bots:,} of bots, marked")
    if report.rows_erased:
        lines.append(
            f"  {report.rows_erased:,} of erased people from before their erasure, left out"
        )
    lines += [f"  note: {EVENT_NOTES[note].en}" for note in report.notes]
    if report.rows_bad:
        lines.append(f"  {report.rows_bad:,} bad rows left out, in {rejects}")
        lines += [f"    {n:,} × {EVENT_REASONS[code].en}" for code, n in report.reasons.items()]
    return "\n".join(lines)


def _parse_mapping(text: str | None) -> dict[str, str] | None:
    if not text:
        return None
    pairs = [part.partition("=") for part in text.split(",")]
    wrong = [name for name, sign, column in pairs if not (name.strip() and sign and column.strip())]
    if wrong:
        raise BadInput(
            f"--map {text!r} cannot be read. Allowed: FIELD=COLUMN pairs with commas between,"
            " such as customer=customer_id,time=date,amount=total.",
            param="map",
        )
    return {name.strip(): column.strip() for name, _, column in pairs}


def _say_progress(stage: str, percent: int) -> None:
    click.echo(f"{percent:3} %  {stage}", err=True)


def _told(report: ImportReport, rejects: str | None) -> str:
    lines = [
        f"{report.file}: {report.lines:,} lines, {report.orders:,} orders"
        f" ({report.purchases:,} purchases, {report.cancellations:,} cancellations,"
        f" {report.other_orders:,} returns or corrections),"
        f" {report.customers:,} customers, {report.countries} countries,"
        f" {report.amount:,.2f} {report.currency}",
        f"  new          {report.lines_new:,} lines, {report.orders_new:,} orders",
        f"  known before {report.lines_known:,} lines",
        "  columns      " + ", ".join(f"{k}={v}" for k, v in report.mapping.items()),
    ]
    if report.orders_changed:
        what = "replaced" if report.orders_replaced else "left as they were; --replace applies them"
        some = ", ".join(report.changed_orders[:5])
        lines.append(f"  changed      {report.orders_changed:,} orders ({some} …), {what}")
    for key, text in (
        ("lines_without_customer", "lines without a customer (revenue, but nobody's)"),
        ("times_day_only", "dates without a time, placed at noon"),
        ("times_skipped", "times that do not exist (spring), shifted forward"),
        ("lines_erased", "lines of erased customers from before their erasure, left out"),
        ("times_doubled", "times that exist twice (autumn), taken as the first"),
    ):
        if getattr(report, key):
            lines.append(f"  {getattr(report, key):,} {text}")
    lines += [f"  note: {NOTES[note].en}" for note in report.notes]
    if report.lines_bad:
        lines.append(f"  {report.lines_bad:,} bad rows left out, in {rejects}")
        lines += [f"    {count:,} × {REASONS[code].en}" for code, count in report.reasons.items()]
        lines.append("    Correct them there and import that file; nothing else is touched.")
    return "\n".join(lines)
