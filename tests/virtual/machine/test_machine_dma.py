"""DMA as firmware uses it: to and from the serial port, and from memory to memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.bare_metal import compile_firmware
from tests.fakes.stations import machine, wait_until
from tests.virtual.machine.peripheral_firmware import (
    ALL,
    F446,
    F746,
    H7,
    L4,
    TEXT,
    U5,
    WB,
    echoed,
    prefix,
    serial,
    word,
)
from tinylab.boards.board import Board

BY_DMA = """
#ifndef BUFFER
NOINIT uint8_t memory[64];
#define BUFFER memory
#endif
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
  DMA[3] = 64; DMA[4] = (uint32_t)&port[RECEIVE]; DMA[5] = (uint32_t)BUFFER; DMA[2] = 0xA7u;
#define START_TX \\
  DMA[7] = 0; DMA[8] = 64; DMA[9] = (uint32_t)&port[SEND]; DMA[10] = (uint32_t)BUFFER; \\
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
  RX[1] = 64; RX[2] = (uint32_t)&port[RECEIVE]; RX[3] = (uint32_t)BUFFER; \\
  RX[0] = 4u << 25 | 0x519u;
#define START_TX \\
  TX[1] = 64; TX[2] = (uint32_t)&port[SEND]; TX[3] = (uint32_t)BUFFER; TX[0] = 4u << 25 | 0x451u;
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
  RX[19] = (uint32_t)&port[RECEIVE]; RX[20] = (uint32_t)BUFFER; RX[5] = 0x301u;
#define START_TX \\
  START_RX \\
  TX[16] = 1u << 3; TX[17] = 1u << 10 | 25u; TX[18] = 64; \\
  TX[19] = (uint32_t)BUFFER; TX[20] = (uint32_t)&port[SEND]; TX[5] = 0x101u;
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
        "#define DMA_BASE 0x40020000u\n#define TX_STREAM 6u\n#define BUFFER 0x24000000u\n"
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


COUNTS = """
NOINIT volatile uint32_t counts[4], flags[2];
NOINIT volatile uint8_t bytes[8];
void reset(void) {
  done = 0;
  volatile uint32_t *const dma = (volatile uint32_t *)DMA_BASE;
  SET_UP
  START
  counts[0] = COUNT; flags[0] = FLAGS;
  AGAIN
  counts[1] = COUNT; flags[1] = CONTROL & 1u;
  done = 1;
  for (;;) {}
}
"""
COPY_OF = {
    "stream": (
        F446,
        0x4002_6400,
        "#define COUNT dma[5]\n#define FLAGS dma[0]\n#define CONTROL dma[4]\n"
        "#define SET_UP dma[5] = 8; dma[6] = (uint32_t)vectors; dma[7] = (uint32_t)bytes;\n"
        "#define START dma[4] = 0x681u;\n#define AGAIN dma[2] = 0x3Fu; dma[4] = 0x680u; START\n",
        0x30,
    ),
    "channel": (
        WB,
        0x4002_0000,
        "#define COUNT dma[3]\n#define FLAGS dma[0]\n#define CONTROL dma[2]\n"
        "#define SET_UP dma[3] = 8; dma[4] = (uint32_t)vectors; dma[5] = (uint32_t)bytes;\n"
        "#define START dma[2] = 0x40C1u;\n#define AGAIN dma[1] = 0xFu; dma[2] = 0x40C0u;\n",
        0x7,
    ),
    "list": (
        U5,
        0x4002_0000,
        "#define COUNT dma[0x98 / 4]\n#define FLAGS dma[0x60 / 4]\n#define CONTROL dma[0x64 / 4]\n"
        "#define SET_UP dma[0x90 / 4] = 0x80008u; dma[0x94 / 4] = 0x200u; dma[0x98 / 4] = 8; "
        "dma[0x9C / 4] = (uint32_t)vectors; dma[0xA0 / 4] = (uint32_t)bytes;\n"
        "#define START dma[0x64 / 4] = 1u;\n#define AGAIN\n",
        0x301,
    ),
}


