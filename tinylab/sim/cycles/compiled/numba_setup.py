"""Configures Numba to store compiled hooks in tinylab's cache.

In `sim.cycles`, import Numba's decorators only from here: the cache's location must be set
before Numba is imported. The package's own folder may be read-only.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, TypeVar

from tinylab import paths, temporary_folders
from tinylab.errors import OutputError

CACHE_VARIABLE = "NUMBA_CACHE_DIR"

Function = TypeVar("Function", bound=Callable[..., Any])


@functools.cache
def _temporary_folder() -> Path:
    """For users without a cache that can be written: deleted when the process ends."""
    kept = ExitStack()
    atexit.register(kept.close)
    return kept.enter_context(temporary_folders.make())


def _sources_hash() -> str:
    """Names the folder: Numba does not detect changes in imported files."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.parent.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _cache_folder(name: str) -> Path | None:
    """The folder `name` in the cache; None if no file can be written there."""
    try:
        root = _cache_root()
        folder = root if root.name == name else root / name  # set by a parent process
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))
            return folder
    except (OutputError, OSError):
        return None


def _cache_root() -> Path:
    named = os.environ.get(CACHE_VARIABLE)
    return Path(named) if named else paths.cache() / "numba"


NAME = _sources_hash()
FOLDER = _cache_folder(NAME)
IS_KEPT = FOLDER is not None
"""Whether later processes find what this one compiles."""
# Without such a folder Numba would write beside the package.
os.environ[CACHE_VARIABLE] = str(FOLDER or _temporary_folder() / NAME)
# These take time without benefit: no loop of a model can be vectorized, and the tests find its
# errors.
for name, value in (
    ("NUMBA_LOOP_VECTORIZE", "0"),
    ("NUMBA_SLP_VECTORIZE", "0"),
    ("NUMBA_DISABLE_ERROR_MESSAGE_HIGHLIGHTING", "1"),
):
    os.environ.setdefault(name, value)

import numba  # noqa: E402
import numba.extending  # noqa: E402
from numba import carray, types  # noqa: E402
from numba.core import config  # noqa: E402

from tinylab.sim.cycles.compiled import numba_cache  # noqa: E402
from tinylab.sim.cycles.compiled.inner_functions import InnerCompiler  # noqa: E402

numba_cache.use()
config.reload_config()  # in case Numba was imported before


def _mangling_args(record: Any) -> tuple[str, tuple[str]]:
    """A record's part in the symbols of functions that take it: derived from its fields.

    Numba numbers records in their order of use in a process. Two models' records may get the same
    number in two processes; a process that loads both would then treat their cached functions as
    the same function.
    """
    return "Record", (hashlib.sha256(record.name.encode()).hexdigest()[:16],)


types.Record.mangling_args = property(_mangling_args)
types.Record.__repr__ = types.Type.__repr__
"""Each pass requests it; Numba's own lists all fields again at each request."""

_inner: list[Any] = []
"""All functions created by `njit`."""


if TYPE_CHECKING:

    def njit(function: Function) -> Function:
        """For callers, which are compiled too, the function is unchanged."""
        return function

    def int64(value: int) -> int:
        """Converted to 64 bits for arithmetic."""
        return value

else:
    from numpy import int64

    def njit(function: Callable[..., Any]) -> Any:
        """For functions that only compiled code calls: without an entry point for Python."""
        made = numba.njit(
            no_cpython_wrapper=True,
            no_cfunc_wrapper=True,
            error_model="numpy",
            pipeline_class=InnerCompiler,
        )(function)
        _inner.append(made)
        return made


def compiled_share() -> float:
    """The share of those functions that is compiled, 0..1; a hook compiles those that it calls."""
    return sum(bool(made.signatures) for made in list(_inner)) / max(1, len(_inner))


Hook = Callable[[int, int, int, int], None]
"""(engine, address, size, user data), as Unicorn calls block and code hooks."""

_HOOK_SIGNATURE = types.void(types.voidptr, types.uint64, types.uint32, types.voidptr)


def hook(function: Hook) -> Any:
    """Compile a hook into a C function, or load it from the cache."""
    return numba.cfunc(_HOOK_SIGNATURE, cache=True)(function)


_DEVICE_READ_SIGNATURE = types.uint64(types.voidptr, types.uint64, types.uint32, types.voidptr)


def device_read(function: Callable[[int, int, int, int], int]) -> Any:
    """Compile `(engine, offset, size, user data)` -> value, as Unicorn reads devices."""
    return numba.cfunc(_DEVICE_READ_SIGNATURE, cache=True)(function)


def intrinsic(function: Callable[..., Any]) -> Any:
    """A function for compiled code that is written in LLVM IR."""
    return numba.extending.intrinsic(function)


__all__ = [
    "carray",
    "compiled_share",
    "device_read",
    "hook",
    "int64",
    "intrinsic",
    "njit",
    "types",
]
