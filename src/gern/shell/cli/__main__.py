"""``python -m gern.shell.cli`` is ``gern``."""

from gern.shell.cli import main

main()
