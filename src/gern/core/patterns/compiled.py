"""The kernels, once they are compiled: that takes seconds, so it is done in the background, kept
in the home, and until then the same is answered by SQL."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

from gern.core.home import Home

_lock = threading.Lock()
_loaded: list[ModuleType] = []


def load(home: Home) -> ModuleType:
    """Compile them, or take what was compiled before."""
    with _lock:
        if not _loaded:
            import numba

            folder = home.cache / "compiled"
            folder.mkdir(exist_ok=True)
            numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]
            from gern.core.patterns import kernels

            _loaded.append(kernels)
        return _loaded[0]


def loaded() -> ModuleType | None:
    """The kernels; None: not yet."""
    return _loaded[0] if _loaded else None


def kept(home: Home) -> bool:
    """Whether they were compiled before, so that loading takes no time."""
    return any((home.cache / "compiled").rglob("*.nbi"))


def prepare(home: Home) -> None:
    """Have them loaded without standing in the way of others: compiled in a process of its own."""
    if loaded() is None:
        if not kept(home):
            subprocess.run([sys.executable, "-m", __name__, str(home.path)], check=True)  # noqa: S603
        load(home)


if __name__ == "__main__":
    load(Home(Path(sys.argv[1])))
