"""Who sends events: ``source add|list|rotate``, ``quarantine list|replay``, ``schema``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

import gern
from gern.core.collect.keys import PUBLIC, SERVER
from gern.shell.cli.main import AS_JSON, home_of, say_json


@click.group()
@click.pass_context
def source(ctx: click.Context) -> None:
    """Tools that send events to this shop, and their write keys."""
    _prepare(ctx)


@source.command()
@click.argument("name")
@click.option("--server", is_flag=True, help="A secret key for a server, not for a web page.")
@click.option("--origin", multiple=True, metavar="URL",
              help="Pages that may use the key; may be repeated.  [default: any]")  # fmt: skip
@AS_JSON
@click.pass_context
def add(ctx, name, server, origin, as_json):  # type: ignore[no-untyped-def]
    """Add a source and print its write key (a server's is shown this once)."""
    from gern.rooms.collect.sources.services import add_source

    made, key = add_source(name, SERVER if server else PUBLIC, origins=list(origin))
    if as_json:
        say_json({"source": made.name, "kind": made.kind, "key": key, "origins": made.origins})
        return
    click.echo(key)
    click.echo(
        f"  {made.name} ({made.get_kind_display()}). Send to http://HOST:PORT/v1/batch with this"
        " key; the page Sources has a snippet.",
        err=True,
    )


@source.command("list")
@AS_JSON
@click.pass_context
def list_(ctx, as_json):  # type: ignore[no-untyped-def]
    """Every source with its keys and how it is doing."""
    from gern.rooms.collect.sources.health import all_health

    found = [health.to_dict() for health in all_health(gern.open(home_of(ctx)), datetime.now(UTC))]
    if as_json:
        say_json({"sources": found})
        return
    for one in found:
        click.echo(
            f"{one['source']:<20} {one['kind']:<7} {one['state']:<8} {one['events_24h']:>10,}"
            f" events in 24 h  {one['refused_24h']:>6,} refused  last {one['last_seen'] or '-'}"
        )


@source.command()
@click.argument("name")
@click.option("--overlap", type=click.FloatRange(0, 24 * 90), default=24, show_default=True,
              help="Hours for which the old key keeps working.")  # fmt: skip
@AS_JSON
@click.pass_context
def rotate(ctx, name, overlap, as_json):  # type: ignore[no-untyped-def]
    """A new write key for a source."""
    from gern.rooms.collect.sources.services import rotate_key, source_named

    key = rotate_key(source_named(name), overlap_hours=overlap)
    if as_json:
        say_json({"source": name, "key": key, "old_keys_valid_hours": overlap})
    else:
        click.echo(key)


@click.group()
@click.pass_context
def quarantine(ctx: click.Context) -> None:
    """Items that could not be used, kept with the reason."""
    _prepare(ctx)


@quarantine.command("list")
@click.option("--source", "name", help="Only of this source.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@AS_JSON
@click.pass_context
def list_quarantine(ctx, name, limit, as_json):  # type: ignore[no-untyped-def]
    """The items in quarantine, newest first."""
    from gern.rooms.collect.quarantine.services import as_text, counts, listed

    shop = gern.open(home_of(ctx))
    found = listed(shop, name, limit=limit)
    if as_json:
        say_json({
            "count": sum(n for s, _, n, _ in counts(shop) if name in (None, s)),
            "items": [
                {"id": k.id, "source": k.source, "name": k.name, "code": k.code,
                 "reason": k.message, "received": _iso(k.received), "item": as_text(k.item)}
                for k in found
            ],
        })  # fmt: skip
        return
    for kept in found:
        click.echo(f"{kept.id:>8}  {kept.source:<16} {kept.code:<16} {kept.name[:30]:<30} {kept.message[:100]}")  # fmt: skip
    if not found:
        click.echo("The quarantine is empty.")


@quarantine.command()
@click.argument("id", nargs=-1, type=int)
@click.option("--source", "name", help="Everything of this source.")
@click.option("--all", "everything", is_flag=True, help="Everything there is.")
@AS_JSON
@click.pass_context
def replay(ctx, id, name, everything, as_json):  # type: ignore[no-untyped-def]
    """Try items again with today's rules; what can be used now enters the log, once."""
    from gern.core.errors import BadInput
    from gern.rooms.collect.quarantine.services import replay as replay_items

    if not (id or name or everything):
        raise BadInput("Say which: numbers from `gern quarantine list`, --source or --all.", param="ID")  # fmt: skip
    done = replay_items(gern.open(home_of(ctx)), source=name, ids=list(id) or None)
    if as_json:
        say_json(done.__dict__)
    else:
        click.echo(f"{done.accepted:,} items entered the log; {done.still_refused:,} stay.")


@click.command()
@click.option("--event", help="Only this kind of event, with its properties.")
@AS_JSON
@click.pass_context
def schema(ctx, event, as_json):  # type: ignore[no-untyped-def]
    """Every kind of event and every property seen, with volume, types and how often filled."""
    _prepare(ctx)
    from gern.core.log.profile import profile

    found = profile(gern.open(home_of(ctx)).manifest)
    kinds = [kind for kind in found if event in (None, kind.name)]
    if as_json:
        say_json({"events": [kind.to_dict() for kind in kinds]})
        return
    for kind in kinds:
        click.echo(f"{kind.name:<32} {kind.events:>12,}  {', '.join(kind.sources)}")
        for p in kind.properties if event else ():
            click.echo(f"    {p.name:<28} {100 * p.filled / kind.events:>6.1f} %  {', '.join(p.types)}")  # fmt: skip


def _prepare(ctx: click.Context) -> None:
    from gern.shell.start import prepare_database

    prepare_database(gern.open(home_of(ctx)).home)


def _iso(micros: int | None) -> Any:
    return None if micros is None else datetime.fromtimestamp(micros / 1e6, UTC).isoformat()
