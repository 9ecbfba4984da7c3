"""Peripherals as firmware uses them: interrupts, DMA, timers, CRC, and flags to wait for."""

from __future__ import annotations

import binascii
from pathlib import Path

import pytest

from tests.fakes.bare_metal import Firmware, compile_firmware
from tests.fakes.stations import burn, machine, wait_until
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.sim.machine import Machine

WB, F446, H7 = (by_name(f"nucleo_{name}") for name in ("wb55rg", "f446re", "h723zg"))
F746, L4 = by_name("stm32f746g_disco"), by_name("nucleo_l4r5zi")
BOARDS = pytest.mark.parametrize(
    "board", [WB, F446, H7, F746, L4], ids=["wb", "f4", "h7", "f7", "l4"]
)
U5 = by_name("nucleo_u575zi_q")
ALL = pytest.mark.parametrize(
    "board", [WB, F446, H7, F746, L4, U5], ids=["wb", "f4", "h7", "f7", "l4", "u5"]
)

REGISTERS = """
#define BARRIER __asm volatile("dsb\\n isb" ::: "memory")
#define WFI __asm volatile("wfi" ::: "memory")
#define ENABLE_LINE(n) (REG(0xE000E100u + 4 * ((n) / 32)) = 1u << ((n) % 32))
NOINIT volatile uint32_t done;
"""
NEWER = {"CR1": 0, "CR3": 2, "BRR": 3, "STATUS": 7, "CLEAR": 8, "RECEIVE": 9, "SEND": 10, "UE": 1}
OLDER = {"CR1": 3, "CR3": 5, "BRR": 2, "STATUS": 0, "RECEIVE": 1, "SEND": 1, "UE": 1 << 13}


def word(made: Machine, firmware: Firmware, name: str, index: int = 0) -> int:
    data = made.read_memory(firmware.symbols[name] + 4 * index, 4)
    assert data is not None
    return int.from_bytes(data, "little")


def prefix(**values: int) -> str:
    return REGISTERS + "".join(f"#define {name} {value}u\n" for name, value in values.items())


def serial(board: Board) -> str:
    """What firmware needs to know of the board's serial port."""
    line = board.interrupts[board.serial.name]
    assert isinstance(line, int)
    clock = int(board.clocks.reset_hz)
    clock *= 256 if board.serial.name.startswith("LPUART") else 1
    layout = OLDER if board.family == "f4" else NEWER
    return prefix(PORT=board.serial.base, LINE=line, CLOCK=clock, **layout) + (
        "static volatile uint32_t *const port = (volatile uint32_t *)PORT;\n"
    )


BY_INTERRUPT = """
NOINIT volatile uint8_t ring[64];
NOINIT volatile uint32_t head, tail, overruns;
void serial(void) {
  const uint32_t status = port[STATUS];
  if (status & 8u) ++overruns;
  if (status & 0x20u) ring[head++ % 64] = (uint8_t)port[RECEIVE];
  if (status & 0x80u) {
    if (tail != head) *(volatile uint8_t *)&port[SEND] = ring[tail++ % 64];
    if (tail == head) port[CR1] &= ~0x80u; else port[CR1] |= 0x80u;
  }
  if (tail != head) port[CR1] |= 0x80u;
}
void reset(void) {
  head = tail = overruns = 0;
  port[BRR] = CLOCK / 115200u;
  port[CR1] = UE | 0x2Cu;
  ENABLE_LINE(LINE);
  for (;;) WFI;
}
"""
TEXT = bytes(range(33, 97))


def echoed(made: Machine, data: bytes) -> tuple[bytes, list[float]]:
    """What comes back of `data`, and when."""
    heard: list[tuple[int, float]] = []
    made.on_serial = lambda byte: heard.append((byte, made.now()))
    made.send_serial(data)
    wait_until(lambda: len(heard) == len(data))
    return bytes(byte for byte, _ in heard), [when for _, when in heard]


