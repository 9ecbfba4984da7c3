"""The thread that runs a core, started and stopped from other threads."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable

from tinylab.sim.core.emulated_core import EmulatedCore, StopReason


class Runner:
    """Runs `core` in its own thread between `start` and `stop`, by calling `run`.

    `on_stop` is called in that thread when the core stopped by itself or was interrupted;
    it returns whether the core continues.
    """

    def __init__(
        self,
        core: EmulatedCore,
        run: Callable[[], StopReason],
        on_stop: Callable[[StopReason], bool],
        name: str,
    ) -> None:
        self._core = core
        self._run = run
        self._on_stop = on_stop
        self._changed = threading.Condition()
        self._running = False
        self._stop_wanted = False
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()
        # A thread inside the emulator would crash the process when the interpreter ends. The last
        # registered function is called first: before the emulator, created earlier, is destroyed.
        atexit.register(self.close)

    @property
    def running(self) -> bool:
        return self._running

    def start(self) -> None:
        """Start the core; returns at once."""
        with self._changed:
            self._running = not self._closed
            self._changed.notify_all()

    def stop(self) -> None:
        """Stop the core and wait until it has stopped; not from the core's own thread."""
        with self._changed:
            self._stop_wanted = True
            while self._running:
                self._core.request_stop()
                self._changed.wait(0.001)
            self._stop_wanted = False

    def wait(self, seconds: float) -> None:
        """Wait until the core has stopped, at most `seconds`; the caller's thread sleeps."""
        if not self._running:
            return  # most calls, without the lock
        with self._changed:
            if self._running:
                self._changed.wait(seconds)

    def close(self) -> None:
        """Stop the core permanently and end the thread."""
        atexit.unregister(self.close)
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.stop()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _serve(self) -> None:
        try:
            while self._wait_for_work():
                reason = self._run()
                with self._changed:
                    self._running = self._on_stop(reason) and not self._stop_wanted
                    self._changed.notify_all()
        finally:
            with self._changed:
                self._running = False
                self._closed = True
                self._changed.notify_all()

    def _wait_for_work(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._running or self._closed)
            return self._running
