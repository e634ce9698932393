"""The kernels, once they are compiled: that takes seconds, so it is done in the background, kept
in the home, and until then the same is answered by SQL. So it is where numba (``gern[fast]``) is
not installed."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
import threading
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from gern.core.home import Home
from gern.core.log.changes import alone

_lock = threading.Lock()
_loaded: list[ModuleType] = []


def installed() -> bool:
    """Whether there is what compiles them."""
    return find_spec("numba") is not None


def load(home: Home) -> ModuleType:
    """Compile them, or take what was compiled before."""
    with _lock:
        if not _loaded:
            import numba

            folder = home.cache / "compiled"
            folder.mkdir(exist_ok=True)
            numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]
            from gern.core.engines import kernels

            _marker(home).touch()
            _loaded.append(kernels)
        return _loaded[0]


def loaded() -> ModuleType | None:
    """The kernels; None: not yet."""
    return _loaded[0] if _loaded else None


def kept(home: Home) -> bool:
    """Whether just these were compiled on this machine before, so that loading takes no time."""
    return installed() and _marker(home).exists()


def _marker(home: Home) -> Path:
    code = Path(__file__).with_name("kernels.py").read_bytes()
    about = f"{version('numba')} {sys.version} {platform.machine()} {platform.node()}".encode()
    digest = hashlib.blake2b(code + about, digest_size=8).hexdigest()
    return home.cache / "compiled" / f"ready-{digest}"


def prepare(home: Home) -> None:
    """Have them loaded without standing in the way of others: compiled in a process of its own. Not
    while another process is at it."""
    if loaded() is not None or not installed():
        return
    with alone(home.cache / "compiled.lock") as mine:
        if not mine:
            return
        if not kept(home):
            subprocess.run([sys.executable, "-m", __name__, str(home.path)], check=True)  # noqa: S603
        load(home)


if __name__ == "__main__":
    load(Home(Path(sys.argv[1])))
