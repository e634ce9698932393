"""What a start must not wait for."""

from __future__ import annotations

import subprocess
import sys


def test_the_library_opens_without_what_only_predictions_need() -> None:
    """SciPy and scikit-learn take half a second: they are loaded where something is learned."""
    said = subprocess.run(
        [sys.executable, "-c", "import sys, gern; print({'scipy', 'sklearn'} & set(sys.modules))"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert said.strip() == "set()"
