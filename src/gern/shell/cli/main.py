"""``gern``: exit 0 ok, 2 wrong usage or bad input, 1 failure. ``--json`` prints one object."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

import gern
from gern.core.errors import BadInput, GernError

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


class Commands(click.Group):
    """Turns our errors into messages and exit codes, also as JSON when that was asked for."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GernError as error:
            if "--json" in sys.argv:
                param = getattr(error, "param", None)
                say_json({"error": {"code": error.code, "message": str(error), "param": param}})
            click.echo(f"gern: {error}", err=True)
            ctx.exit(2 if isinstance(error, BadInput) else 1)


def say_json(value: dict[str, Any]) -> None:
    """One JSON object on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False))


def home_of(ctx: click.Context) -> Path:
    """The home directory in force."""
    return Path(ctx.obj)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    metavar="DIR",
    default=lambda: os.environ.get("GERN_HOME", "gern-home"),
    help="Directory that holds everything of an installation (or GERN_HOME).  [default: gern-home]",
)
@click.version_option(gern.__version__, prog_name="gern")
@click.pass_context
def main(ctx: click.Context, home: str) -> None:
    """Gern: who your customers are, why they stay, who is leaving."""
    ctx.obj = Path(home).expanduser().resolve()


from gern.shell.cli import data, service, users

for command in (
    service.init, service.demo, service.serve, data.import_, data.figure, data.figures,
    service.setting, service.doctor, users.user, service.upgrade,
):  # fmt: skip
    main.add_command(command)
