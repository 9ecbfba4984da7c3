"""Creates the peripherals: classes of the models named in `boards/families/*.toml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tinylab.boards.board import Board
from tinylab.boards.peripheral import PeripheralModel
from tinylab.sim.bus import Peripheral
from tinylab.sim.events import Events
from tinylab.sim.families import PWRS, RCCS
from tinylab.sim.peripherals.adc import ADC
from tinylab.sim.peripherals.backup_sram import BackupSRAM
from tinylab.sim.peripherals.clock.clock_tree import ClockTree
from tinylab.sim.peripherals.clock.rcc import SwitchingRCC
from tinylab.sim.peripherals.core.nvic import NVIC
from tinylab.sim.peripherals.crc import CRC, FixedCRC
from tinylab.sim.peripherals.dma import gpdma
from tinylab.sim.peripherals.dma.dma import CHANNELS, DMA
from tinylab.sim.peripherals.dma.dma_channel import BusMaster
from tinylab.sim.peripherals.dma.dma_request import DmaRequest
from tinylab.sim.peripherals.dma.dma_streams import STREAMS, StreamDMA
from tinylab.sim.peripherals.dma.dmamux import DMAMUX
from tinylab.sim.peripherals.exti import EXTI, GROUPS, EXTIofH7, EXTIofL4, EXTIofWB
from tinylab.sim.peripherals.gpio import GPIO
from tinylab.sim.peripherals.hsem import HSEM
from tinylab.sim.peripherals.icache import ICACHE
from tinylab.sim.peripherals.otg import OTG
from tinylab.sim.peripherals.power.pwr_h7 import PWRofH7
from tinylab.sim.peripherals.rng import RNG
from tinylab.sim.peripherals.serial.usart import LPUART, USART, Wiring
from tinylab.sim.peripherals.serial.usart_f4 import USARTofF4
from tinylab.sim.peripherals.syscfg import SYSCFGwithCell
from tinylab.sim.peripherals.timers.rtc import RTC
from tinylab.sim.peripherals.timers.rtc_wakeup import RTCwithWakeUp
from tinylab.sim.peripherals.timers.timer import Timer


@dataclass
class PeripheralContext:
    """The connections of peripherals."""

    board: Board
    rcc: SwitchingRCC[Any]
    pwr: Peripheral
    icache: ICACHE
    events: Events
    nvic: NVIC
    bus: BusMaster
    now: Callable[[], float]
    send_event: Callable[[], None]
    requests: dict[str, DmaRequest] = field(default_factory=dict)
    dmamux: DMAMUX = field(default_factory=DMAMUX)
    _exti: EXTI | None = None

    @property
    def exti(self) -> EXTI:
        """The part's EXTI."""
        if self._exti is None:
            lines = [self.line("EXTI", index) for index in range(len(GROUPS) + 1)]
            self._exti = EXTIS[self.board.models["EXTI"]](lines, self.send_event)
        return self._exti

    def tree(self) -> ClockTree:
        """The present clocks."""
        return self.rcc.tree

    def core_hz(self) -> float:
        return self.tree().core_hz

    def line(self, name: str, index: int = 0) -> Callable[[bool], None]:
        """The interrupt line of a peripheral or one of its channels; unconnected if it has none."""
        numbers = self.board.interrupts.get(name, ())
        numbers = numbers if isinstance(numbers, tuple) else (numbers,)
        return self.nvic.line(numbers[index]) if index < len(numbers) else lambda _level: None

    def request(self, name: str) -> DmaRequest:
        """The DMA request with that name, such as `USART1_RX`."""
        return self.requests.setdefault(name, DmaRequest())

    def muxed(self, channel: int) -> DmaRequest:
        """The request that DMAMUX routes to a channel, numbered over all controllers."""
        return self.numbered(self.dmamux.selected(channel))

    def numbered(self, wanted: int) -> DmaRequest:
        """The request with that number."""
        names = (n for n, number in self.board.dma_requests.items() if number == wanted)
        return self.request(next(names, f"request {wanted}"))

    def fixed(self, controller: int, stream: int, channel: int) -> DmaRequest:
        """The request connected to a channel of a stream."""
        wanted = (controller, stream, channel)
        for name, places in self.board.dma_requests.items():
            if isinstance(places, tuple) and wanted in places:
                return self.request(name)
        return self.request(f"request of {wanted}")


Factory = Callable[[str, int, PeripheralContext], Peripheral]
"""Creates the peripheral with a name at a base address."""


