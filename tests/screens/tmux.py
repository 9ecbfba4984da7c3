"""tinylab in a real terminal: a tmux of its own, whose screen and keys a test has."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

POLL_S = 0.1
KEEP_STATUS = 'status=$1; shift; "$@"; echo $? >"$status.new"; mv "$status.new" "$status"; exec cat'
"""For sh: runs a command, then leaves its exit status in a file and the screen as it is."""


class Terminal:
    """Starts tinylab in `folder`, with that environment, on a screen of that size.

    A context manager; whatever still runs ends with it.
    """

    def __init__(
        self, folder: Path, environment: dict[str, str], size: tuple[int, int], *arguments: str
    ) -> None:
        # Paths of sockets must be short.
        self._home = tempfile.TemporaryDirectory(prefix="tinylab-tmux-")
        self._status = Path(self._home.name, "status")
        keep_status = ["sh", "-c", KEEP_STATUS, "sh", str(self._status)]
        # tmux sets a TERM of its own.
        term = ["env", f"TERM={environment['TERM']}"] if "TERM" in environment else []
        command = [*keep_status, *term, sys.executable, "-m", "tinylab", *arguments]
        width, height = map(str, size)
        subprocess.run(
            [
                *self._tmux, "-f", "/dev/null", "new-session", "-d", "-c", str(folder),
                "-x", width, "-y", height, *command,
            ],
            env={**environment, "LANG": "C.UTF-8", "PYTHONPATH": os.pathsep.join(sys.path)},
            check=True,
            timeout=30,
        )  # fmt: skip

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True, timeout=30)
        self._home.cleanup()

    @property
    def _tmux(self) -> list[str]:
        return ["tmux", "-u", "-S", f"{self._home.name}/socket"]

    @property
    def screen(self) -> str:
        return self._ask("capture-pane", "-p")

    @property
    def styled(self) -> str:
        """The screen with its escape sequences."""
        return self._ask("capture-pane", "-p", "-e")

    @property
    def history(self) -> str:
        """The screen and what has scrolled out of it."""
        return self._ask("capture-pane", "-p", "-S", "-")

    @property
    def exit_status(self) -> int | None:
        """None while tinylab runs."""
        return int(self._status.read_text()) if self._status.exists() else None

    def press(self, *keys: str) -> None:
        self._ask("send-keys", *keys)

    def resize(self, size: tuple[int, int]) -> None:
        self._ask("resize-window", "-x", str(size[0]), "-y", str(size[1]))

    def until(self, what: Callable[[str], bool], seconds: float = 60) -> str:
        """Waits until the screen is so; the screen."""
        deadline = time.monotonic() + seconds
        while not what(screen := self.screen):
            if time.monotonic() > deadline or self.exit_status is not None:
                raise AssertionError(f"it did not come, status {self.exit_status}:\n{screen}")
            time.sleep(POLL_S)
        return screen

    def ended(self, seconds: float = 60) -> int:
        """Waits until tinylab has ended; its exit status."""
        deadline = time.monotonic() + seconds
        while (status := self.exit_status) is None:
            assert time.monotonic() < deadline, f"it did not end:\n{self.screen}"
            time.sleep(POLL_S)
        return status

    def _ask(self, *command: str) -> str:
        done = subprocess.run(
            [*self._tmux, *command], check=True, capture_output=True, text=True, timeout=30
        )
        return done.stdout.rstrip("\n")
