"""A stand-in for ST's network runtime and for the code that ST's tool generates with it.

Both are tinylab's own: its kernels as a static library, and its generated code, which has
Cube.AI's interface. So a network gives the right outputs, and nothing of ST's is needed.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tinylab import paths
from tinylab.codegen.generate import generate
from tinylab.zoo.network import Network

COMPILER = "arm-none-eabi-gcc"
CORES = {
    "CM4": ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16"),
    "CM7": ("-mcpu=cortex-m7", "-mfpu=fpv5-d16"),
}
WORDS_A_LINE = 12


def install_library(root: Path, version: str) -> None:
    """`Middlewares/ST/AI` of an installation in `root`, with a runtime called by `version`."""
    kernels = paths.platformio_projects() / "bench" / "lib" / "kernels"
    middlewares = root / "Middlewares" / "ST" / "AI"
    (middlewares / "Inc").mkdir(parents=True, exist_ok=True)
    for header in kernels.glob("*.h"):
        (middlewares / "Inc" / header.name).write_bytes(header.read_bytes())
    for core, flags in CORES.items():
        folder = middlewares / "Lib" / "GCC" / f"ARMCortex{core[1:]}"
        folder.mkdir(parents=True, exist_ok=True)
        for source in kernels.glob("*.c"):
            compiled = ("-mthumb", "-mfloat-abi=hard", "-O2", "-std=c11", *flags, "-c", str(source))
            subprocess.run([COMPILER, *compiled], cwd=folder, check=True)
        objects = sorted(path.name for path in folder.glob("*.o"))
        name = f"NetworkRuntime{version}_{core}_GCC.a"
        archiver = COMPILER.replace("gcc", "ar")
        subprocess.run([archiver, "rcs", name, *objects], cwd=folder, check=True)
        for made in objects:
            (folder / made).unlink()


def generated_files(network: Network, macc: int, version: str) -> dict[str, str]:
    """What the tool of `version` writes, by name: the weights are in C, as ST's tool has them."""
    files = dict(generate(network, macc=macc).files)
    weights = files.pop("network_weights.bin")
    del files["tl_names.h"]
    text = {name: data.decode() for name, data in files.items()}
    for part, number in zip(("MAJOR", "MINOR", "MICRO"), version.split("."), strict=True):
        macro = f"#define AI_TOOLS_VERSION_{part}"
        text["network_config.h"] = re.sub(
            rf"{macro} .*", f"{macro} {number}", text["network_config.h"]
        )
    return text | {"network_data.c": _weights(weights)}


def _weights(data: bytes) -> str:
    words = [f"0x{int.from_bytes(data[i : i + 4], 'little'):08x}u" for i in range(0, len(data), 4)]
    rows = [words[i : i + WORDS_A_LINE] for i in range(0, len(words), WORDS_A_LINE)]
    listed = ",\n  ".join(", ".join(row) for row in rows)
    return (
        '#include "network_data.h"\n\n'
        f"__attribute__((aligned(32))) static const ai_u32 weights[] = {{\n  {listed}\n}};\n\n"
        "ai_handle ai_network_data_weights_get(void) { return (ai_handle)(ai_uptr)weights; }\n"
    )
