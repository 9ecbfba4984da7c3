"""Compiles the flash algorithms' C sources into their data files.

Run `python -m tinylab.probe.flash_algorithms.compile` after changing a source.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from elftools.elf.elffile import ELFFile

from tinylab.probe.flash_algorithms import HERE, FlashAlgorithm

COMPILER = "arm-none-eabi-gcc"
FLAGS = (
    "-mcpu=cortex-m4",
    "-mthumb",
    "-std=c11",
    "-Os",
    "-ffreestanding",
    "-fno-common",
    "-fno-jump-tables",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-nostdlib",
    "-Wl,-Ttext=0",
    "-Wl,--build-id=none",
    "-Wl,--entry=Init",
)
FUNCTIONS = ("Init", "UnInit", "EraseChip", "EraseSector", "ProgramPage")
HEX_COLUMNS = 64


def compile_algorithm(source: Path) -> FlashAlgorithm:
    """Compile `source`. Raises CalledProcessError when it does not compile."""
    version = subprocess.run(
        [COMPILER, "-dumpfullversion"], check=True, capture_output=True, text=True
    ).stdout.strip()
    with tempfile.TemporaryDirectory() as folder:
        linked = Path(folder) / "algorithm.elf"
        subprocess.run([COMPILER, *FLAGS, str(source), "-o", str(linked)], check=True)
        with linked.open("rb") as stream:
            elf = ELFFile(stream)
            code = elf.get_section_by_name(".text").data()
            symbols = elf.get_section_by_name(".symtab")
            entries = {
                name: symbols.get_symbol_by_name(name)[0]["st_value"] & ~1 for name in FUNCTIONS
            }
    padded = code + bytes(-len(code) % 4)
    return FlashAlgorithm(padded, entries, f"{COMPILER} {version}")


def render(algorithm: FlashAlgorithm, source: str) -> str:
    """The data file of `algorithm`, as text."""
    text = algorithm.code.hex()
    lines = [text[at : at + HEX_COLUMNS] for at in range(0, len(text), HEX_COLUMNS)]
    entries = "\n".join(f"{name} = {offset:#x}" for name, offset in algorithm.entries.items())
    code = "\n".join(lines)
    return f'''# Made from {source} by `python -m tinylab.probe.flash_algorithms.compile`.
compiler = "{algorithm.compiler}"
code = """
{code}
"""

[entries]
{entries}
'''


def main() -> None:
    """Compile every algorithm of this folder."""
    for source in sorted(HERE.glob("*.c")):
        algorithm = compile_algorithm(source)
        source.with_suffix(".toml").write_text(render(algorithm, source.name), encoding="utf-8")


if __name__ == "__main__":
    main()
