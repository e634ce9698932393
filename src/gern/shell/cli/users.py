"""People who work with the product: ``user add``."""

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
