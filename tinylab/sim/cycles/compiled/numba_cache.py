"""Numba's cache of compiled hooks; what cannot be read or stored is compiled again."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from numba.core import caching, ccallback

HALF_WRITTEN_S = 60.0
"""Nobody writes such a file for longer."""


class ForgivingCache(caching.FunctionCache):  # type: ignore[misc]
    """A full disk or a damaged file costs time, and not the run."""

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(signature, target_context)
        except Exception:  # noqa: BLE001 - pickle raises anything for damaged files
            return None

    def save_overload(self, signature: Any, data: Any) -> None:
        with suppress(OSError):
            try:
                super().save_overload(signature, data)
            except OSError:
                raise
            except Exception:  # noqa: BLE001 - a damaged index is read before it is written
                self.flush()
                super().save_overload(signature, data)


def sweep(folder: Path) -> None:
    """Removes what killed processes left half-written in the folder."""
    with suppress(OSError):
        for path in folder.rglob("*.nb[ic].tmp.*"):
            if time.time() - path.stat().st_mtime > HALF_WRITTEN_S:
                path.unlink(missing_ok=True)


def use() -> None:
    """All hooks that are compiled from now on are in such a cache."""
    setattr(ccallback, "FunctionCache", ForgivingCache)  # noqa: B010 - it has no types
