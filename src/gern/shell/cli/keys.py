"""Keys of the JSON API: ``key add|list|end``; ``key renew``: those of the installation."""

from __future__ import annotations

import click

import gern
from gern.core.errors import BadInput
from gern.shell.cli.main import AS_JSON, home_of, say_json


@click.group()
def key() -> None:
    """Keys of the JSON API (/api/v1/)."""


@key.command("add")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, default=["figures"], show_default=True,
              help="figures: numbers; people: also the customers behind them. May be repeated.")  # fmt: skip
@click.option("--expires", metavar="DAY", help="Last day on which it holds.  [default: none]")
@AS_JSON
@click.pass_context
def add(ctx, name, scopes, expires, as_json):  # type: ignore[no-untyped-def]
    """Make a key; it is shown once."""
    from gern.core.figures.periods import parse_day
    from gern.shell.start import prepare_database

    prepare_database(gern.open(home_of(ctx)).home)
    from gern.kit.api import keys

    row, made = keys.make(name, list(scopes), parse_day(expires, "expires") if expires else None)
    if as_json:
        say_json({"id": row.pk, "name": row.name, "scopes": row.scopes, "key": made})
    else:
        click.echo(made)


@key.command("list")
@AS_JSON
@click.pass_context
def list_(ctx, as_json):  # type: ignore[no-untyped-def]
    """All keys: number, beginning, scopes, until when."""
    from gern.shell.start import prepare_database

    prepare_database(gern.open(home_of(ctx)).home)
    from django.utils import timezone

    from gern.kit.api.models import ApiKey

    today = timezone.now().date()
    rows = [
        {"id": k.pk, "name": k.name, "begins": k.shown, "scopes": k.scopes, "holds": k.holds(today),
         "expires": k.expires and k.expires.isoformat()}
        for k in ApiKey.objects.all()
    ]  # fmt: skip
    if as_json:
        say_json({"keys": rows})
        return
    for row in rows:
        state = "" if row["holds"] else "  (ended)"
        click.echo(
            f"{row['id']}  {row['begins']}  {row['name']}: {', '.join(row['scopes'])}{state}"
        )


@key.command("end")
@click.argument("id", type=int)
@AS_JSON
@click.pass_context
def end(ctx, id, as_json):  # type: ignore[no-untyped-def]
    """It opens nothing any more."""
    from gern.shell.start import prepare_database

    prepare_database(gern.open(home_of(ctx)).home)
    from gern.kit.api import keys

    if not keys.end(id):
        raise BadInput(f"There is no key {id} that holds. `gern key list` shows them.", param="id")
    if as_json:
        say_json({"ended": id})
    else:
        click.echo(f"Key {id} opens nothing any more.")


@key.command()
@click.option(
    "--at-once",
    is_flag=True,
    help="Old keys end now: for when one has leaked. Everybody is logged out.",
)
@AS_JSON
@click.pass_context
def renew(ctx, at_once, as_json):  # type: ignore[no-untyped-def]
    """New keys for sessions and for stored passwords. Everything stored is hidden anew; the old key
    of sessions reads for two weeks, so that who is logged in stays so. Restart the server
    afterwards. Signed links that never end, hashes of the suppression list and sealed records keep
    their keys: they could not be read with others."""
    from gern.shell.start import prepare_database

    home = gern.open(home_of(ctx)).home
    prepare_database(home)
    from django.conf import settings

    from gern.kit.secrets import KEY, renew_all

    home.renew_secret("django", keep_seconds=settings.SESSION_COOKIE_AGE)
    count = renew_all()
    if at_once:
        for name in ("django", KEY):
            home.forget_old_secrets(name)
    if as_json:
        say_json({"hidden_anew": count})
    else:
        click.echo(f"New keys; {count} stored secrets hidden anew. Restart the server.")
