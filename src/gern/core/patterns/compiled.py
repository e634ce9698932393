"""The kernels, once they are compiled: that takes seconds, so it is done in the background, kept
in the home, and until then the same is answered by SQL."""

from __future__ import annotations

import threading
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
