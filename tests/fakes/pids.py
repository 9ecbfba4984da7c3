"""Tells whether processes are running."""

from __future__ import annotations

import psutil


def lives(pid: int) -> bool:
    """A zombie, which may not have been reaped yet, does not count as running."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
