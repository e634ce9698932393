"""Translations: collect the messages into the German catalogue, or check that none is missing.

python tests/messages.py           collect and compile (``make messages``)
python tests/messages.py --check   red when a message is untranslated, fuzzy, or not compiled
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import polib

SOURCE = Path(__file__).parents[1] / "src" / "gern"
CATALOGUE = SOURCE / "locale" / "de" / "LC_MESSAGES" / "django.po"


def collect() -> str:
    """Run Django's makemessages over the source; the text of the catalogue before."""
    before = CATALOGUE.read_text() if CATALOGUE.exists() else ""
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    os.chdir(SOURCE)
    from django.core.management import call_command

    call_command("makemessages", locale=["de"], no_location=True, no_wrap=True, verbosity=0)
    return before


def problems() -> list[str]:
    catalogue = polib.pofile(str(CATALOGUE))
    found = [f"untranslated: {e.msgid!r}" for e in catalogue.untranslated_entries()]
    found += [f"fuzzy: {e.msgid!r}" for e in catalogue.fuzzy_entries()]
    return found


def main(check: bool) -> int:
    with tempfile.TemporaryDirectory() as home:
        from gern import create_shop

        create_shop(home)
        os.environ |= {"GERN_HOME": home, "DJANGO_SETTINGS_MODULE": "gern.shell.settings"}
        import django

        django.setup()
        before = collect()
    after = polib.pofile(str(CATALOGUE))
    wanted = (polib.pofile(before) if check and before else after).to_binary()
    compiled = CATALOGUE.with_suffix(".mo")
    red = problems()
    if check:
        old = {e.msgid for e in polib.pofile(before) if not e.obsolete} if before else set()
        new = {e.msgid for e in after if not e.obsolete}
        red += [f"not collected: {m!r}" for m in sorted(new - old)]
        red += [f"no longer used: {m!r}" for m in sorted(old - new)]
        if not compiled.exists() or compiled.read_bytes() != wanted:
            red.append("the compiled catalogue is out of date")
        CATALOGUE.write_text(before)
        if red:
            red.append("run: make messages, and translate")
    else:
        after.metadata.pop("POT-Creation-Date", None)
        after.metadata_is_fuzzy = False
        after.header = "German messages of Gern."
        after.save()
        compiled.write_bytes(after.to_binary())
    print("\n".join(red) or "translations are complete")
    return 1 if red else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
