"""Numba, set up so that compiled hooks are kept in tinylab's cache.

Import Numba's decorators from here, and nowhere else in `sim.cycles`: where the cache is has
to be known before Numba is imported. The package's own folder may be read-only.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from pathlib import Path

from tinylab import paths

CACHE_VARIABLE = "NUMBA_CACHE_DIR"


def _cache_folder() -> Path:
    """A folder named after the sources: Numba itself notices no change in imported files."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return _cache_root() / digest.hexdigest()[:16]


def _cache_root() -> Path:
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named)
    try:
        return paths.cache() / "numba"
    except OSError:  # no home: compile again in each process
        return Path(tempfile.mkdtemp(prefix="tinylab-numba-"))


os.environ[CACHE_VARIABLE] = str(_cache_folder())

import numba  # noqa: E402
from numba import carray, cfunc, types  # noqa: E402
from numba.core import config  # noqa: E402
from numba.extending import intrinsic  # noqa: E402

config.reload_config()  # in case Numba was imported before

njit = functools.partial(
    numba.njit, no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy"
)
"""For functions that only compiled code calls: without what Python would need to call them."""

__all__ = ["carray", "cfunc", "intrinsic", "njit", "types"]
