"""Keeps Python's garbage collector from stopping all threads while a board is read."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_measuring = 0


@contextmanager
def collector_frozen() -> Iterator[None]:
    """Inside, existing objects are excluded from garbage collections.

    A full collection walks everything that was ever imported. With the interface and pyOCD
    that takes 0.1 s in which no thread runs, and a board that makes 20,000 samples a second has
    filled its ring by then. Blocks of several threads may overlap.
    """
    global _measuring
    with _lock:
        _measuring += 1
        gc.freeze()
    try:
        yield
    finally:
        with _lock:
            _measuring -= 1
            if not _measuring:
                gc.unfreeze()
