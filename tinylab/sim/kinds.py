"""Which class plays which peripheral, by how the reference manual's name begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tinylab.boards.board import Board
from tinylab.sim.bus import Peripheral
from tinylab.sim.events import Events
from tinylab.sim.families import Family
from tinylab.sim.peripherals import gpdma
from tinylab.sim.peripherals.clock_tree import ClockTree
from tinylab.sim.peripherals.dma import CHANNELS, DMA
from tinylab.sim.peripherals.dma_channel import BusMaster
from tinylab.sim.peripherals.dma_request import DmaRequest
from tinylab.sim.peripherals.dma_streams import STREAMS, StreamDMA
from tinylab.sim.peripherals.dmamux import DMAMUX
from tinylab.sim.peripherals.gpio import GPIO
from tinylab.sim.peripherals.hsem import HSEM
from tinylab.sim.peripherals.nvic import NVIC
from tinylab.sim.peripherals.otg import OTG
from tinylab.sim.peripherals.rng import RNG
from tinylab.sim.peripherals.rtc import RTC
from tinylab.sim.peripherals.syscfg import SYSCFGwithCell
from tinylab.sim.peripherals.timer import Timer
from tinylab.sim.peripherals.usart import LPUART, USART, Wiring


@dataclass
class Surroundings:
    """What peripherals are wired to. `tree` gives the clocks of the moment."""

    board: Board
    family: Family[Any]
    tree: Callable[[], ClockTree]
    events: Events
    nvic: NVIC
    bus: BusMaster
    requests: dict[str, DmaRequest] = field(default_factory=dict)
    dmamux: DMAMUX = field(default_factory=DMAMUX)

    def core_hz(self) -> float:
        return self.tree().core_hz

    def line(self, name: str, index: int = 0) -> Callable[[bool], None]:
        """The interrupt line of a peripheral, or of one of its channels; or of nothing."""
        numbers = self.board.interrupts.get(name, ())
        numbers = numbers if isinstance(numbers, tuple) else (numbers,)
        return self.nvic.line(numbers[index]) if index < len(numbers) else lambda _level: None

    def request(self, name: str) -> DmaRequest:
        """The DMA request called so, such as `USART1_RX`."""
        return self.requests.setdefault(name, DmaRequest())

    def muxed(self, channel: int) -> DmaRequest:
        """The request that DMAMUX gives to a channel, counted over all controllers."""
        return self.numbered(self.dmamux.selected(channel))

    def numbered(self, wanted: int) -> DmaRequest:
        """The request of that number."""
        names = (n for n, number in self.board.dma_requests.items() if number == wanted)
        return self.request(next(names, f"request {wanted}"))

    def fixed(self, controller: int, stream: int, channel: int) -> DmaRequest:
        """The request that is wired to a channel of a stream."""
        wanted = (controller, stream, channel)
        for name, places in self.board.dma_requests.items():
            if isinstance(places, tuple) and wanted in places:
                return self.request(name)
        return self.request(f"request of {wanted}")


def make(name: str, base: int, around: Surroundings) -> Peripheral:
    """The peripheral of that name; one of no known kind is registers that keep their values."""
    beginnings = [prefix for prefix in KINDS if name.startswith(prefix)]
    return KINDS[max(beginnings, key=len)](name, base, around) if beginnings else Peripheral()


def make_usart(name: str, base: int, around: Surroundings) -> USART:
    """A serial port; the board's own has its kernel clock in the clock tree."""
    own = name == around.board.serial.name
    wiring = Wiring(
        lambda: around.tree().serial_hz if own else around.tree().apb_hz(base),
        around.core_hz,
        around.events,
        around.line(name),
        around.request(f"{name}_RX"),
        around.request(f"{name}_TX"),
    )
    return LPUART(wiring) if name.startswith("LPUART") else around.family.usart(wiring)


def _timer(name: str, base: int, around: Surroundings) -> Peripheral:
    return Timer(
        lambda: around.tree().timer_hz(base),
        around.core_hz,
        around.events,
        around.line(name),
        32 if name in around.family.wide_timers else 16,
    )


def _dma(name: str, _base: int, around: Surroundings) -> Peripheral:
    number = int(name.removeprefix("DMA"))
    if not around.family.dma_streams:
        first = CHANNELS * (number - 1)
        lines = [around.line(name, channel) for channel in range(CHANNELS)]
        return DMA(around.bus, lines, lambda channel: around.muxed(first + channel))
    first = STREAMS * (number - 1)
    muxed = "DMAMUX1" in around.board.peripherals
    return StreamDMA(
        around.bus,
        [around.line(name, stream) for stream in range(STREAMS)],
        lambda stream, channel: (
            around.muxed(first + stream) if muxed else around.fixed(number, stream, channel)
        ),
    )


def _gpdma(name: str, _base: int, around: Surroundings) -> Peripheral:
    lines = [around.line(name, channel) for channel in range(gpdma.CHANNELS)]
    return gpdma.GPDMA(around.bus, lines, around.numbered)


def _syscfg(_name: str, _base: int, around: Surroundings) -> Peripheral:
    return SYSCFGwithCell() if around.family.compensation_cell else Peripheral()


KINDS: Mapping[str, Callable[[str, int, Surroundings], Peripheral]] = {
    "ADC": lambda _name, _base, around: around.family.adc(),
    "CRC": lambda _name, _base, around: around.family.crc(),
    "DMA": _dma,
    "DMAMUX": lambda _name, _base, around: around.dmamux,
    "DMAMUX2": lambda _name, _base, _around: DMAMUX(),
    "GPDMA": _gpdma,
    "GPIO": lambda _name, _base, _around: GPIO(),
    "HSEM": lambda _name, _base, around: HSEM(around.family.hsem_core),
    "LPUART": make_usart,
    "OTG": lambda _name, _base, _around: OTG(),
    "RNG": lambda _name, _base, _around: RNG(),
    "RTC": lambda _name, _base, _around: RTC(),
    "SYSCFG": _syscfg,
    "TIM": _timer,
    "UART": make_usart,
    "USART": make_usart,
}
