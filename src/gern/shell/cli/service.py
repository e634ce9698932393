"""Running it: ``init``, ``demo``, ``serve``, ``setting``, ``doctor``, ``upgrade``."""

from __future__ import annotations

import json
from typing import Any

import click

import gern
from gern.core.errors import BadInput, GernError
from gern.core.home import FORMAT, Home
from gern.core.log.upgrade import upgrade as upgrade_home
from gern.core.settings import SHOWN
from gern.shell.cli.main import AS_JSON, home_of, say_json

PORT = click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
HOST = click.option("--host", default="127.0.0.1", show_default=True,
                    help="Address to listen on; behind TLS only (see the guide).")  # fmt: skip


@click.command()
@click.option("--zone", help="Business time zone.  [default: Europe/Berlin]")
@click.option("--currency", help="Reporting currency.  [default: that of the first import]")
@click.option("--language", type=click.Choice(["de", "en"]), help="Language of the pages.")
@AS_JSON
@click.pass_context
def init(ctx, zone, currency, language, as_json):  # type: ignore[no-untyped-def]
    """Make a home for your own data."""
    from gern.shell.start import prepare_database

    made_now = not (home_of(ctx) / "home.json").exists()
    shop = gern.create_shop(home_of(ctx), zone=zone, currency=currency, language=language)
    prepare_database(shop.home)
    made = {"home": str(shop.home.path), "made": made_now, "zone": shop.zone, "currency": shop.currency,
            "language": shop.language}  # fmt: skip
    if as_json:
        say_json(made)
        return
    click.echo(
        f"Home {'made at' if made_now else 'was there already:'} {made['home']} (zone {shop.zone}, currency {shop.currency}).\n"
        f"Next: gern --home {made['home']} user add YOU@EXAMPLE.ORG --role admin\n"
        f"      gern --home {made['home']} import FILE\n"
        f"      gern --home {made['home']} serve"
    )


@click.command()
@PORT
@HOST
@click.option("--no-serve", is_flag=True, help="Make the shop and stop.")
@AS_JSON
@click.pass_context
def demo(ctx, port, host, no_serve, as_json):  # type: ignore[no-untyped-def]
    """Make a shop with a real year of purchases in it and serve it."""
    from gern.demo import make_demo
    from gern.shell.start import first_admin, prepare_database

    there = Home(home_of(ctx))
    if there.exists and there.format() < FORMAT:
        upgrade_home(there)
    click.echo("Making the demo shop …", err=True)
    shop, made = make_demo(home_of(ctx))
    prepare_database(shop.home)
    login = first_admin()
    if as_json:
        say_json({"home": str(shop.home.path), "made": made, "login": login})
    elif login:
        say_login(login)
    if not no_serve:
        _serve(ctx, host, port)


@click.command()
@PORT
@HOST
@click.pass_context
def serve(ctx, port, host):  # type: ignore[no-untyped-def]
    """Serve the pages of this home until Ctrl+C."""
    from gern.shell.start import first_admin, prepare_database

    shop = gern.open(home_of(ctx))
    prepare_database(shop.home)
    login = first_admin()
    if login:
        say_login(login)
    _serve(ctx, host, port)


def _read(name: str, value: str) -> Any:
    if name == "fees":
        return [v.strip() for v in value.split(",") if v.strip()]
    if name in ("roles", "questions", "business_hours", "binding", "profit", "touchpoints"):
        try:
            return json.loads(value)
        except ValueError as error:
            raise BadInput(
                f"{name} is written as JSON; this is none: {error}. What stands in a file is given as"
                ' "$(cat FILE)".', param=name,
            ) from None  # fmt: skip
    return value


@click.command()
@click.argument("name", required=False)
@click.argument("value", required=False)
@AS_JSON
@click.pass_context
def setting(ctx, name, value, as_json):  # type: ignore[no-untyped-def]
    """Show the shop's settings, or change one: zone, region, currency, language, window_days (days
    until somebody is no customer), fees (product numbers with commas between), backup_folder,
    backup_hour (of the night), backup_keep (how many backups stay), visit_gap_minutes, cart_hours,
    roles, questions, business_hours (JSON), point_value, business (purchases or contracts), binding, profit, touchpoints (JSON)."""
    shop = gern.open(home_of(ctx))
    names = SHOWN
    if name and name not in names:
        raise BadInput(
            f"There is no setting {name!r}. There are: {', '.join(names)}.", param="name"
        )
    if value is not None:
        new = _read(name, value)
        shop.change_setting(name, new, "command line")
    found = {n: shop.setting(n) for n in ([name] if name else names)}
    values = {n: shop.window_days if n == "window_days" else s.value for n, s in found.items()}
    if as_json:
        say_json({"settings": values})
        return
    for n, s in found.items():
        said = values[n]
        if isinstance(said, dict | list):
            said = json.dumps(said, ensure_ascii=False)
        click.echo(f"{n:<18} {said}   (set by {s.set_by})")


@click.command()
@click.option("--security", is_flag=True, help="Instead: who could get in. Files, addresses, second"
              " factors, keys.")  # fmt: skip
@AS_JSON
@click.pass_context
def doctor(ctx, security, as_json):  # type: ignore[no-untyped-def]
    """Check this home: files against the manifest, database, disk, settings."""
    from gern.shell.doctor import examine
    from gern.shell.security import examine_security

    checks = examine_security(home_of(ctx)) if security else examine(home_of(ctx))
    healthy = all(check.state != "fail" for check in checks)
    if as_json:
        say_json({"healthy": healthy, "checks": [check.__dict__ for check in checks]})
    else:
        for check in checks:
            click.echo(f"{check.state:<5} {check.name:<10} {check.message}")
    if not healthy:
        ctx.exit(1)


@click.command()
@AS_JSON
@click.pass_context
def upgrade(ctx, as_json):  # type: ignore[no-untyped-def]
    """Bring a home to this version's format, after a backup of its databases."""
    from gern.shell.start import prepare_database

    home = Home(home_of(ctx))
    if not home.exists:
        home.check()
    backup, found, now = upgrade_home(home)
    applied = prepare_database(gern.open(home.path).home)
    if as_json:
        say_json({"backup": str(backup), "format_before": found, "format": now,
                  "migrations_applied": applied})  # fmt: skip
    else:
        change = f"format {found} → {now}" if found != now else f"format {now} already"
        click.echo(
            f"Backup in {backup}; {change}, {applied} migrations applied. Everything is up to date."
        )


def say_login(login: dict[str, str]) -> None:
    """Show the first login; it is not stored in the clear and never shown again."""
    click.echo(
        "\n  First login (shown this once; change it on your account page)\n"
        f"    e-mail    {login['email']}\n    password  {login['password']}\n"
    )


def _serve(ctx: click.Context, host: str, port: int) -> None:
    from gern.shell.start import can_listen, run_server

    shown = "localhost" if host == "127.0.0.1" else host
    if not can_listen(host, port):
        raise GernError(f"Could not listen on {host}:{port}. Is it taken? Try --port {port + 1}.")
    click.echo(f"  Gern runs at  http://{shown}:{port}/   (stop with Ctrl+C)\n", err=True)
    run_server(host, port)