@pytest.mark.parametrize("kind", COPY_OF)
def test_no_items_remain_after_a_transfer(kind: str, tmp_path: Path) -> None:
    """NDTR, CNDTR and BNDT are 0 at the end, also after a second start."""
    board, base, registers, complete = COPY_OF[kind]
    source = prefix(DMA_BASE=base) + registers + COUNTS
    firmware = compile_firmware(board, tmp_path, source)
    with machine(board, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert word(made, firmware, "flags") & 0x3FF == complete
        assert [word(made, firmware, "counts", n) for n in (0, 1)] == [0, 0]
        assert made.read_memory(firmware.symbols["bytes"], 8) == firmware.segments[0][1][:8]


def test_a_stream_that_is_enabled_again_repeats_its_transfer(tmp_path: Path) -> None:
    """NDTR is reloaded with the value written last (RM0390, DMA_SxNDTR); a channel's CNDTR of
    the STM32L4 and WB must be written again."""
    for kind, repeats in (("stream", True), ("channel", False)):
        board, base, registers, _complete = COPY_OF[kind]
        again = registers.replace("#define AGAIN", "#define AGAIN bytes[0] = 0xEEu;")
        if kind == "channel":
            again = again.rstrip() + " START\n"
        source = prefix(DMA_BASE=base) + again + COUNTS
        firmware = compile_firmware(board, tmp_path, source)
        with machine(board, firmware) as made:
            wait_until(lambda: word(made, firmware, "done") == 1)  # noqa: B023
            data = made.read_memory(firmware.symbols["bytes"], 1)
            assert (data == firmware.segments[0][1][:1]) is repeats
            assert (data == b"\xee") is not repeats


CIRCULAR = """
NOINIT volatile uint32_t count;
NOINIT volatile uint8_t text[4];
void reset(void) {
  done = 0;
  port[BRR] = CLOCK / 115200u;
  port[CR3] = 0x80u;
  port[CR1] = UE | 0xCu;
  volatile uint32_t *const dma = (volatile uint32_t *)0x40026000u + 4 + 6 * 6;
  dma[1] = 4; dma[2] = (uint32_t)&port[SEND]; dma[3] = (uint32_t)text;
  dma[0] = 4u << 25 | 1u << 10 | 1u << 8 | 1u << 6 | 1u;
  while (!(REG(0x40026004u) >> 16 & 0x20u)) {}
  count = dma[1];
  done = 1;
  for (;;) {}
}
"""


def test_a_circular_transfer_starts_again(tmp_path: Path) -> None:
    firmware = compile_firmware(F446, tmp_path, serial(F446) + CIRCULAR)
    with machine(F446, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert word(made, firmware, "count") == 4


def _sources(board: Board, target: str) -> str:
    """Copies eight bytes from flash to `target`."""
    kind = next(kind for kind, row in COPY_OF.items() if row[0].family == board.family)
    registers = COPY_OF[kind][2].replace("(uint32_t)bytes", target)
    return (
        prefix(DMA_BASE=COPY_OF[kind][1])
        + registers.replace("#define AGAIN", "#define OLD")
        + ("#define AGAIN\n" + COUNTS)
    )


@pytest.mark.parametrize(
    ("board", "error", "enables"),
    [
        (F446, 1 << 3, 0),
        (WB, 1 << 3 | 1, 0),
        (U5, 1 << 10 | 1, 0),
    ],
    ids=["stream", "channel", "list"],
)
def test_an_address_without_memory_is_a_transfer_error(
    board: Board, error: int, enables: int, tmp_path: Path
) -> None:
    """TEIF, TEIF and DTEF; the stream or channel is disabled, and nothing was transferred."""
    firmware = compile_firmware(board, tmp_path, _sources(board, "0x70000000u"))
    with machine(board, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert word(made, firmware, "flags") & 0x7FF == error
        assert word(made, firmware, "counts") == 8
        assert word(made, firmware, "flags", 1) == enables


REACH = """
NOINIT volatile uint32_t flags[3];
static const uint32_t targets[3] = {0x20001000u, 0x00001000u, 0x24001000u};
void reset(void) {
  done = 0;
  for (int i = 0; i < 3; ++i) {
    volatile uint32_t *const dma = (volatile uint32_t *)0x40020000u;
    dma[2] = 0x3Fu;
    dma[5] = 8; dma[6] = (uint32_t)vectors; dma[7] = targets[i];
    dma[4] = 0x681u;
    flags[i] = dma[0];
    dma[4] = 0x680u;
  }
  done = 1;
  for (;;) {}
}
"""


def test_the_h7s_dma_does_not_reach_the_tightly_coupled_memories(tmp_path: Path) -> None:
    """DTCM and ITCM: a transfer error; AXI SRAM is reached (RM0468, DMA and MDMA)."""
    firmware = compile_firmware(H7, tmp_path, prefix() + REACH)
    with machine(H7, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert [word(made, firmware, "flags", n) for n in range(3)] == [0x08, 0x08, 0x30]


def test_the_f7s_dma_reaches_dtcm_and_not_itcm(tmp_path: Path) -> None:
    source = REACH.replace("0x40020000u", "0x40026400u").replace("0x24001000u", "0x20011000u")
    firmware = compile_firmware(F746, tmp_path, prefix() + source)
    with machine(F746, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert [word(made, firmware, "flags", n) for n in range(3)] == [0x30, 0x08, 0x30]
