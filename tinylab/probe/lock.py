"""One lock for each probe, so that two tinylab processes never fight over one.

The locks are the operating system's, on files in the state folder: a process that is killed
leaves none behind. Where they cannot be had (a folder that is read-only, a file system without
locks) work goes on with a warning: USB itself gives a probe to one program at a time, so all
that is lost is knowing who has it, and waiting for it.
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
"""Whoever looks whether a note still counts has its lock for a moment."""
POLL_S = 0.05
OPENING_S = 10.0
"""How long another process may be at opening a probe. One that was stopped with Ctrl-Z, or hangs
there, must not keep all others out."""
NO_LOCK = (OSError, NotImplementedError, OutputError)
"""What is raised where locks cannot be had; a `Timeout`, which is an OSError too, means another."""
REMEDY = (
    "Wait until it is done (`tinylab --headless --wait SECONDS` does), stop that process, or use "
    "another board."
)


@dataclass(frozen=True)
class Claim:
    """A probe that this process has. `trouble` is why it is not locked; empty if it is."""

    doing: str
    trouble: str = ""
    _path: Path | None = None

    def tell(self, about: Mapping[str, str | None]) -> None:
        """What others may know of the probe, by the names of `discovery.ProbeInfo`.

        Once they know its place, they need not open it to know it again.
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
    """Have the probe for this process alone, to do `doing`, such as "measuring house_price".

    When another one has it, that is told to `waiting`, and it is waited for up to `wait_s`
    seconds. Raises ProbeBusy, which names the process that has it, and Interrupted when
    cancelled while waiting.
    """
    with ExitStack() as closing:
        try:
            path = _note_path(unique_id)
            lock = _lock(path)
            _acquire(lock, unique_id, wait_s, cancelled, waiting)
            closing.callback(_release, lock, path)
            claim = Claim(doing, _path=path)
        except NO_LOCK as error:
            why = f"Probe {unique_id} is not locked against other tinylabs: {error}"
            claim = Claim(doing, why)
        claim.tell({})
        yield claim


def _release(lock: FileLock, note: Path) -> None:
    """The note goes first: while there is one, its lock is held."""
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
        waiting(f"{_in_use(unique_id)} Waiting for it, up to {wait_s:g} s.")
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
    return in_use(unique_id, note.holder) if note else f"Probe {unique_id} is in use by a tinylab."


def in_use(unique_id: str, holder: Holder) -> str:
    """`Probe 066AFF is measuring house_price for another tinylab (process 1234, since 12:03).`"""
    return f"Probe {unique_id} is {holder}."


def held() -> Mapping[str, Note]:
    """The probes that a tinylab has right now, this one or another, by place on the bus."""
    try:
        notes = [(path, Note.read(path)) for path in _folder().glob("*.json")]
    except NO_LOCK:
        return {}
    known = ((path, note) for path, note in notes if note is not None and note.place is not None)
    return {str(note.place): note for path, note in known if _counts(path)}


def held_by_others() -> Mapping[str, Holder]:
    """Those that another tinylab has."""
    return {place: note.holder for place, note in held().items() if not note.holder.ours}


def _counts(path: Path) -> bool:
    """Whether the note's lock is held; a note that was left behind is thrown away."""
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
    """The lock beside a note. On a file system without locks a marker would outlive its process."""
    return FileLock(note.with_suffix(".lock"), fallback_to_soft=False)


class Turns:
    """Threads and processes enter one after the other; processes only where that can be had."""

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
