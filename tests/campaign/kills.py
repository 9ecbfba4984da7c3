"""Kills tinylab at random moments of real runs, also while it builds, flashes, measures, writes."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tinylab import paths

TITLE = "SIGKILL and SIGTERM at random moments: nothing lost, nothing left"
REPOSITORY = Path(__file__).resolve().parents[2]
MOMENTS = {
    "": 4.0,
    "stage load": 1.0,
    "stage generate": 0.2,
    "stage build": 5.0,
    "stage flash": 0.5,
    "stage measure": 2.0,
    "samples": 0.5,
    "file": 0.2,
}
"""The announcement that is awaited, and up to how many seconds later the signal is sent."""
IN_THE_INTERFACE = ("stage load", "stage build", "stage flash", "stage measure", "samples")
PATIENCE_S = 120.0
ENDS_WITHIN_S = 20.0
GONE_WITHIN_S = 5.0
MODELS = ("house_price", "human_activity")
STATIONS = ("sim:nucleo_wb55rg@64", "sim:nucleo_f446re@180")


def attempts(numbers: random.Random, folder: Path) -> Iterator[str | None]:
    user = User(folder / "home")
    while True:
        seed = numbers.getrandbits(64)
        lost = _attempt(user, random.Random(seed))
        yield None if lost is None else f"{seed}: {lost}"


@dataclass(frozen=True)
class User:
    """A home folder with everything that tinylab keeps, and a result file from before."""

    home: Path

    def __post_init__(self) -> None:
        self.home.mkdir()
        shutil.copytree(paths.cache(), self.cache)  # what is built already need not be again
        self.result.parent.mkdir()
        self.result.write_text('{"before": true}')

    @property
    def result(self) -> Path:
        return self.home / "results" / "out.json"

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    @property
    def database(self) -> Path:
        return self.home / "data" / "results.sqlite"

    @property
    def environment(self) -> Mapping[str, str]:
        own = {
            f"TINYLAB_{name}_DIR": str(self.home / name.lower())
            for name in ("CACHE", "DATA", "CONFIG", "STATE")
        }
        python = os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])
        return os.environ | own | {"HOME": str(self.home), "PYTHONPATH": python}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tinylab", *words],
            env=self.environment, cwd=self.home, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=PATIENCE_S, check=False,
        )  # fmt: skip

    def processes(self) -> list[psutil.Process]:
        """Those that tinylab has started for this user, and tinylab itself."""
        return [one for one in psutil.process_iter() if _home_of(one) == str(self.home)]


def _home_of(process: psutil.Process) -> str | None:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return process.environ().get("HOME")
    except psutil.Error:
        return None


class Announced:
    """A killable run and what it has announced. Without words it is the terminal interface."""

    def __init__(self, user: User, words: list[str]) -> None:
        read, write = os.pipe()
        self._terminal, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self._is_interface = not words
        self.printed = user.home / "printed"
        with self.printed.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.campaign.announcing", *words],
                env=user.environment | {"ANNOUNCE": str(write), "TERM": "xterm-256color"},
                cwd=user.home, pass_fds=[write],
                **dict.fromkeys(
                    ("stdin", "stdout", "stderr"), terminal
                ) if self._is_interface else
                {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output},
            )  # fmt: skip
        os.close(write)
        os.close(terminal)
        self.lines: list[str] = []
        self._threads = [
            threading.Thread(target=self._listen, args=(read,)),
            threading.Thread(target=self._read_screen),
        ]
        for thread in self._threads:
            thread.start()

    def _read_screen(self) -> None:
        """Or the interface would wait."""
        with suppress(OSError):  # its end
            while os.read(self._terminal, 65_536):
                pass

    def _press_run(self) -> None:
        """The key is known as soon as there is a screen."""
        if self._is_interface and "stage load" not in self.lines:
            os.write(self._terminal, b"r")
            time.sleep(0.5)

    def _listen(self, read: int) -> None:
        with os.fdopen(read) as lines:
            self.lines.extend(line.strip() for line in iter(lines.readline, ""))

    def wait_for(self, announcement: str) -> None:
        """Until it was announced, or the run has ended."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self.process.poll() is None:
            if any(line.startswith(announcement) for line in list(self.lines)):
                return
            self._press_run()
            time.sleep(0.005)

    def end(self, number: signal.Signals) -> int:
        """Sends the signal; the exit code."""
        self.process.send_signal(number)
        try:
            self.process.wait(ENDS_WITHIN_S)
        finally:
            self.process.kill()
            self.process.wait()
        for thread in self._threads:
            thread.join(GONE_WITHIN_S)
        os.close(self._terminal)
        return self.process.returncode

    @property
    def samples(self) -> int:
        told = [int(line.split()[1]) for line in self.lines if line.startswith("samples")]
        return max(told, default=0)


