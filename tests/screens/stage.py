"""Opens the interface for a test, presses its keys, and reads its screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from textual.pilot import Pilot
from textual.widget import Widget
from usb.backend import IBackend

from tests.fakes.scripted import Scripted
from tinylab.app import TinylabApp
from tinylab.screens.app_context import AppContext, DoctorOf, SessionOf, own_doctor
from tinylab.screens.dialogs import TroubleDialog
from tinylab.screens.selection import StartRequest
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

STEP_S = 0.02
PATIENCE = 1500
"""Steps; half a minute."""
SIZES = [(80, 24), (120, 40), (200, 60)]

Story = Callable[["Bench"], Coroutine[None, None, None]]


class Bench:
    """The open interface, as a test sees it."""

    def __init__(self, app: TinylabApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def text(self) -> str:
        """The text of the screen, line by line."""
        width, _ = self.app.size
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text[:width].rstrip() for strip in strips)

    def prose(self, name: str) -> str:
        """The words of one part of the screen, line ends folded away."""
        x, y, width, height = self.app.screen.query_one(name).content_region
        lines = self.text.splitlines()[y : y + height]
        return " ".join(" ".join(line[x : x + width] for line in lines).split())

    @property
    def notices(self) -> str:
        """What the notices at the edge of the screen say."""
        return " ".join(notice.message for notice in self.app._notifications)

    @property
    def trouble(self) -> str:
        """What the dialog in front says."""
        assert isinstance(self.app.screen, TroubleDialog), self.text
        return self.app.screen.text

    def line(self, words: str) -> str:
        """The first line of the screen with these words."""
        return next(line for line in self.text.splitlines() if words in line)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        names = {" ": "space", ",": "comma", ".": "full_stop", "/": "slash", "_": "underscore"}
        await self.press(*(names.get(letter, letter) for letter in text))

    async def until(self, what: Callable[[], bool]) -> None:
        for _ in range(PATIENCE):
            await self.pilot.pause(STEP_S)
            if what():
                return
        raise AssertionError(f"it never happened:\n{self.text}")

    async def sees(self, *words: str) -> None:
        """Until all these words are on the screen."""
        await self.until(lambda: all(word in self.text for word in words))

    async def ready(self) -> None:
        """Until models are read."""
        await self.until(lambda: self.app.bench.selection is not None)
        await self.until(lambda: all(m.facts for m in self.app.bench.selection.models))  # type: ignore[union-attr]
        await self.pilot.pause()

    async def run_all(self) -> None:
        """The whole plan, to its end."""
        await self.press("R")
        await self.ended()

    async def ended(self) -> None:
        """Until the session that was started is over, and shown."""
        await self.until(lambda: not self.app.bench.running)
        await self.pilot.pause(0.1)

    def focused(self) -> Widget | None:
        return self.app.focused


def play(
    story: Story,
    session: SessionOf | None = None,
    asked: StartRequest | None = None,
    size: tuple[int, int] = (120, 40),
    bus: IBackend | None = None,
    picture: str | None = None,
    doctor: DoctorOf | None = None,
) -> TinylabApp:
    """Opens the interface at that size, and lets a story happen in it."""
    app_context = AppContext(
        lambda: asked or StartRequest(),
        session=session or Scripted(),
        usb=lambda: bus or VirtualBus(),
        picture=picture,
        doctor=doctor or own_doctor,
    )
    app = TinylabApp(app_context)

    async def all_of_it() -> None:
        async with app.run_test(size=size, notifications=True) as pilot:
            bench = Bench(app, pilot)
            try:
                await bench.ready()
                await story(bench)
            finally:
                if app.bench.running:
                    app.bench.action_stop()
                    await bench.until(lambda: not app.bench.running)

    asyncio.run(all_of_it())
    return app
