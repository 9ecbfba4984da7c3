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
VFP_ARGS = b"\x1c"
"""Tag_ABI_VFP_args."""
IAR = b"\x0f\0\0\0iar\0\2\2\4\1\x08\2\x0a"
"""A subsection of 15 bytes whose contents only its vendor can read."""
HERE = Path(__file__).parent
INNER = "inner"
"""The name of the layers in the library."""


OBSERVER = HERE / "observer"
"""What lets the nodes of a library be observed."""


def inner(network: Network, observed: bool = False) -> dict[str, bytes]:
    """The layers' code in C, and its headers, without the weights."""
    files = dict(generate(network, name=INNER, observed=observed).files)
    code = files[f"{INNER}.c"].replace(b"tinylab_observer.h", b"standin_observer.h")
    return files | {f"{INNER}.c": code.replace(b"tl_observe(", b"standin_observe(")}


def weights(network: Network) -> bytes:
    return inner(network)[f"{INNER}_weights.bin"]


def headers(network: Network, observed: bool = False) -> dict[str, bytes]:
    """The library's headers, in the folder of `ai_platform.h`."""
    kernels = {path.name: path.read_bytes() for path in KERNELS.rglob("*.h")}
    own = {name: data for name, data in inner(network).items() if name.startswith(INNER)}
    folders = (HERE, OBSERVER) if observed else (HERE,)
    mine = {path.name: path.read_bytes() for folder in folders for path in folder.glob("*.h")}
    return kernels | mine | {name: data for name, data in own.items() if name.endswith(".h")}


def archive(
    network: Network, core: str, abi: str, old: bool = False, observed: bool = False
) -> bytes:
    """A static library for a core and a float ABI: hard, softfp or soft.

    One that is `old` has what only those of X-CUBE-AI 5.0 have: memory from a heap, and attributes
    of a second vendor. The nodes of one that is `observed` can be.
    """
    key = inner(network, observed)[f"{INNER}.c"], core, abi, old
    if key not in _made:
        with tempfile.TemporaryDirectory() as work:
            _made[key] = _build(network, core, abi, Path(work), old, observed)
    return _made[key]


_made: dict[tuple[bytes, str, str, bool], bytes] = {}


def _build(network: Network, core: str, abi: str, work: Path, old: bool, observed: bool) -> bytes:
    for name, data in headers(network, observed).items():
        (work / name).write_bytes(data)
    (work / "inner.c").write_bytes(inner(network, observed)[f"{INNER}.c"])
    (work / "standin_runtime.c").write_bytes((HERE / "standin_runtime.c").read_bytes())
    sources = ["inner.c", "standin_runtime.c", *map(str, _kernels())]
    if observed:
        sources.append(str(OBSERVER / "standin_observer.c"))
    options = ["-mthumb", *CORES[core], f"-mfloat-abi={abi}", "-O2", "-std=c11", "-I."]
    options += ["-ffp-contract=fast", f"-DSTANDIN_CORE_{core}"]
    if old:
        options.append("-DSTANDIN_HEAP")
    if abi == "soft":
        options.remove(CORES[core][1])
    subprocess.run(["arm-none-eabi-gcc", *options, "-c", *sources], cwd=work, check=True)
    objects = sorted(path.name for path in work.glob("*.o"))
    if old:
        _add_vendor(work, objects)
    subprocess.run(["arm-none-eabi-ar", "rcs", "made.a", *objects], cwd=work, check=True)
    return (work / "made.a").read_bytes()


def _add_vendor(work: Path, objects: list[str]) -> None:
    """Put a subsection `iar` behind that of `aeabi`, and say that no function takes floats."""
    for name in objects:
        dump = ["arm-none-eabi-objcopy", "--dump-section", ".ARM.attributes=attributes", name]
        subprocess.run(dump, cwd=work, check=True)
        found = (work / "attributes").read_bytes().replace(VFP_ARGS + b"\1", VFP_ARGS + b"\3")
        (work / "attributes").write_bytes(found + IAR)
        update = ["arm-none-eabi-objcopy", "--update-section", ".ARM.attributes=attributes", name]
        subprocess.run(update, cwd=work, check=True)


@cache
def _kernels() -> tuple[Path, ...]:
    return tuple(
        sorted(one for one in KERNELS.rglob("*.c") if not one.parent.name.startswith("cortex_"))
    )
