"""The known flash algorithms, and what their functions write to the flash controller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tinylab.sim.peripherals.flash import flash_bank_h7, flash_f4, flash_h7, flash_l4, flash_u5

Writes = tuple[tuple[int, int], ...]
"""Writes to the flash controller, in order: offset of the register, value."""

F4_ERRORS, F4_WORDS = 0xF0, 2 << flash_f4.PSIZE
L4_PAGE, U5_PAGE, H7A3_SECTOR = 0x1000, 0x2000, 0x2000
H7_BANK = 0x10_0000
H7A3_DONE = (flash_bank_h7.CCR, 0x05AE_0000 | flash_bank_h7.EOP)
H743_INTERRUPTS, H743_PARALLEL = 0x0FEF_000E, 0x30


@dataclass(frozen=True)
class Algorithm:
    """An algorithm as it is in RAM: `size` bytes from its breakpoint on, with hash `sha256`.

    `program` is the offset of ProgramPage(address, size, data), `erase` that of
    EraseSector(address), None if calls of it are simulated. A ProgramPage that succeeds makes the
    writes `opens`, stores the data in order, and makes the writes `closes`. An EraseSector that
    succeeds makes the writes that `erases` returns for an offset in the flash. All are writes to
    the first bank's registers if each bank of `bank` bytes has its own.
    """

    size: int
    sha256: str
    program: int
    opens: Writes
    closes: Writes = ()
    erase: int | None = None
    erases: Callable[[int], Writes] = lambda _offset: ()
    bank: int | None = None

    def first_register(self, offset: int) -> int:
        """What to add to the registers' offsets for the bank of `offset`."""
        return 0 if self.bank is None else offset // self.bank * flash_h7.BANK_STRIDE

    def ends_bank(self, offset: int) -> bool:
        """Whether a bank ends at `offset`. pyOCD's algorithm then writes to the next bank's
        registers, so calls that program up to there are simulated."""
        return self.bank is not None and offset % self.bank == 0


def _l4_erases(offset: int) -> Writes:
    what = flash_l4.PER | offset // L4_PAGE << flash_l4.PNB
    return (flash_l4.CR, what), (flash_l4.CR, what | flash_l4.STRT), (flash_l4.CR, 0)


def _u5_erases(offset: int) -> Writes:
    bank, page = divmod(offset // U5_PAGE, flash_u5.PAGES_OF_A_BANK)
    what = flash_u5.PER | bank << flash_u5.BKER | page << flash_u5.PNB
    return (flash_u5.NSCR, what), (flash_u5.NSCR, what | flash_u5.STRT), (flash_u5.NSCR, 0)


def _h7a3_erases(offset: int) -> Writes:
    bits = flash_h7.FlashH7A3.CONTROL
    what = flash_bank_h7.SER | offset % H7_BANK // H7A3_SECTOR << bits.sector
    starts = (flash_bank_h7.CR, what), (flash_bank_h7.CR, what | bits.start)
    return H7A3_DONE, *starts, H7A3_DONE, (flash_bank_h7.CR, 0)


STM32WB = Algorithm(
    252,
    "c9039b307d1d23c302119888c618653384ad24d6ab0af40e3d3cabe0de4ab1e5",
    program=0xB0,
    opens=((flash_l4.CR, flash_l4.PG),),
    closes=((flash_l4.CR, 0),),
    erase=0x80,
    erases=_l4_erases,
)
STM32L4R5 = Algorithm(
    256,
    "7349ae200b6aa0ebc6a480575f437b586ec881d89a9e563cccb73613266b281e",
    program=0xB4,
    opens=STM32WB.opens,
    closes=STM32WB.closes,
    erase=0x84,
    erases=_l4_erases,
)
STM32U5 = Algorithm(
    272,
    "cbbc2ea0cf5de189d13d1d757a67b375dcf88f40afdf6ab3855433dbacb8fc7d",
    program=0xC4,
    opens=((flash_u5.NSCR, flash_u5.PG),),
    closes=((flash_u5.NSCR, 0),),
    erase=0x84,
    erases=_u5_erases,
)
STM32H7A3 = Algorithm(
    348,
    "2e4d303b35536f0e262d8aab72eacdaaee1055d393ed78780942a5b6baefd4e4",
    program=0x108,
    opens=((flash_bank_h7.CR, flash_bank_h7.PG),),
    closes=(H7A3_DONE, (flash_bank_h7.CR, 0)),
    erase=0xD4,
    erases=_h7a3_erases,
    bank=H7_BANK,
)
PYOCD_F4 = Algorithm(
    368,
    "75b8ed8d4dc0c14027d6bf2ca7c85db452fc18344c8a17d244ee427813f8eba0",
    program=0xFA,
    opens=((flash_f4.SR, F4_ERRORS), (flash_f4.CR, F4_WORDS | flash_f4.PG)),
    closes=((flash_f4.CR, F4_WORDS),),
)
PYOCD_F7 = Algorithm(
    392,
    "bca437e4ebc00c484f0dd43287528614e8eee50f021eb816ee923767fdd4afef",
    program=0xFA,
    opens=PYOCD_F4.opens,
    closes=PYOCD_F4.closes,
)
PYOCD_H723 = Algorithm(
    540,
    "6bfeb193ae76cf63706fe18148c41692dc52d59feca5c59ddb82855a4cd25897",
    program=0x118,
    opens=((flash_bank_h7.CR, flash_bank_h7.PG),),
)
PYOCD_H743 = Algorithm(
    1384,
    "fd8d2fa2542be87e46c4511aa2a1eb83a19713fe31626b662f551518bf35162c",
    program=0x2D8,
    opens=(
        (flash_bank_h7.CCR, H743_INTERRUPTS),
        (flash_bank_h7.CR, H743_PARALLEL | flash_bank_h7.PG),
    ),
    closes=((flash_bank_h7.CR, H743_PARALLEL),),
    bank=H7_BANK,
)
"""It erases two sectors in a call, and reports no error."""

ALGORITHMS = (
    STM32WB,
    STM32L4R5,
    STM32U5,
    STM32H7A3,
    PYOCD_F4,
    PYOCD_F7,
    PYOCD_H723,
    PYOCD_H743,
)