@ALL
def test_an_interrupt_echoes_what_arrives(board: Board, tmp_path: Path) -> None:
    line = board.interrupts[board.serial.name]
    assert isinstance(line, int)
    firmware = compile_firmware(board, tmp_path, serial(board) + BY_INTERRUPT, {line: "serial"})
    with machine(board, firmware) as made:
        text, times = echoed(made, TEXT)
        assert text == TEXT
        assert word(made, firmware, "overruns") == 0
    frame = 10 * (int(board.clocks.reset_hz) // 115_200) / board.clocks.reset_hz
    assert times[-1] - times[0] == pytest.approx(frame * (len(TEXT) - 1), rel=0.05)


BY_DMA = """
NOINIT uint8_t buffer[64];
NOINIT volatile uint32_t halves, completes, sent;
void received(void) {
  const uint32_t flags = RX_FLAGS;
  CLEAR_RX;
  if (flags & HALF) ++halves;
  if (!(flags & FULL)) return;
  ++completes;
  START_TX
}
void transmitted(void) { if (TX_FLAGS & FULL) ++sent; CLEAR_TX; }
void reset(void) {
  halves = completes = sent = 0;
  port[BRR] = CLOCK / 115200u;
  port[CR3] = 0xC0u;
  port[CR1] = UE | 0xCu;
  ENABLE_LINE(RX_LINE); ENABLE_LINE(TX_LINE);
  START_RX
  for (;;) WFI;
}
"""
CHANNELS = """
#define DMA ((volatile uint32_t *)0x40020000u)
#define RX_FLAGS DMA[0]
#define TX_FLAGS (DMA[0] >> 4)
#define CLEAR_RX (DMA[1] = 0x1u)
#define CLEAR_TX (DMA[1] = 0x10u)
#define HALF 4u
#define FULL 2u
#define START_RX \\
  REG(0x40020800u) = RX_REQUEST; REG(0x40020804u) = RX_REQUEST + 1u; \\
  DMA[3] = 64; DMA[4] = (uint32_t)&port[RECEIVE]; DMA[5] = (uint32_t)buffer; DMA[2] = 0xA7u;
#define START_TX \\
  DMA[7] = 0; DMA[8] = 64; DMA[9] = (uint32_t)&port[SEND]; DMA[10] = (uint32_t)buffer; \\
  DMA[7] = 0x93u;
"""
STREAMS = """
#define DMA ((volatile uint32_t *)DMA_BASE)
#define RX ((volatile uint32_t *)(DMA_BASE + 0x10u + 0x18u * 5u))
#define TX ((volatile uint32_t *)(DMA_BASE + 0x10u + 0x18u * TX_STREAM))
#define TX_SHIFT (TX_STREAM == 6u ? 16 : 22)
#define RX_FLAGS (DMA[1] >> 6)
#define TX_FLAGS (DMA[1] >> TX_SHIFT)
#define CLEAR_RX (DMA[3] = 0x3Du << 6)
#define CLEAR_TX (DMA[3] = 0x3Du << TX_SHIFT)
#define HALF 0x10u
#define FULL 0x20u
#define START_RX \\
  MUX \\
  RX[1] = 64; RX[2] = (uint32_t)&port[RECEIVE]; RX[3] = (uint32_t)buffer; \\
  RX[0] = 4u << 25 | 0x519u;
#define START_TX \\
  TX[1] = 64; TX[2] = (uint32_t)&port[SEND]; TX[3] = (uint32_t)buffer; TX[0] = 4u << 25 | 0x451u;
"""
LISTS = """
#define CHANNEL(n) ((volatile uint32_t *)(0x40020050u + 0x80u * (n)))
#define RX CHANNEL(0)
#define TX CHANNEL(1)
#define RX_FLAGS RX[4]
#define TX_FLAGS TX[4]
#define CLEAR_RX (RX[3] = 0x7F00u)
#define CLEAR_TX (TX[3] = 0x7F00u)
#define HALF 0x200u
#define FULL 0x100u
#define START_RX \\
  RX[16] = 1u << 19; RX[17] = 24u; RX[18] = 64; \\
  RX[19] = (uint32_t)&port[RECEIVE]; RX[20] = (uint32_t)buffer; RX[5] = 0x301u;
#define START_TX \\
  START_RX \\
  TX[16] = 1u << 3; TX[17] = 1u << 10 | 25u; TX[18] = 64; \\
  TX[19] = (uint32_t)buffer; TX[20] = (uint32_t)&port[SEND]; TX[5] = 0x101u;
"""

DMA_OF = {
    U5.name: (LISTS, 29, 30),
    WB.name: (f"#define RX_REQUEST 14u\n{CHANNELS}", 11, 12),
    L4.name: (f"#define RX_REQUEST 34u\n{CHANNELS}", 11, 12),
    F446.name: (
        f"#define DMA_BASE 0x40026000u\n#define TX_STREAM 6u\n#define MUX\n{STREAMS}",
        16,
        17,
    ),
    F746.name: (
        f"#define DMA_BASE 0x40026400u\n#define TX_STREAM 7u\n#define MUX\n{STREAMS}",
        68,
        70,
    ),
    H7.name: (
        "#define DMA_BASE 0x40020000u\n#define TX_STREAM 6u\n"
        f"#define MUX REG(0x40020814u) = 45; REG(0x40020818u) = 46;\n{STREAMS}",
        16,
        17,
    ),
}


@ALL
def test_dma_echoes_what_arrives(board: Board, tmp_path: Path) -> None:
    registers, rx, tx = DMA_OF[board.name]
    source = serial(board) + registers + f"#define RX_LINE {rx}\n#define TX_LINE {tx}\n" + BY_DMA
    firmware = compile_firmware(board, tmp_path, source, {rx: "received", tx: "transmitted"})
    with machine(board, firmware) as made:
        for turn in range(1, 3):
            assert echoed(made, TEXT)[0] == TEXT
            wait_until(lambda turn=turn: word(made, firmware, "sent") == turn)  # type: ignore[misc]
        assert word(made, firmware, "halves") == word(made, firmware, "completes") == 2


@ALL
def test_bytes_that_nobody_reads_overrun_and_the_line_gets_idle(
    board: Board, tmp_path: Path
) -> None:
    source = (
        serial(board)
        + """
NOINIT volatile uint32_t status, kept;
void reset(void) {
  done = 0;
  port[BRR] = CLOCK / 115200u;
  port[CR1] = UE | 0xCu;
  while (!(port[STATUS] & 0x10u)) {}
  status = port[STATUS];
  kept = port[RECEIVE];
  done = 1;
  for (;;) {}
}
"""
    )
    firmware = compile_firmware(board, tmp_path, source)
    with machine(board, firmware) as made:
        made.send_serial(b"ab")
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert word(made, firmware, "status") & 0x38 == 0x38
        assert word(made, firmware, "kept") == ord("a")


def test_what_was_sent_before_a_lockup_still_arrives(tmp_path: Path) -> None:
    source = (
        serial(WB)
        + """
void reset(void) {
  port[BRR] = CLOCK / 115200u;
  port[CR1] = UE | 0xCu;
  port[SEND] = 'x'; port[SEND] = 'y';
  __asm volatile("udf #0");
}
"""
    )
    firmware = compile_firmware(WB, tmp_path, source)
    heard = bytearray()
    with machine(WB) as made:
        made.on_serial = heard.append
        burn(made, firmware)
        wait_until(lambda: len(heard) == 2)
    assert heard == b"xy"


TIMER = """
#define TIM ((volatile uint32_t *)BASE)
NOINIT volatile uint32_t updates, stamps[20];
void update(void) {
  TIM[4] = 0;
  BARRIER;
  if (updates < 20) stamps[updates] = REG(0xE0001004u);
  if (++updates == 20) done = 1;
}
void reset(void) {
  done = updates = 0;
  REG(0xE000EDFCu) = 1u << 24; REG(0xE0001FB0u) = 0xC5ACCE55u;
  REG(0xE0001004u) = 0; REG(0xE0001000u) = 1;
  SETUP
  TIM[10] = PRESCALER; TIM[11] = RELOAD; TIM[5] = 1; TIM[4] = 0;
  TIM[3] = 1; TIM[0] = 1;
  ENABLE_LINE(LINE);
  for (;;) {}
}
"""
F4_APB1_BY_4 = "REG(0x40023808u) = 5u << 10;"
H7_APB1_BY_2 = "REG(0x5802441Cu) = 4u << 4;"


@pytest.mark.parametrize(
    ("board", "name", "base", "setup", "cycles_per_tick"),
    [
        (WB, "TIM2", 0x4000_0000, "", 1),
        (WB, "TIM16", 0x4001_4400, "", 1),
        (F446, "TIM6", 0x4000_1000, "", 1),
        (F446, "TIM5", 0x4000_0C00, F4_APB1_BY_4, 2),
        (H7, "TIM16", 0x4001_4400, "", 1),
        (H7, "TIM7", 0x4000_1400, H7_APB1_BY_2, 1),
        (F746, "TIM5", 0x4000_0C00, F4_APB1_BY_4, 2),
        (F746, "TIM8", 0x4001_0400, "", 1),
        (L4, "TIM2", 0x4000_0000, "", 1),
    ],
)
def test_a_timer_interrupts_at_its_period(
    board: Board, name: str, base: int, setup: str, cycles_per_tick: int, tmp_path: Path
) -> None:
    line = board.interrupts[name]
    assert isinstance(line, int)
    known = prefix(BASE=base, LINE=line, PRESCALER=9, RELOAD=499)
    source = known + TIMER.replace("SETUP", setup)
    firmware = compile_firmware(board, tmp_path, source, {line: "update"})
    with machine(board, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        stamps = [word(made, firmware, "stamps", n) for n in range(20)]
    mean = (stamps[-1] - stamps[1]) / 18
    assert mean == pytest.approx(10 * 500 * cycles_per_tick, abs=2)


def test_a_timer_can_be_polled_and_read(tmp_path: Path) -> None:
    source = (
        prefix(BASE=0x4000_0000)
        + """
#define TIM ((volatile uint32_t *)BASE)
NOINIT volatile uint32_t wraps, least, most, first, second;
void reset(void) {
  done = wraps = most = 0; least = ~0u;
  TIM[11] = 999; TIM[5] = 1; TIM[4] = 0; TIM[0] = 1;
  first = TIM[9]; for (volatile int i = 0; i < 10; ++i) {} second = TIM[9];
  while (wraps < 5) {
    const uint32_t count = TIM[9];
    if (count > most) most = count;
    if (count < least) least = count;
    if (TIM[4] & 1u) { TIM[4] = 0; ++wraps; }
  }
  done = 1;
  for (;;) {}
}
"""
    )
    firmware = compile_firmware(WB, tmp_path, source)
    with machine(WB, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert word(made, firmware, "first") < word(made, firmware, "second") < 999
        assert word(made, firmware, "least") < 60
        assert 940 < word(made, firmware, "most") <= 999


def test_one_pulse_stops_the_timer(tmp_path: Path) -> None:
    source = (
        prefix(BASE=0x4000_0000)
        + """
#define TIM ((volatile uint32_t *)BASE)
NOINIT volatile uint32_t control, count;
void reset(void) {
  done = 0;
  TIM[11] = 99; TIM[5] = 1; TIM[4] = 0; TIM[0] = 9;
  while (!(TIM[4] & 1u)) {}
  control = TIM[0]; count = TIM[9];
  done = 1;
  for (;;) {}
}
"""
    )
    firmware = compile_firmware(WB, tmp_path, source)
    with machine(WB, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert (word(made, firmware, "control"), word(made, firmware, "count")) == (8, 0)


CHECKED = b"123456789abc"
WORDS = """
#define CRC ((volatile uint32_t *)CRC_BASE)
NOINIT volatile uint32_t result;
static const uint8_t text[] __attribute__((aligned(4))) = "123456789abc";
void reset(void) {
  done = 0;
  CONFIGURE
  for (int i = 0; i < 12; i += UNIT / 8) {
#if UNIT == 32
    CRC[0] = FLIP(*(const uint32_t *)&text[i]);
#elif UNIT == 16
    *(volatile uint16_t *)&CRC[0] = (uint16_t)(text[i] << 8 | text[i + 1]);
#else
    *(volatile uint8_t *)&CRC[0] = text[i];
#endif
  }
  result = CRC[0];
  done = 1;
  for (;;) {}
}
"""


def mpeg_2(data: bytes) -> int:
    """CRC-32/MPEG-2, from zlib's CRC: neither input nor output is reversed."""
    mirrored = bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)
    return int(f"{binascii.crc32(mirrored) ^ 0xFFFF_FFFF:032b}"[::-1], 2)


def ccitt(data: bytes) -> int:
    """CRC-16/CCITT-FALSE."""
    return binascii.crc_hqx(data, 0xFFFF)


MPEG = "CRC[2] = 1;"
ZLIB = "CRC[2] = 0x81u | 1u << 5;"
CCITT = "CRC[5] = 0x1021u; CRC[4] = 0xFFFFu; CRC[2] = 1u << 3 | 1u;"


@pytest.mark.parametrize(
    ("board", "configure", "unit", "expected"),
    [
        (WB, MPEG, 32, mpeg_2(CHECKED)),
        (WB, MPEG, 16, mpeg_2(CHECKED)),
        (WB, MPEG, 8, mpeg_2(CHECKED)),
        (WB, ZLIB, 8, binascii.crc32(CHECKED) ^ 0xFFFF_FFFF),
        (WB, CCITT, 8, ccitt(CHECKED)),
        (F446, MPEG, 32, mpeg_2(CHECKED)),
        (H7, MPEG, 32, mpeg_2(CHECKED)),
        (H7, ZLIB, 8, binascii.crc32(CHECKED) ^ 0xFFFF_FFFF),
        (F746, CCITT, 8, ccitt(CHECKED)),
        (L4, CCITT, 8, ccitt(CHECKED)),
    ],
)
def test_crc_is_what_others_compute(
    board: Board, configure: str, unit: int, expected: int, tmp_path: Path
) -> None:
    known = prefix(CRC_BASE=board.peripherals["CRC"], UNIT=unit)
    source = known + "#define FLIP __builtin_bswap32\n" + WORDS.replace("CONFIGURE", configure)
    firmware = compile_firmware(board, tmp_path, source)
    with machine(board, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert word(made, firmware, "result") == expected


def test_memory_is_copied_at_once(tmp_path: Path) -> None:
    source = (
        prefix()
        + """
NOINIT volatile uint32_t copies[16], flags;
static const uint32_t originals[16] = {1, 22, 333, 4444, [15] = 5};
void reset(void) {
  done = 0;
  volatile uint32_t *const dma = (volatile uint32_t *)0x40020000u;
  dma[3] = 16; dma[4] = (uint32_t)originals; dma[5] = (uint32_t)copies;
  dma[2] = 1u << 14 | 2u << 10 | 2u << 8 | 0xC1u;
  flags = dma[0];
  done = 1;
  for (;;) {}
}
"""
    )
    firmware = compile_firmware(WB, tmp_path, source)
    with machine(WB, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert [word(made, firmware, "copies", n) for n in (0, 1, 2, 3, 15)] == [
            1,
            22,
            333,
            4444,
            5,
        ]
        assert word(made, firmware, "flags") & 7 == 7


READY = {
    WB.name: [
        (0x5800_0090, 1, 1 << 1),  # BDCR: LSE
        (0x5800_0094, 1, 1 << 1),  # CSR: LSI1
        (0x5800_0098, 1, 1 << 1),  # CRRCR: HSI48
        (0x5800_0000, 1 << 26 | 0x61, 1 << 27),  # CR: PLLSAI1, MSI stays
        (0x4000_280C, 1 << 7, 1 << 6),  # RTC_ISR: INIT
    ],
    F446.name: [
        (0x4002_3800, 1 << 26 | 1 << 28 | 1, 1 << 27 | 1 << 29),  # CR: PLLI2S, PLLSAI
        (0x4002_3870, 1, 1 << 1),
        (0x4002_3874, 1, 1 << 1),
        (0x4001_3820, 1, 1 << 8),  # SYSCFG_CMPCR
    ],
    F746.name: [
        (0x4002_3800, 1 << 26 | 1 << 28 | 1, 1 << 27 | 1 << 29),  # CR: PLLI2S, PLLSAI
        (0x4002_3870, 1, 1 << 1),
        (0x4002_3874, 1, 1 << 1),
        (0x4001_3820, 1, 1 << 8),  # SYSCFG_CMPCR
    ],
    L4.name: [
        (0x4002_1000, 1 << 26 | 1 << 28 | 0x61, 1 << 27 | 1 << 29),  # CR: PLLSAI1, PLLSAI2
        (0x4002_1090, 1, 1 << 1),  # BDCR: LSE
        (0x4002_1094, 1, 1 << 1),  # CSR: LSI
        (0x4002_1098, 1, 1 << 1),  # CRRCR: HSI48
    ],
    H7.name: [
        (0x5802_4400, 1 << 12 | 1 << 26 | 1 << 28 | 1, 1 << 13 | 1 << 27 | 1 << 29),
        (0x5802_4470, 1, 1 << 1),
        (0x5802_4474, 1, 1 << 1),
        (0x5800_0420, 1, 1 << 8),  # SYSCFG_CCCSR
    ],
}


@BOARDS
def test_what_is_switched_on_gets_ready_and_goes_away_again(board: Board) -> None:
    with machine(board) as made:
        if board is H7:
            made.bus.write(0x5802_44F4, 4, 1 << 1)  # RCC_APB4ENR: SYSCFG
        for address, on, ready in READY[board.name]:
            made.bus.write(address, 4, on)
            assert made.bus.read(address, 4) & ready == ready
            made.bus.write(address, 4, made.bus.read(address, 4) & ~on)
            assert made.bus.read(address, 4) & ready == 0


@pytest.mark.parametrize(("board", "core"), [(WB, 4), (H7, 3)], ids=["wb", "h7"])
def test_a_semaphore_is_granted_and_given_back(board: Board, core: int) -> None:
    base = board.peripherals["HSEM"]
    with machine(board) as made:
        assert made.bus.read(base + 0x80 + 4 * 3, 4) == 1 << 31 | core << 8
        made.bus.write(base + 4 * 3, 4, core << 8)
        assert made.bus.read(base + 4 * 3, 4) == 0
        made.bus.write(base + 4 * 5, 4, 1 << 31 | core << 8 | 7)
        made.bus.write(base + 4 * 5, 4, core << 8 | 1)
        assert made.bus.read(base + 4 * 5, 4) == 1 << 31 | core << 8 | 7


def test_random_numbers_are_the_same_after_each_reset() -> None:
    with machine(WB) as made:
        sequences = []
        for _ in range(2):
            made.hold_reset()
            made.bus.write(0x5800_1000, 4, 1 << 2)
            sequences.append([made.bus.read(0x5800_1008, 4) for _ in range(20)])
    assert sequences[0] == sequences[1]
    assert len(set(sequences[0])) == 20


def test_a_pin_reads_what_it_drives_or_its_pull_up() -> None:
    port = WB.peripherals["GPIOA"]
    with machine(WB) as made:
        made.bus.write(port, 4, 1 << 2 * 3)  # MODER: PA3 is an output, PA4 and PA5 inputs
        made.bus.write(port + 0x0C, 4, 1 << 2 * 4)  # PUPDR: PA4 has a pull-up
        made.bus.write(port + 0x18, 4, 1 << 3)
        assert made.bus.read(port + 0x10, 4) == 1 << 3 | 1 << 4
        made.bus.write(port + 0x28, 4, 1 << 3)
        assert made.bus.read(port + 0x10, 4) == 1 << 4
