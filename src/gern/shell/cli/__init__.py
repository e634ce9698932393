"""The command line. Others script against it: keep it stable."""

from gern.shell.cli.main import main

__all__ = ["main"]
