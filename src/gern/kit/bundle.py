"""The chart library as one script, made from the vl-convert wheel: no CDN, no node."""

from __future__ import annotations

import gzip
import os
import uuid
from importlib.metadata import version
from pathlib import Path

from django.conf import settings


def bundle_name() -> str:
    """File name with the version in it, so that browsers can keep it for ever."""
    return f"vega-{version('vl-convert-python')}.js"


def chart_bundle() -> Path:
    """The gzipped bundle (about 300 kB), made once and kept in the cache of the home."""
    path: Path = settings.HOME.cache / f"{bundle_name()}.gz"
    if not path.exists():
        import vl_convert

        temporary = path.with_name(f"{uuid.uuid4().hex}.tmp")
        temporary.write_bytes(gzip.compress(vl_convert.javascript_bundle().encode(), mtime=0))
        os.replace(temporary, path)
    return path
