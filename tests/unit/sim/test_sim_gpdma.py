"""The GPDMA at its registers: blocks, requests, lists, interrupts, abort."""

from __future__ import annotations

from dataclasses import dataclass, field

from tinylab.sim.peripherals.dma.dma_request import DmaRequest
from tinylab.sim.peripherals.dma.gpdma import GPDMA

CHANNEL_2 = 0x150
CLBAR, CFCR, CSR, CCR, CTR1, CTR2, CBR1, CSAR, CDAR, CLLR = (
    CHANNEL_2 + at for at in (0, 0xC, 0x10, 0x14, 0x40, 0x44, 0x48, 0x4C, 0x50, 0x7C)
)
RAM, PORT = 0x2000_0000, 0x4001_3828
EN, TCIE, HTIE = 1 << 0, 1 << 8, 1 << 9
IDLE, COMPLETE, HALF, SUSPENDED = 1 << 0, 1 << 8, 1 << 9, 1 << 13
DESTINATION_REQUEST, SOFTWARE_REQUEST = 1 << 10, 1 << 9
ALL_OF_AN_ITEM = 0b11111 << 27 | 1 << 16


@dataclass
class Memory:
    """A bus with RAM, and with a port that takes and gives bytes."""

    ram: bytearray = field(default_factory=lambda: bytearray(256))
    sent: list[int] = field(default_factory=list)
    arriving: list[int] = field(default_factory=list)

    def load(self, address: int, size: int) -> int:
        if address == PORT:
            return self.arriving.pop(0)
        return int.from_bytes(self.ram[address - RAM : address - RAM + size], "little")

    def store(self, address: int, size: int, value: int) -> bool:
        if address == PORT:
            self.sent.append(value)
        else:
            self.ram[address - RAM : address - RAM + size] = value.to_bytes(size, "little")
        return True


@dataclass
class Bench:
    memory: Memory = field(default_factory=Memory)
    request: DmaRequest = field(default_factory=DmaRequest)
    level: bool = False
    asked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        lines = [lambda _level: None] * 16
        lines[2] = self._drive
        self.dma = GPDMA(self.memory, lines, self._numbered)

    def _drive(self, level: bool) -> None:
        self.level = level

    def _numbered(self, number: int) -> DmaRequest:
        self.asked.append(number)
        return self.request

    def write(self, **registers: int) -> None:
        for name, value in registers.items():
            self.dma.write(globals()[name], value)


def test_memory_is_copied_in_words() -> None:
    bench = Bench()
    bench.memory.ram[:16] = bytes(range(16))
    bench.write(CTR1=2 << 16 | 2 | 1 << 19 | 1 << 3, CTR2=SOFTWARE_REQUEST, CBR1=16)
    bench.write(CSAR=RAM, CDAR=RAM + 64, CCR=EN | TCIE)
    assert bench.memory.ram[64:80] == bytes(range(16))
    assert bench.dma.read(CSR) == IDLE | COMPLETE | HALF
    assert bench.dma.read(CBR1) == 0
    assert bench.level
    bench.write(CFCR=COMPLETE)
    assert not bench.level


def test_bytes_go_out_one_for_each_request() -> None:
    bench = Bench()
    bench.memory.ram[:3] = b"abc"
    bench.write(CTR1=1 << 3, CTR2=DESTINATION_REQUEST | 25, CBR1=3, CSAR=RAM, CDAR=PORT)
    bench.write(CCR=EN)
    assert bench.memory.sent == []
    assert bench.asked == [25]
    store = bench.memory.store

    def store_and_wait(address: int, size: int, value: int) -> bool:
        bench.request.set(False)
        return store(address, size, value)

    bench.memory.store = store_and_wait  # type: ignore[method-assign]
    for left in (2, 1, 0):
        bench.request.set(True)
        assert bench.dma.read(CBR1) == left
    assert bytes(bench.memory.sent) == b"abc"
    assert not bench.dma.read(CCR) & EN


def test_a_list_that_points_to_itself_goes_round() -> None:
    bench = Bench()
    item = [1 << 19, 24, 2, PORT, RAM + 32, ALL_OF_AN_ITEM | 128]
    for index, word in enumerate(item):
        bench.memory.store(RAM + 128 + 4 * index, 4, word)
    bench.write(CLBAR=RAM, CLLR=ALL_OF_AN_ITEM | 128, CCR=EN | TCIE)
    for text in (b"xy", b"zw"):
        bench.memory.arriving += text
        for _ in text:
            bench.request.level = False
            bench.memory.arriving, rest = bench.memory.arriving[:1], bench.memory.arriving[1:]
            load = bench.memory.load

            def load_once(address: int, size: int, load=load) -> int:  # type: ignore[no-untyped-def]
                if address == PORT:
                    bench.request.set(False)
                return int(load(address, size))

            bench.memory.load = load_once  # type: ignore[method-assign]
            bench.request.set(True)
            bench.memory.arriving = rest
        assert bench.memory.ram[32:34] == text
        assert bench.dma.read(CSR) & COMPLETE
        assert bench.dma.read(CCR) & EN
        bench.write(CFCR=COMPLETE)


def test_a_channel_is_suspended_and_reset() -> None:
    bench = Bench()
    bench.write(CTR1=1 << 3, CTR2=DESTINATION_REQUEST, CBR1=3, CSAR=RAM, CDAR=PORT, CCR=EN)
    assert not bench.dma.read(CSR) & IDLE
    bench.write(CCR=EN | 1 << 2)
    assert bench.dma.read(CSR) & SUSPENDED
    bench.write(CCR=1 << 1)
    assert bench.dma.read(CSR) == IDLE
    assert not bench.dma.read(CCR) & EN
    bench.request.set(True)
    assert bench.memory.sent == []
