"""The kernels are compiled in a process of their own, once, and kept in the home."""

from __future__ import annotations

import subprocess

from gern.core.patterns import compiled


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
