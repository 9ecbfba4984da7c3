"""Numba, set up so that compiled hooks are kept in tinylab's cache.

Import Numba's decorators from here, and nowhere else in `sim.cycles`: where the cache is has
to be known before Numba is imported. The package's own folder may be read-only.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tinylab import paths
from tinylab.errors import OutputError

CACHE_VARIABLE = "NUMBA_CACHE_DIR"

Function = TypeVar("Function", bound=Callable[..., Any])


@functools.cache
def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """For users without a cache folder: gone when the process ends."""
    return tempfile.TemporaryDirectory(prefix="tinylab-numba-")


def _cache_folder() -> Path:
    """A folder named after the sources: Numba itself notices no change in imported files."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.parent.rglob("*.py")):
        digest.update(source.read_bytes())
    name = digest.hexdigest()[:16]
    root = _cache_root()
    return root if root.name == name else root / name  # set by a parent process


def _cache_root() -> Path:
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named)
    try:
        return paths.cache() / "numba"
    except OutputError:  # compile again in each process
        return Path(_temporary_folder().name)


os.environ[CACHE_VARIABLE] = str(_cache_folder())

import numba  # noqa: E402
import numba.extending  # noqa: E402
from numba import carray, types  # noqa: E402
from numba.core import config  # noqa: E402

config.reload_config()  # in case Numba was imported before


def _mangling_args(record: Any) -> tuple[str, tuple[str]]:
    """A record's part in the symbols of functions that take it: by what it consists of.

    Numba numbers records as they come up in a process. Two models' records may get the same
    number in two processes; what these compiled and cached would then be taken for the same
    function when one process loads both.
    """
    return "Record", (hashlib.sha256(record.name.encode()).hexdigest()[:16],)


types.Record.mangling_args = property(_mangling_args)

if TYPE_CHECKING:

    def njit(function: Function) -> Function:
        """For callers, which are compiled too, the function is what it was."""
        return function

    def int64(value: int) -> int:
        """To be computed with in 64 bits."""
        return value

else:
    from numpy import int64

    njit = functools.partial(
        numba.njit, no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy"
    )
"""`njit` is for functions that only compiled code calls: they lack what Python needs for a call."""

Hook = Callable[[int, int, int, int], None]
"""(engine, address, size, user data), as Unicorn calls block and code hooks."""

_HOOK_SIGNATURE = types.void(types.voidptr, types.uint64, types.uint32, types.voidptr)


def hook(function: Hook) -> Any:
    """Compile a hook into a C function, or take it from the cache."""
    return numba.cfunc(_HOOK_SIGNATURE, cache=True)(function)


_DEVICE_READ_SIGNATURE = types.uint64(types.voidptr, types.uint64, types.uint32, types.voidptr)


def device_read(function: Callable[[int, int, int, int], int]) -> Any:
    """Compile `(engine, offset, size, user data)` -> value, as Unicorn reads devices."""
    return numba.cfunc(_DEVICE_READ_SIGNATURE, cache=True)(function)


def intrinsic(function: Callable[..., Any]) -> Any:
    """A function that compiled code calls and that is written in LLVM's terms."""
    return numba.extending.intrinsic(function)


__all__ = ["carray", "device_read", "hook", "int64", "intrinsic", "njit", "types"]
