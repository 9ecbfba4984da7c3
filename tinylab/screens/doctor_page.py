"""The checks of `tinylab doctor` as a page: faults come first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType

from tinylab.display_text import visible
from tinylab.screens.foreign_text import shown
from tinylab.screens.messages import Examined
from tinylab.screens.page import Page

if TYPE_CHECKING:
    from textual.message import Message

    from tinylab.bench.doctor.check import Check
    from tinylab.probe.discovery import ProbeInfo
    from tinylab.screens.app_context import DoctorOf

LOOKS_PER_S = 4
NAME_WIDTH = 19
ORDER = ("fault", "warning", "ok", "not needed")
SIGNS = {"fault": "✗", "warning": "!", "ok": "✓", "not needed": "·"}
STYLES = {"fault": "bold red", "warning": "bold", "ok": "", "not needed": "dim"}


class DoctorPage(Page):
    """Every check with its state, reason and remedy.

    Checks run in a separate thread, again when a probe is plugged in or unplugged. The probes are
    those that the bench lists; none is opened for this page.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "look_again", "Look again"),
        Binding("c", "copy", "Copy"),
        Binding("d", "app.pop_screen", "Back", show=False),
    ]

    def __init__(self, doctor: DoctorOf, probes: Callable[[], Sequence[ProbeInfo]]) -> None:
        super().__init__("doctor")
        self._doctor = doctor
        self._probes = probes
        self._seen: Sequence[ProbeInfo] = ()
        self._checks: list[Check] = []
        self._looking: threading.Event | None = None
        """Set to stop the running thread; None if none is running."""

    @property
    def text(self) -> str:
        """The text of the page, as it is copied."""
        return "\n".join(
            f"{check.state}: {check.name}: {check.reason} {check.remedy}".rstrip()
            for check in self._checks
        )

    def on_mount(self) -> None:
        super().on_mount()
        self.action_look_again()
        self.set_interval(1 / LOOKS_PER_S, self._follow)

    def on_unmount(self) -> None:
        if self._looking is not None:
            self._looking.set()

    def action_look_again(self) -> None:
        """Starts a thread with all checks; one that is still running is stopped."""
        if self._looking is not None:
            self._looking.set()
        self._looking = given_up = threading.Event()
        self._seen = self._probes()
        self._checks = []
        seen, size = self._seen, self.app.size

        def post(message: Message) -> None:
            if not given_up.is_set():
                self.post_message(message)

        def work() -> None:
            from tinylab.screens import threads

            threads.examine(self._doctor, seen, size, given_up, post)

        self.call_after_refresh(self.draw)
        self.run_worker(work, thread=True, group="doctor", exit_on_error=False)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self.text)
        self.notify(
            "Copied. If the terminal does not support that, select the text with the mouse."
        )

    @on(Examined)
    def _examined(self, message: Examined) -> None:
        if message.check is None:
            self._looking = None
        else:
            self._checks.append(message.check)
        self.draw()

    def _follow(self) -> None:
        if self._probes() != self._seen:
            self.action_look_again()

    def content(self, width: int) -> RenderableType:
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold", ratio=1)
        for check in sorted(self._checks, key=lambda check: ORDER.index(check.state)):
            _add(grid, check)
        from tinylab.bench.doctor.check import summary

        head = "Looking …" if self._looking is not None else summary(self._checks)
        return Group(Text(head, style="bold"), Text(""), grid)


def _add(grid: Table, check: Check) -> None:
    style = STYLES[check.state]
    told = shown(check.reason, "dim" if check.state == "not needed" else "")
    if check.remedy:
        told.append(visible(f"\n> {check.remedy}"), style="bold")
    grid.add_row(
        Text(f"{SIGNS[check.state]} {check.state}", style=style), shown(_short(check.name)), told
    )


def _short(name: str) -> str:
    """Of a probe's name the end of its serial number: `probe …495067204114`."""
    kind, _, serial = name.partition(" ")
    cut = len(name) - NAME_WIDTH
    return name if cut <= 0 else f"{kind} …{serial[cut + 1 :]}"
