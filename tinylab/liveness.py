"""Whether the process that wrote a session, or made a file, is still running."""

from __future__ import annotations

import functools
import os
import platform
from dataclasses import dataclass

SAME_START_S = 2.0
"""Start times are read back through the wall clock, which may be adjusted meanwhile."""


@dataclass(frozen=True)
class Writer:
    """A process: host name, process id, and start in seconds since 1970."""

    host: str
    pid: int
    process_started: float

    @classmethod
    def current(cls) -> Writer:
        import psutil

        return cls(platform.node(), os.getpid(), psutil.Process().create_time())

    @classmethod
    def of_label(cls, label: str) -> Writer | None:
        """The process of a label, with whatever follows it; None if it is not one."""
        try:
            pid, started, rest = label.split("-", 2)
            host, _ = rest.rsplit("-", 1)
            return cls(host, int(pid), float(started))
        except ValueError:
            return None

    @property
    def label(self) -> str:
        """In names of files: `1234-1764520985.25-hostname-`."""
        return f"{self.pid}-{self.process_started:.2f}-{self.host}-"

    def may_be_alive(self) -> bool:
        """False if the process has certainly ended; always True for another host."""
        import psutil

        if self.host != platform.node():
            return True
        if self.pid <= 0:  # no process has it
            return False
        try:
            process = psutil.Process(self.pid)
            same = bool(abs(process.create_time() - self.process_started) < SAME_START_S)
            return same and bool(process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True


def current() -> Writer:
    """This process; asked for once."""
    return _current(os.getpid())


@functools.lru_cache(maxsize=1)
def _current(_pid: int) -> Writer:
    return Writer.current()