def make(name: str, base: int, around: PeripheralContext) -> Peripheral:
    """The peripheral with that name at `base`, according to the board's table."""
    return MODELS[around.board.models.get(name, "registers")](name, base, around)


def make_usart(name: str, base: int, around: PeripheralContext) -> USART:
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
    return USARTS.get(around.board.models[name], USART)(wiring)


USARTS: Mapping[PeripheralModel, type[USART]] = {
    "lpuart": LPUART,
    "usart": USART,
    "usart_f4": USARTofF4,
}


def _timer(bits: int) -> Factory:
    return lambda name, base, around: Timer(
        lambda: around.tree().timer_hz(base),
        around.core_hz,
        around.events,
        around.line(name),
        bits,
    )


def _dma_channels(name: str, _base: int, around: PeripheralContext) -> Peripheral:
    first = CHANNELS * (int(name.removeprefix("DMA")) - 1)
    lines = [around.line(name, channel) for channel in range(CHANNELS)]
    return DMA(around.bus, lines, lambda channel: around.muxed(first + channel))


def _dma_streams(name: str, _base: int, around: PeripheralContext) -> Peripheral:
    number = int(name.removeprefix("DMA"))
    first = STREAMS * (number - 1)
    muxed = "DMAMUX1" in around.board.peripherals
    return StreamDMA(
        around.bus,
        [around.line(name, stream) for stream in range(STREAMS)],
        lambda stream, channel: (
            around.muxed(first + stream) if muxed else around.fixed(number, stream, channel)
        ),
    )


def _gpdma(name: str, _base: int, around: PeripheralContext) -> Peripheral:
    lines = [around.line(name, channel) for channel in range(gpdma.CHANNELS)]
    return gpdma.GPDMA(around.bus, lines, around.numbered)


def _exti(_name: str, _base: int, around: PeripheralContext) -> Peripheral:
    return around.exti


def _rtc_wakeup(_name: str, _base: int, around: PeripheralContext) -> Peripheral:
    def wake_up() -> None:
        if "EXTI" in around.board.models:
            around.exti.rise(around.exti.RTC_WAKEUP)

    return RTCwithWakeUp(
        around.now, lambda: around.rcc.rtc_hz, around.core_hz, around.events, wake_up
    )


EXTIS: Mapping[PeripheralModel, type[EXTI]] = {
    "exti_f4": EXTI,
    "exti_h7": EXTIofH7,
    "exti_l4": EXTIofL4,
    "exti_wb": EXTIofWB,
}


def _syscfg_h7(_name: str, _base: int, around: PeripheralContext) -> Peripheral:
    assert isinstance(around.pwr, PWRofH7)
    return around.pwr.syscfg


def _plain(kind: Callable[[], Peripheral]) -> Factory:
    """The constructor of a peripheral without connections."""
    return lambda _name, _base, _around: kind()


MODELS: Mapping[PeripheralModel, Factory] = {
    "adc": _plain(ADC),
    "backup_sram": _plain(BackupSRAM),
    "crc": _plain(CRC),
    "crc_fixed": _plain(FixedCRC),
    "dma_channels": _dma_channels,
    "dma_streams": _dma_streams,
    "dmamux": lambda _name, _base, around: around.dmamux,
    "dmamux2": _plain(DMAMUX),
    "exti_f4": _exti,
    "exti_h7": _exti,
    "exti_l4": _exti,
    "exti_wb": _exti,
    "gpdma": _gpdma,
    "gpio": _plain(GPIO),
    "hsem_3": _plain(lambda: HSEM(3)),
    "hsem_4": _plain(lambda: HSEM(4)),
    "icache": lambda _name, _base, around: around.icache,
    "otg": _plain(OTG),
    "registers": _plain(Peripheral),
    "rng": _plain(RNG),
    "rtc": _plain(RTC),
    "rtc_wakeup": _rtc_wakeup,
    "syscfg_cell": _plain(SYSCFGwithCell),
    "syscfg_h7": _syscfg_h7,
    "timer16": _timer(16),
    "timer32": _timer(32),
    **dict.fromkeys(USARTS, make_usart),
    **dict.fromkeys(RCCS, lambda _name, _base, around: around.rcc),
    **dict.fromkeys(PWRS, lambda _name, _base, around: around.pwr),
}
"""By the model's name; HSEM's number is the COREID of the core that runs here (RM0434, RM0468)."""
