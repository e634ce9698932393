"""Data in, figures out: ``import``, ``figure``, ``figures``."""

from __future__ import annotations

import click

import gern
from gern.core.errors import BadInput
from gern.core.figures.window import parse_window
from gern.core.imports.parsing import NOTES, REASONS
from gern.core.imports.run import ImportReport
from gern.shell.cli.main import AS_JSON, home_of, say_json


@click.command("import")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False))
@click.option("--as", "kind", type=click.Choice(["purchases"]), default="purchases",
              help="What the file holds.")  # fmt: skip
@click.option("--map", "mapping", metavar="FIELD=COLUMN,…",
              help="Which column is what; guessed when not given. Fields: customer, order,"
              " product, name, group, quantity, price, amount, time, country, store,"
              " channel.")  # fmt: skip
@click.option("--zone", help="Zone of times that carry none.  [default: the shop's]")
@click.option("--currency", help="ISO 4217 code of the amounts.  [default: the shop's]")
@click.option("--source", default="shop", show_default=True,
              help="Name of the system it comes from; order numbers are unique in it.")  # fmt: skip
@click.option("--sheet", help="Sheet of an Excel file.  [default: the first with rows]")
@click.option("--replace", is_flag=True,
              help="Apply orders that have changed since the last import.")  # fmt: skip
@AS_JSON
@click.pass_context
def import_(ctx, file, kind, mapping, zone, currency, source, sheet, replace, as_json):  # type: ignore[no-untyped-def]
    """Bring a file of purchases in (CSV, Excel, Parquet, JSON lines), once.

    Importing the same file again changes nothing; overlapping exports do not double. Rows that
    cannot be used are left out, counted and written to a file that can be corrected and
    imported.
    """
    if source == "demo":
        raise BadInput("The source name demo is taken by the demo shop.", param="source")
    shop = gern.open(home_of(ctx))
    had_demo = shop.demo is not None
    report = shop.import_file(
        file, _parse_mapping(mapping), source=source, zone=zone, currency=currency,
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
@click.option("--zone", help="Time zone of the days.  [default: the shop's]")
@AS_JSON
@click.pass_context
def figure(ctx, id, start, end, inactive_after, by, zone, as_json):  # type: ignore[no-untyped-def]
    """One figure over a period, with where it comes from. ID: see `gern figures`."""
    shop = gern.open(home_of(ctx))
    usual = shop.usual_period()
    answer = shop.figure(
        id,
        start or usual.start,
        end or usual.end,
        by=by,
        inactive_after=parse_window(inactive_after) if inactive_after else None,
        zone=zone,
    )
    if as_json:
        say_json(answer.to_dict())
    else:
        click.echo(str(answer))


@click.command()
@AS_JSON
@click.pass_context
def figures(ctx, as_json):  # type: ignore[no-untyped-def]
    """Every figure there is, with its definition."""
    from gern.core.figures.catalogue import FIGURES

    if as_json:
        keys = ("name", "words", "formula")
        say_json({
            "figures": [
                {
                    "figure": f.id,
                    **{key: getattr(f, key)._asdict() for key in keys},
                    "unit": f.unit,
                    "parts": [part.id for part in f.parts],
                    "by": list(f.dimensions),
                }
                for f in FIGURES.values()
            ]
        })  # fmt: skip
        return
    for f in FIGURES.values():
        click.echo(f"{f.id:<24} {f.name.en}: {f.formula.en}")


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
