"""Backups: ``backup``, ``restore``."""

from __future__ import annotations

import os
from pathlib import Path

import click

import gern
from gern.core.errors import BadInput
from gern.core.home import Home
from gern.core.log.backup import KEPT, Restored, backups_in, drill
from gern.core.log.backup import restore as restore_home
from gern.shell.cli.main import AS_JSON, home_of, say_json
from gern.shell.start import prepare_database


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option(
    "--keep", type=click.IntRange(1, 365), help=f"How many stay there.  [default: {KEPT}]"
)
@click.option("--list", "listed", is_flag=True, help="Only show the backups that are there.")
@AS_JSON
@click.pass_context
def backup(ctx, folder, keep, listed, as_json):  # type: ignore[no-untyped-def]
    """Copy this home, also while it is served. Without FOLDER: into the setting backup_folder,
    else into the home itself (which does not help when the disk dies)."""
    shop = gern.open(home_of(ctx))
    into = (folder or Path(shop.setting("backup_folder").value or shop.home.backups)).resolve()
    if listed:
        found = [str(path) for path in backups_in(into)]
        if as_json:
            say_json({"backups": found})
        else:
            click.echo("\n".join(found) or f"There is no backup in {into}.")
        return
    made = shop.log.back_up(into, keep=keep or int(shop.setting("backup_keep").value))
    if as_json:
        say_json({**made.__dict__, "path": str(made.path)})
        return
    if os.environ.get("GERN_DATABASE_URL"):
        click.echo("The PostgreSQL database is not in the backup: pg_dump it beside.", err=True)
    click.echo(
        f"{made.path}\n  {made.files} files, {made.bytes / 1e6:.1f} MB"
        f" ({made.bytes_new / 1e6:.1f} MB new on disk); {made.expired} old backups deleted\n"
        "  Logins and secrets of the installation are not in it. Try it:"
        f" gern restore --drill {made.path}"
    )


@click.command()
@click.argument("backup", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--drill", "only_drill", is_flag=True,
              help="Restore into a working folder, check everything, take it away again.")  # fmt: skip
@AS_JSON
@click.pass_context
def restore(ctx, backup, only_drill, as_json):  # type: ignore[no-untyped-def]
    """Make the home (--home DIR, which must be empty or missing) from a BACKUP, or one of the
    folder BACKUP the newest. Who was erased since is erased again first."""
    newest = backups_in(backup)
    chosen = newest[-1] if newest else backup.resolve()
    home = home_of(ctx)
    if only_drill:
        found = drill(chosen, chosen.parent)
    else:
        if home.exists() and any(home.iterdir()):
            raise BadInput(
                f"There is something at {home} already. Name a new folder: gern --home NEW restore"
                f" {backup}. Nothing was changed.",
                param="home",
            )
        found = restore_home(chosen, home)
        if (made := Home(home)).erased_again.exists():
            prepare_database(made)
    if as_json:
        say_json({"backup": str(chosen), "drill": only_drill, **found.__dict__})
        return
    click.echo(_told(chosen, found, home, only_drill))


def _told(chosen: Path, found: Restored, home: Path, only_drill: bool) -> str:
    end = (
        f"This backup can be restored; the drill took {found.seconds:g} s."
        if only_drill
        else f"Restored to {home} in {found.seconds:g} s. Sessions begin anew: log in again."
    )
    return (
        f"{chosen}\n  {found.rows:,} rows and {found.inbox_events:,} waiting events, all checked;"
        f" {found.erased_again} ids of people erased since are erased again\n  {end}"
    )
