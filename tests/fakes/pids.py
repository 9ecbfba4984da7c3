"""Whether processes live."""

from __future__ import annotations

import psutil


def lives(pid: int) -> bool:
    """A zombie, which nobody may have asked about yet, does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
