"""Other programs run by tinylab: what they print as they print it, and an end to all they started.

A program runs in a process group of its own, which a small process leads that waits for it
(`child_leader`). When tinylab ends in whatever way, by SIGKILL too, the leader sees its end of a
socket close and kills the group: compilers below PlatformIO as well. (Linux could signal the death
of a parent, but means the thread that started the child.) A program prints into a file: on a pipe
that nobody reads any more, PlatformIO hangs.
"""

from __future__ import annotations

import marshal
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tinylab.errors import Interrupted

POLL_S = 0.03
KILL_AFTER_S = 0.4
DYING_S = 0.5
"""Long enough for killed processes to end; those that nobody reaps are not waited for.
Both together stay below the second within which a user sees that a program was stopped."""
LAST_BYTES = 16_000
LONGEST_LINE = 200

LEADER = (sys.executable, "-I", "-S", str(Path(__file__).with_name("child_leader.py")))


@dataclass(frozen=True)
class Program:
    """What to run, in which folder, with which environment (all of it), and where it prints.

    Of a `quiet` one only standard error is kept. `limit_s` is how long it may take. It inherits
    the file descriptors `keeps`.
    """

    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    printed: Path
    limit_s: float | None = None
    quiet: bool = False
    keeps: tuple[int, ...] = ()


@dataclass(frozen=True)
class Ended:
    """How a program ended: its exit code, or minus the signal that ended it; the last it printed.

    `limit_s` is the time that it exceeded, if that is why it was stopped.
    """

    code: int
    last_words: str
    limit_s: float | None = None

    @property
    def how(self) -> str:
        """`was terminated by signal 9`, `ended with ValueError: no such layer`."""
        if self.limit_s is not None:
            return f"took longer than {self.limit_s:g} s and was stopped"
        if self.code < 0:
            return f"was terminated by signal {-self.code}"
        lines = self.last_words.strip().splitlines() or [f"exit code {self.code}"]
        return f"ended with {lines[-1][:LONGEST_LINE].rstrip('.')}"


def run(
    program: Program,
    cancelled: Callable[[], bool],
    stopped: str,
    heard: Callable[[str], None] = lambda line: None,
) -> Ended:
    """Run it to its end, and tell each line that it prints to `heard` as it comes.

    It has no standard input. When it is cancelled, takes too long, or `heard` raises, nothing
    that it started is left. Raises OSError when it cannot be started, and Interrupted, saying
    `stopped`, when cancelled.
    """
    deadline = None if program.limit_s is None else time.monotonic() + program.limit_s
    late = False

    def given_up() -> bool:
        nonlocal late
        if cancelled():
            raise Interrupted(stopped)
        late = deadline is not None and time.monotonic() > deadline
        return late

    with program.printed.open("wb") as output, program.printed.open("rb") as log:
        with _started(program, output) as process:
            try:
                for line in _lines(process, log, given_up):
                    heard(line)
            finally:
                _stop(process)
        return Ended(process.returncode, _last_words(log), program.limit_s if late else None)


@contextmanager
def _started(program: Program, output: BinaryIO) -> Iterator[subprocess.Popen[bytes]]:
    """The leader, the program being started; it lives no longer than our end of the line."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = subprocess.Popen(
                [*LEADER, str(theirs.fileno())],
                cwd=program.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if program.quiet else output,
                stderr=output,
                start_new_session=True,
                pass_fds=(theirs.fileno(), *program.keeps),
            )
        ours.sendall(marshal.dumps((list(program.command), dict(program.environment))))
        number = int.from_bytes(ours.recv(4, socket.MSG_WAITALL), "little")
        if number:
            process.wait()
            raise OSError(number, os.strerror(number), program.command[0])
        yield process


def _lines(
    process: subprocess.Popen[bytes], log: BinaryIO, given_up: Callable[[], bool]
) -> Iterator[str]:
    """The lines of `log` as they come, until the process has ended or is given up."""
    rest = b""
    running = True
    while running and not given_up():
        with suppress(subprocess.TimeoutExpired):
            process.wait(POLL_S)
            running = False
        *whole, rest = (rest + log.read()).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace")
    if rest:
        yield rest.decode("utf-8", "replace")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the process group, politely first, if the process, its leader, still runs."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(KILL_AFTER_S)
    # What it started may outlive it, and must not write into anything made later.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        deadline = time.monotonic() + DYING_S
        while time.monotonic() < deadline:
            os.killpg(process.pid, 0)
            time.sleep(POLL_S / 3)


def _last_words(log: BinaryIO) -> str:
    log.seek(max(0, os.fstat(log.fileno()).st_size - LAST_BYTES))
    return log.read().decode("utf-8", "replace")
