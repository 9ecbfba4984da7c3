"""One lock for each probe, so that two tinylab processes never use one at the same time.

The locks are the operating system's, on files in the state folder: a killed process leaves no
lock behind. If locks are not available (a read-only folder, a file system without locks), work
continues with a warning. USB itself gives a probe to one program at a time, so only the name of
the holder and waiting for the probe are lost.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout

from tinylab import paths
from tinylab.errors import Interrupted, OutputError, ProbeBusy
from tinylab.probe.lock_holder import Holder, Note

GRACE_S = 0.3
"""A process that checks whether a note is still valid holds its lock for a moment."""
POLL_S = 0.05
OPENING_S = 10.0
"""How long to wait while another process opens a probe. A process that was suspended with Ctrl-Z,
or hangs there, must not block all others."""
NO_LOCK = (OSError, NotImplementedError, OutputError)
"""Raised where locks are not available. `Timeout`, also an OSError, means that another process
holds the lock."""
REMEDY = (
    "Wait until it is done (`tinylab run --wait SECONDS` does), stop that process, or use "
    "another board."
)


@dataclass(frozen=True)
class Claim:
    """A probe that this process uses. `trouble` is why it is not locked; empty if it is."""

    doing: str
    trouble: str = ""
    _path: Path | None = None

    def publish(self, about: Mapping[str, str | None]) -> None:
        """Write the probe's properties, keyed as in `discovery.ProbeInfo`, for other processes.

        With its place on the bus they recognise the probe without opening it.
        """
        if self._path is not None:
            with suppress(OSError):
                Note(Holder.current(self.doing), about).write(self._path)


@contextmanager
def taken(
    unique_id: str,
    doing: str,
    *,
    wait_s: float = 0.0,
    cancelled: Callable[[], bool] = lambda: False,
    waiting: Callable[[str], None] = lambda text: None,
) -> Iterator[Claim]:
    """Lock the probe for this process, for `doing`, such as "measuring house_price".

    If another process holds the lock, `waiting` is called with a message, and the lock is
    awaited for up to `wait_s` seconds. Raises ProbeBusy, which names the process that holds
    it, and Interrupted when cancelled while waiting.
    """
    with ExitStack() as closing:
        try:
            path = _note_path(unique_id)
            lock = _lock(path)
            _acquire(lock, unique_id, wait_s, cancelled, waiting)
            closing.callback(_release, lock, path)
            claim = Claim(doing, _path=path)
        except NO_LOCK as error:
            why = f"Probe {unique_id} is not locked against other tinylab processes: {error}"
            claim = Claim(doing, why)
        claim.publish({})
        yield claim


def _release(lock: FileLock, note: Path) -> None:
    """Removes the note first: while a note exists, its lock is held."""
    with suppress(OSError):
        note.unlink(missing_ok=True)
    with suppress(OSError):
        lock.release()


def _acquire(
    lock: FileLock,
    unique_id: str,
    wait_s: float,
    cancelled: Callable[[], bool],
    waiting: Callable[[str], None],
) -> None:
    with suppress(Timeout):
        lock.acquire(timeout=GRACE_S, poll_interval=POLL_S)
        return
    if wait_s:
        waiting(f"{_in_use(unique_id)} Waiting up to {wait_s:g} s.")
        with suppress(Timeout):
            lock.acquire(timeout=wait_s, poll_interval=POLL_S, cancel_check=cancelled)
            return
    if cancelled():
        raise Interrupted(f"Stopped while waiting for probe {unique_id}.")
    waited = f" It did not become free in {wait_s:g} s." if wait_s else ""
    note = Note.read(_note_path(unique_id))
    raise ProbeBusy(
        _in_use(unique_id) + waited,
        remedy=REMEDY,
        probe=unique_id,
        pid=note.holder.pid if note else None,
    )


def _in_use(unique_id: str) -> str:
    note = Note.read(_note_path(unique_id))
    if note is None:
        return f"Probe {unique_id} is in use by another tinylab process."
    return in_use(unique_id, note.holder)


def in_use(unique_id: str, holder: Holder) -> str:
    """`Probe 066AFF is in use: measuring house_price in another tinylab (process 1234, ...).`"""
    return f"Probe {unique_id} is in use: {holder}."


def held() -> Mapping[str, Note]:
    """The probes that any tinylab process uses now, including this one, by place on the bus."""
    try:
        notes = [(path, Note.read(path)) for path in _folder().glob("*.json")]
    except NO_LOCK:
        return {}
    known = ((path, note) for path, note in notes if note is not None and note.place is not None)
    return {str(note.place): note for path, note in known if _is_valid(path)}


def held_by_others() -> Mapping[str, Holder]:
    """Those that another tinylab process uses."""
    return {place: note.holder for place, note in held().items() if not note.holder.ours}


def _is_valid(path: Path) -> bool:
    """Whether the note's lock is held; a stale note is deleted."""
    lock = _lock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except NO_LOCK:
        return False
    with suppress(OSError):
        path.unlink(missing_ok=True)
    lock.release()
    return False


def _folder() -> Path:
    folder = paths.state() / "probes"
    folder.mkdir(exist_ok=True)
    return folder


def _note_path(unique_id: str) -> Path:
    return _folder() / f"{quote(unique_id.upper(), safe='')}.json"


def _lock(note: Path) -> FileLock:
    """The lock of a note. No soft locks: a marker file would outlive its process."""
    return FileLock(note.with_suffix(".lock"), fallback_to_soft=False)


class Turns:
    """A mutex for threads, and for processes where file locks are available."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread = threading.Lock()
        self._process: FileLock | None = None

    def __enter__(self) -> None:
        self._thread.acquire()
        try:
            with suppress(*NO_LOCK):
                lock = FileLock(_folder() / f"{self._name}.lock", fallback_to_soft=False)
                lock.acquire(timeout=OPENING_S, poll_interval=POLL_S / 10)
                self._process = lock
        except BaseException:
            self._thread.release()
            raise

    def __exit__(self, *_: object) -> None:
        lock, self._process = self._process, None
        try:
            if lock is not None:
                with suppress(OSError):
                    lock.release()
        finally:
            self._thread.release()
