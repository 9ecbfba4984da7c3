"""What a failed build says, from words that the tools really printed."""

from __future__ import annotations

from pathlib import Path

from tinylab.boards import catalog
from tinylab.build.diagnostics import error_from
from tinylab.errors import BuildError, CompileError, DoesNotFit, NoCompiler

WB55 = catalog.by_name("nucleo_wb55rg")
PROJECT = Path("/home/me/.cache/tinylab/bench")
LD = "/usr/lib/gcc/arm-none-eabi/12.2.1/../../../arm-none-eabi/bin/ld: "


def error(*lines: str) -> BuildError:
    return error_from(WB55, lines, PROJECT)


def test_errors_come_first_and_chatter_is_left_out() -> None:
    found = error(
        "Processing nucleo_wb55rg (board: nucleo_wb55rg; platform: symlink://../platform)",
        "Compiling .pio/build/nucleo_wb55rg/network/network.o",
        f"{PROJECT}/network/network.c: In function 'f':",
        f"{PROJECT}/network/network.c:4:12: error: 'nothing' undeclared",
        "    4 |     return nothing;",
        "*** [.pio/build/nucleo_wb55rg/network/network.o] Error 1",
        "========================= [FAILED] Took 0.50 seconds =========================",
    )
    assert isinstance(found, CompileError)
    assert found.details.splitlines() == [
        "network/network.c:4:12: error: 'nothing' undeclared",
        "",
        "network/network.c: In function 'f':",
        "network/network.c:4:12: error: 'nothing' undeclared",
        "    4 |     return nothing;",
    ]
    assert (found.file, found.line) == ("network/network.c", 4)
    assert found.errors == ("network/network.c:4:12: error: 'nothing' undeclared",)


def test_both_memories_that_overflow_are_named() -> None:
    found = error(
        f"{LD}.pio/build/nucleo_wb55rg/firmware.elf section `.weights' will not fit in `FLASH'",
        f"{LD}region `FLASH' overflowed by 52888 bytes",
        f"{LD}region `RAM' overflowed by 107680 bytes",
        "collect2: error: ld returned 1 exit status",
    )
    assert isinstance(found, DoesNotFit)
    assert "52,888 bytes of flash and 107,680 bytes of RAM" in found.message
    assert "Compress the weights" in found.remedy
    assert (found.flash_missing, found.ram_missing) == (52_888, 107_680)


def test_linker_is_quoted_without_its_path() -> None:
    found = error(
        f"{LD}.pio/build/nucleo_wb55rg/network/network.o: in function `f':",
        "./network/network.c:4: undefined reference to `g'",
        "collect2: error: ld returned 1 exit status",
    )
    assert isinstance(found, CompileError)
    assert "network/network.c:4: undefined reference to `g'" in found.message
    assert "/usr/lib" not in found.details
    assert (found.file, found.line) == (None, None)
    assert found.errors == ("network/network.c:4: undefined reference to `g'",)


def test_full_disk() -> None:
    found = error("Fatal error: can't close network.o: No space left on device")
    assert not isinstance(found, CompileError)
    assert "TINYLAB_CACHE_DIR" in found.remedy


def test_missing_c_library() -> None:
    found = error(
        "arm-none-eabi-gcc: fatal error: cannot read spec file 'nano.specs': "
        "No such file or directory"
    )
    assert isinstance(found, NoCompiler)
    assert "apt-get install" in found.remedy


def test_anything_else_is_shown_as_it_is() -> None:
    found = error("UnknownPlatform: Unknown development platform 'tinylab'")
    assert "UnknownPlatform" in found.details
