"""The stand-in for `NetworkRuntime600_CM4_GCC.a`: tinylab's layers and kernels, archived."""

from __future__ import annotations

import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tests.fakes.compiled import KERNELS
from tinylab.codegen.generate import generate
from tinylab.zoo.network import Network

CORES = {
    "M4": ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16"),
    "M7": ("-mcpu=cortex-m7", "-mfpu=fpv5-d16"),
    "M33": ("-mcpu=cortex-m33", "-mfpu=fpv5-sp-d16"),
}
HERE = Path(__file__).parent
INNER = "inner"
"""The name of the layers in the library."""


def inner(network: Network) -> dict[str, bytes]:
    """The layers' code in C, and its headers, without the weights."""
    return dict(generate(network, name=INNER).files)


def weights(network: Network) -> bytes:
    return inner(network)[f"{INNER}_weights.bin"]


def headers(network: Network) -> dict[str, bytes]:
    """The library's headers, in the folder of `ai_platform.h`."""
    kernels = {path.name: path.read_bytes() for path in KERNELS.glob("*.h")}
    own = {name: data for name, data in inner(network).items() if name.startswith(INNER)}
    mine = {path.name: path.read_bytes() for path in HERE.glob("*.h")}
    return kernels | mine | {name: data for name, data in own.items() if name.endswith(".h")}


def archive(network: Network, core: str, abi: str) -> bytes:
    """A static library for a core and a float ABI: hard, softfp or soft."""
    key = inner(network)[f"{INNER}.c"], core, abi
    if key not in _made:
        with tempfile.TemporaryDirectory() as work:
            _made[key] = _build(network, core, abi, Path(work))
    return _made[key]


_made: dict[tuple[bytes, str, str], bytes] = {}


def _build(network: Network, core: str, abi: str, work: Path) -> bytes:
    for name, data in headers(network).items():
        (work / name).write_bytes(data)
    (work / "inner.c").write_bytes(inner(network)[f"{INNER}.c"])
    (work / "standin_runtime.c").write_bytes((HERE / "standin_runtime.c").read_bytes())
    sources = ["inner.c", "standin_runtime.c", *map(str, _kernels())]
    options = ["-mthumb", *CORES[core], f"-mfloat-abi={abi}", "-O2", "-std=c11", "-I."]
    options += ["-ffp-contract=fast", f"-DSTANDIN_CORE_{core}"]
    if abi == "soft":
        options.remove(CORES[core][1])
    subprocess.run(["arm-none-eabi-gcc", *options, "-c", *sources], cwd=work, check=True)
    objects = sorted(path.name for path in work.glob("*.o"))
    subprocess.run(["arm-none-eabi-ar", "rcs", "made.a", *objects], cwd=work, check=True)
    return (work / "made.a").read_bytes()


@cache
def _kernels() -> tuple[Path, ...]:
    return tuple(sorted(KERNELS.glob("*.c")))
