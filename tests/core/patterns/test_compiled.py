"""The kernels are compiled in a process of their own, once, and kept in the home."""

from __future__ import annotations

import subprocess

import pytest

from gern.core.engines import compiled
from gern.shell.doctor import examine


def test_compiled_once_and_kept(shop, monkeypatch) -> None:
    monkeypatch.setattr(compiled, "_loaded", [])
    assert not compiled.kept(shop.home)
    compiled.prepare(shop.home)
    assert compiled.kept(shop.home)
    assert compiled.loaded() is not None
    monkeypatch.setattr(compiled, "_loaded", [])
    monkeypatch.setattr(subprocess, "run", None)  # not again
    compiled.prepare(shop.home)
    assert compiled.loaded() is not None


@pytest.mark.django_db
def test_without_numba_sql_answers_and_the_doctor_says_so(
    small_spine, shop, send, monkeypatch
) -> None:
    monkeypatch.setattr(compiled, "_loaded", [])
    monkeypatch.setattr(compiled, "find_spec", lambda name: None)
    compiled.prepare(shop.home)
    assert (compiled.loaded(), compiled.kept(shop.home)) == (None, False)
    send(id="1", customer="anna", name="A")
    shop.log.compact()
    shop.door.prepare()
    assert shop.funnel("AA", "2026-06-01", "2026-07-01").steps[0].n == 1
    (check,) = [one for one in examine(shop.home.path) if one.name == "patterns"]
    assert (check.state, "gern[fast]" in check.message) == ("warn", True)
