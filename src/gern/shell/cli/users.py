"""People who work with the product: ``user add|list|recover``."""

from __future__ import annotations

import sys

import click

import gern
from gern.core.errors import BadInput
from gern.shell.cli.main import AS_JSON, home_of, say_json


@click.group()
def user() -> None:
    """People who can log in."""


@user.command()
@click.argument("email")
@click.option("--role", type=click.Choice(["viewer", "editor", "admin"]), default="viewer",
              show_default=True, help="viewer: figures; editor: also people, exports, imports;"
              " admin: also settings.")  # fmt: skip
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@AS_JSON
@click.pass_context
def add(ctx, email, role, password_stdin, as_json):  # type: ignore[no-untyped-def]
    """Add somebody, or give them another role and a new password."""
    from gern.shell.start import prepare_database, save_user

    shop = gern.open(home_of(ctx))
    prepare_database(shop.home)
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    if password_stdin and not password:
        raise BadInput("No password came on standard input.", param="password")
    login = save_user(email, role, password)
    if as_json:
        say_json({"email": login["email"], "role": role,
                  "password": None if password else login["password"]})  # fmt: skip
    elif password:
        click.echo(f"{email} can log in as {role}.")
    else:
        click.echo(f"{email} can log in as {role}. Password (shown this once): {login['password']}")


@user.command("list")
@AS_JSON
@click.pass_context
def list_(ctx, as_json):  # type: ignore[no-untyped-def]
    """Everybody: address, role, second factor, last login."""
    from gern.shell.start import prepare_database

    prepare_database(gern.open(home_of(ctx)).home)
    from gern.shell.accounts.models import User
    from gern.shell.accounts.second_factor import has_one

    rows = [
        {"email": u.email, "role": u.role, "own_role": u.own_role.name if u.own_role else None,
         "may_log_in": u.is_active, "second_factor": has_one(u),
         "last_login": u.last_login and u.last_login.isoformat(timespec="seconds")}
        for u in User.objects.select_related("own_role").order_by("email")
    ]  # fmt: skip
    if as_json:
        say_json({"users": rows})
        return
    for row in rows:
        marks = [row["role"], row["own_role"],
                 "second factor" if row["second_factor"] else "no second factor",
                 f"last login {row['last_login'] or 'never'}",
                 None if row["may_log_in"] else "may not log in"]  # fmt: skip
        click.echo(f"{row['email']:<40} {', '.join(m for m in marks if m)}")


@user.command()
@click.argument("email")
@AS_JSON
@click.pass_context
def recover(ctx, email, as_json):  # type: ignore[no-untyped-def]
    """Let an admin in again who cannot: a new password, no second factor, no lock, logged out
    everywhere, and all rights of an admin. It is for whoever has this machine anyway."""
    from gern.shell.start import prepare_database, recover_user

    prepare_database(gern.open(home_of(ctx)).home)
    login = recover_user(email)
    if as_json:
        say_json(login)
    else:
        click.echo(f"{login['email']} is an admin and can log in with the password (shown this"
                   f" once): {login['password']}\nThe second factor was removed: set up a new one.")  # fmt: skip
