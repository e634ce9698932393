"""``gern``: exit 0 ok, 2 wrong usage or bad input, 1 failure. ``--json`` prints one object."""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

import click

import gern
from gern.core.errors import BadInput, GernError

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


class Commands(click.Group):
    """Turns our errors into messages and exit codes, also as JSON when that was asked for."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            ended = super().main(*args, **{**kwargs, "standalone_mode": False})
            sys.exit(ended if isinstance(ended, int) else 0)
        except click.UsageError as error:
            error.show()
            _end("usage", error.format_message(), 2)
        except click.ClickException as error:
            error.show()
            _end("failure", error.format_message(), 1)
        except (click.Abort, KeyboardInterrupt):
            sys.exit(1)
        except GernError as error:
            click.echo(f"gern: {error}", err=True)
            param = getattr(error, "param", None)
            _end(error.code, str(error), 2 if isinstance(error, BadInput) else 1, param)
        except Exception as error:
            traceback.print_exc()
            _end("failure", f"Something went wrong on our side: {error!r}", 1)


def _end(code: str, message: str, status: int, param: str | None = None) -> NoReturn:
    if "--json" in sys.argv:
        say_json({"error": {"code": code, "message": message, "param": param}})
    sys.exit(status)


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


from gern.shell.cli import (
    backups,
    data,
    journeys,
    keys,
    log,
    patterns,
    predict,
    predict_measured,
    service,
    sources,
    users,
)

for command in (
    service.init, service.demo, service.serve, data.import_, data.imports, data.figure, data.figures,
    patterns.cohort, patterns.funnel, patterns.survival, patterns.affinity, patterns.paths,
    journeys.attribution, journeys.phases, predict.predict,
    service.setting, service.doctor, users.user, service.upgrade, log.log, log.erase, log.query,
    backups.backup, backups.restore, sources.source, sources.quarantine, sources.schema, keys.key,
):  # fmt: skip
    main.add_command(command)
for command in (predict_measured.effect, predict_measured.forecast, predict_measured.uplift):
    predict.predict.add_command(command)