def _attempt(user: User, chance: random.Random) -> str | None:
    _forget(user, chance)
    moment = chance.choice(list(MOMENTS))
    number = chance.choice([signal.SIGKILL, signal.SIGTERM])
    plan = ["--model", chance.choice(MODELS), "--on", chance.choice(STATIONS)]
    inferences = "20" if moment == "file" else "1000000"
    words = ["run", *plan, "--inferences", inferences, "-o", str(user.result)]
    if moment in IN_THE_INTERFACE and chance.random() < 0.25:
        words = []
    what = f"{number.name} after '{moment}' of {' '.join(words) or 'the interface'}"
    before, newest = user.result.read_bytes(), _newest(user)
    run = Announced(user, words)
    run.wait_for(moment)
    time.sleep(chance.uniform(0, MOMENTS[moment]))
    code = run.end(number)
    lost = (
        _end(code, number, run)
        or _left(user)
        or _file(user, before)
        or _database(user, newest, run)
        or _next(user, plan)
    )
    return None if lost is None else f"{what}: {lost}"


def _forget(user: User, chance: random.Random) -> None:
    """So that a run loads and builds again."""
    if chance.random() < 0.5:
        shutil.rmtree(user.cache / "images", ignore_errors=True)
    if chance.random() < 0.3:
        shutil.rmtree(user.cache / "networks", ignore_errors=True)
    if chance.random() < 0.1:
        for workspace in user.cache.glob("platformio-*"):
            shutil.rmtree(workspace)


def _newest(user: User) -> int:
    if not user.database.exists():
        return 0
    with closing(sqlite3.connect(user.database)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'runs'").fetchall()
        found = connection.execute("SELECT max(id) FROM runs").fetchone()[0] if tables else 0
    return found or 0


def _end(code: int, number: signal.Signals, run: Announced) -> str | None:
    """A run that is asked to end says so with 130, or ends at once before it can; or was done."""
    allowed = {-number, 0} if number is signal.SIGKILL else {-number, 130, 0}
    if code in allowed:
        return None
    return f"exit code {code}: {run.printed.read_text(errors='replace')[-400:]}"


def _left(user: User) -> str | None:
    deadline = time.monotonic() + GONE_WITHIN_S
    while left := user.processes():
        if time.monotonic() > deadline:
            names = [" ".join(one.cmdline())[:100] for one in left if one.is_running()]
            for one in left:
                one.kill()
            return f"processes are left: {names}"
        time.sleep(0.02)
    return None


def _file(user: User, before: bytes) -> str | None:
    now = user.result.read_bytes()
    if now == before:
        return None
    try:
        json.loads(now)
    except ValueError:
        return f"the result file is partial: {now[-60:]!r}"
    return None


def _database(user: User, newest: int, run: Announced) -> str | None:
    if not user.database.exists():
        return "the database is gone" if newest or run.samples else None
    with closing(sqlite3.connect(user.database)) as connection:
        [(sound,)] = connection.execute("PRAGMA integrity_check").fetchall()
        if sound != "ok":
            return f"the database is damaged: {sound}"
        if not run.samples:
            return None
        kept = connection.execute(
            "SELECT coalesce(sum(count), 0) FROM samples WHERE run > ?", (newest,)
        ).fetchone()[0]
    return None if kept >= run.samples else f"{kept} of {run.samples} announced samples are kept"


def _next(user: User, plan: list[str]) -> str | None:
    """The next commands work, and remove what was left."""
    done = user.run("history", "--json")
    if done.returncode:
        return f"history: {done.returncode}: {done.stderr[-300:]}"
    states = {run["state"] for run in json.loads(done.stdout)}
    if "running" in states or "unreadable" in states:
        return f"history: {states}"
    done = user.run("run", *plan, "--inferences", "3", "-o", str(user.result))
    if done.returncode:
        return f"the next run: {done.returncode}: {done.stderr[-400:]}"
    if not json.loads(user.result.read_text())["rows"]:
        return "the next run has no row"
    temporary = list((user.cache / "temporary").glob("*"))
    parts = [path for path in user.home.rglob("*") if path.name.endswith(".part")]
    if temporary or parts:
        return f"left behind: {[str(path) for path in temporary + parts]}"
    journals = list(user.database.parent.glob("*-*"))
    return f"left behind: {journals}" if journals else None


assert paths.PACKAGE.parent == REPOSITORY, "the campaign attacks the checkout that it is in"
