"""Docs that cannot fall behind: what exists is documented, and examples run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from django.urls import URLResolver, get_resolver

from gern.core.engines.relations import RELATIONS
from gern.core.figures.catalogue import FIGURES
from gern.core.figures.waiting import WAITING
from gern.core.log.schema import NAMES
from gern.core.settings import SHOWN
from gern.shell.cli.main import main
from tests.guide import written
from tests.servers import GERN

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guide"


def text(name: str) -> str:
    return (GUIDE / name).read_text()


@pytest.mark.parametrize("page", ["en/figures.md", "de/kennzahlen.md"])
def test_every_figure_is_in_the_guide(page: str) -> None:
    """Its tables are written from the definitions: ``python -m tests.guide``."""
    assert text(page) == written(page)
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", text(page), re.M))
    assert set(rows) >= set(FIGURES) | set(WAITING)


@pytest.mark.parametrize("page", ["en/command-line.md", "de/befehlszeile.md"])
def test_every_command_and_option_is_in_the_guide(page: str) -> None:
    said = text(page)
    for name, command in main.commands.items():
        parts = {name: command}
        if isinstance(command, click.Group):
            parts = {f"{name} {sub}": part for sub, part in command.commands.items()}
        for called, found in parts.items():
            line = next(x for x in said.splitlines() if x.startswith(f"| `gern {called}"))
            for option in found.params:
                if isinstance(option, click.Option) and option.name != "as_json":
                    assert option.opts[0] in line, f"{called} {option.opts[0]}"


@pytest.mark.parametrize("page", ["en/settings.md", "de/einstellungen.md"])
def test_every_setting_is_in_the_guide(page: str) -> None:
    source = "".join(p.read_text() for p in (ROOT / "src").rglob("*.py"))
    used = set(re.findall(r"GERN_[A-Z_]+", source))
    said = text(page)
    assert used == set(re.findall(r"^\| `(GERN_[A-Z_]+)`", said, re.M))
    for name in SHOWN:
        assert f"| `{name}` |" in said


def test_every_address_is_in_the_guide() -> None:
    def walk(patterns, prefix: str = "/"):
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver) and pattern.namespace == "api":
                yield "/api/v1/…"
            elif isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, path)
            else:
                yield path

    said = text("en/running.md")
    names = {"<slug:id>": "ID", "<slug:pk>": "ID", "<slug:whom>": "WHOM", "<slug:purpose>": "PURPOSE", "<int:pk>": "N", "<str:kind>": "KIND", "<str:name>": "NAME",
             "<slug:name>": "NAME", "<uuid:id>": "ID", "<uuid:pk>": "ID", "<int:version>": "N", "<uidb64>": "NAME", "<token>": "TOKEN", "<int:place>": "N", "<str:token>": "TOKEN"}  # fmt: skip
    for path in walk(get_resolver().url_patterns):
        shown = re.sub(r"<(\w+:)?\w+>", lambda found: names[found[0]], path)
        if shown.startswith("/account/second-factor/"):  # of the sign-in library
            shown = "/account/second-factor/…"
        assert f"`{shown}`" in said


@pytest.mark.parametrize("folder", ["en", "de"])
def test_links_lead_somewhere(folder: str) -> None:
    pages = [*(GUIDE / folder).glob("*.md"), *ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_console_examples_run(tmp_path: Path) -> None:
    block = re.search(r"```console\n(.*?)```", text("en/command-line.md"), re.S)
    assert block
    for line in block[1].splitlines():
        command = re.sub(r"^gern ", f"{' '.join(GERN)} ", line.removeprefix("$ "))
        done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False,
                              env={"PATH": "/usr/bin:/bin", "GERN_HOME": str(tmp_path / "home")})  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stderr}"


@pytest.mark.parametrize("page", ["en/log.md", "de/ereignisse.md"])
def test_every_relation_and_column_of_the_log_is_in_the_guide(page: str) -> None:
    first = [line.split("|")[1] for line in text(page).splitlines() if line.startswith("| `")]
    said = set(re.findall(r"`(\w+)`", " ".join(first)))
    assert said == {*RELATIONS, *NAMES}


def run_blocks(page: str, folder: Path) -> str:
    """What the Python examples of a page print, run as one program."""
    blocks = re.findall(r"```python\n(.*?)```", text(page), re.S)
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)], cwd=folder, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_of_the_log_runs(tmp_path: Path) -> None:
    said = run_blocks("en/log.md", tmp_path)
    assert "'person': 'anna', 'balance': Decimal('9.000000')" in said


def test_the_notebook_example_runs(tmp_path: Path) -> None:
    (tmp_path / "purchases.csv").write_text(
        "invoice,customer_id,invoice_date,stock_code,quantity,price,country\n"
        "1,anna,2011-06-03 10:00,tea,2,4.50,France\n2,anna,2011-11-20 11:00,cup,1,9,France\n"
    )
    assert "anna" in run_blocks("en/notebook.md", tmp_path)


def test_the_recipe_of_a_figure_works(online_retail, monkeypatch) -> None:
    from gern.core.figures import catalogue, definition
    from gern.core.figures.primitives import purchases
    from gern.core.text import Text

    block = re.search(r"```python\n(.*?)```", (ROOT / "docs/recipes.md").read_text(), re.S)
    assert block
    names = {"Figure": definition.Figure, "Part": definition.Part, "Text": Text,
             "ORDERS": purchases.ORDERS}  # fmt: skip
    figure = eval("(" + block[1].strip() + ")", names)
    monkeypatch.setitem(catalogue.FIGURES, figure.id, figure)
    answer = online_retail.figure("cancellation_rate", "2010-12-01", "2011-12-10")
    assert answer.exact == 100 * 3836 / answer.denominator
    assert answer.denominator == 20728


def test_public_names_say_what_they_are() -> None:
    """Every public function and class of the library has a docstring."""
    import ast

    silent = []
    for path in (ROOT / "src" / "gern" / "core").rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            public = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[0] != "_"
            if public and not ast.get_docstring(node):
                silent.append(f"{path.name}:{node.name}")
    assert silent == []


def test_the_tests_that_hold_the_law_exist() -> None:
    """`docs/guide/*/law.md`: each row names a test that is there."""
    named = 0
    for guide in ("en/law.md", "de/gesetz.md"):
        for path, name in re.findall(
            r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs/guide" / guide).read_text()
        ):
            assert (
                f"def {name}(" in (ROOT / path).read_text() if name else (ROOT / path).exists()
            ), (path, name)
            named += 1
    assert named >= 30
