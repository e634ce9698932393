"""The event log: ``log check|stats|compact``, ``erase``, ``query``."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import click

import gern
from gern.core.errors import BadInput
from gern.shell.cli.main import AS_JSON, home_of, say_json


@click.group()
def log() -> None:
    """The event log: how it is, whether it is whole, its upkeep."""


@log.command()
@click.option("--quick", is_flag=True, help="Files and checksums only, not every row.")
@AS_JSON
@click.pass_context
def check(ctx, quick, as_json):  # type: ignore[no-untyped-def]
    """Compare files and manifest: checksums, order, duplicates, dedupe runs. Mends what can be
    mended; exits with 1 when something is wrong that cannot."""
    found = gern.open(home_of(ctx)).log.check(deep=not quick)
    if as_json:
        say_json({"whole": not found.problems, **found.__dict__})
    else:
        click.echo(
            f"{found.rows:,} rows in {found.segments} segments,"
            f" {found.inbox_events:,} events in the inbox"
        )
        for line in found.mended:
            click.echo(f"mended  {line}")
        for line in found.problems:
            click.echo(f"wrong   {line}")
        click.echo("Something is wrong." if found.problems else "Everything is whole.")
    if found.problems:
        ctx.exit(1)


@log.command()
@AS_JSON
@click.pass_context
def stats(ctx, as_json):  # type: ignore[no-untyped-def]
    """How big the log is, and how far its upkeep has come."""
    found = gern.open(home_of(ctx)).log.stats()
    if as_json:
        say_json(found)
        return
    for name, value in found.items():
        shown = f"{value:,}" if isinstance(value, int) else (value or "-")
        click.echo(f"{name.replace('_', ' '):<26} {shown}")


@log.command()
@click.option("--fully", is_flag=True, help="Also bring every month into its best form.")
@AS_JSON
@click.pass_context
def compact(ctx, fully, as_json):  # type: ignore[no-untyped-def]
    """Move the inbox into segments now. A served shop does it by itself."""
    done = gern.open(home_of(ctx)).log.compact(fully=fully)
    if as_json:
        say_json(done.__dict__)
    else:
        click.echo(
            f"{done.events:,} events moved; {done.duplicates:,} had been here before,"
            f" {done.erased:,} belonged to erased people"
        )


@click.command()
@click.argument("customer", nargs=-1)
@click.option("--tonight", is_flag=True, help="With the next nightly batch, not now.")
@click.option("--waiting", is_flag=True, help="Erase now who waits for the nightly batch.")
@click.option("--finish", is_flag=True, help="Take up an erasure that was interrupted.")
@AS_JSON
@click.pass_context
def erase(ctx, customer, tonight, waiting, finish, as_json):  # type: ignore[no-untyped-def]
    """Erase customers everywhere, physically and for good, with a report of every place.

    CUSTOMER is a customer id (or visitor:ID); every id joined to it goes along. Unreadable at
    once; the command ends when no file holds them any more.
    """
    from gern.kit.erasing import erase_customers, finish_erasures
    from gern.kit.registry import held
    from gern.shell.start import prepare_database

    shop = gern.open(home_of(ctx))
    prepare_database(shop.home)
    late = shop.log.waiting_erasures() if waiting else []
    kept = held(late, unattended=True)  # they wait on
    people = [*customer, *(one for one in late if one not in kept)]
    if finish and people:
        raise BadInput("--finish takes nobody: it takes up what was interrupted.", param="finish")
    if finish:
        report: dict[str, Any] = finish_erasures()
    elif not people:
        if waiting:
            report = {"people": 0}
        else:
            raise BadInput("Say whom to erase: gern erase CUSTOMER …", param="CUSTOMER")
    elif tonight:
        shop.log.erase_tonight(people)
        report = {"people": len(people), "waiting": len(shop.log.waiting_erasures())}
    else:
        report = erase_customers(people)
    if as_json:
        say_json(report)
        return
    click.echo(_told(report))


def _told(report: dict[str, Any]) -> str:
    if "places" not in report:
        done = report.get("log")
        if done:
            return (
                f"Finished: {done['rows']:,} rows taken out of {done['segments_rewritten']} files."
            )
        if "waiting" in report:
            return f"{report['waiting']} people will be erased with the next nightly batch."
        if report.get("taken_up"):
            return f"{report['taken_up']} interrupted erasures were finished."
        if "unreachable" in report:
            return "Nothing is left to do: no file holds anybody who was erased."
        return "Nobody waits to be erased."
    log = report["log"]
    lines = [
        f"{report['people']} people erased ({log['ids']} ids):",
        f"  log                 {log['rows']:,} rows out of {log['segments_rewritten']} files,"
        f" {log['inbox_events']:,} events out of the inbox",
    ]
    if log["visitor_ids_blanked"]:
        lines.append(f"                      {log['visitor_ids_blanked']:,} visitor ids blanked on"
                     " other customers' rows")  # fmt: skip
    lines += [f"  {name:<19} {count:,}" for name, count in report["places"].items()]
    lines.append("What stays:")
    lines += [f"  {name:<19} {why}" for name, why in report["stays"].items()]
    return "\n".join(lines)


@click.command()
@click.argument("sql")
@click.option("--seconds", type=click.FloatRange(0.1, 3600), default=60, show_default=True,
              help="Break off after this.")  # fmt: skip
@AS_JSON
@click.pass_context
def query(ctx, sql, seconds, as_json):  # type: ignore[no-untyped-def]
    """Ask the log a SELECT, read only. Relations: rows, events, lines, foreign_lines, orders."""
    rows = gern.open(home_of(ctx)).query(sql, seconds=seconds)
    if as_json:
        say_json({"rows": [{k: _plain(v) for k, v in row.items()} for row in rows]})
        return
    if rows:
        click.echo("\t".join(rows[0]))
    for row in rows:
        click.echo("\t".join("" if v is None else str(_plain(v)) for v in row.values()))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
