"""The environments for PlatformIO's ststm32: the same sources and flags give the same image.

ststm32 itself comes from a registry; here a stand-in of its name does what its builder is known to
do for a project without a framework, but for the C++ library, which not every Arm compiler has. The
real one has not been tried.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.fakes import networks
from tinylab import paths
from tinylab.boards import catalog
from tinylab.build import elf, platformio_core, project
from tinylab.build.toolchain import find_compiler
from tinylab.codegen.generate import generate
from tinylab.stream import frames

BUILDER = """\
from SCons.Script import Default, DefaultEnvironment
env = DefaultEnvironment()
cpu = env.BoardConfig().get("build.cpu")
env.Replace(
    AR="arm-none-eabi-ar", AS="arm-none-eabi-as", CC="arm-none-eabi-gcc",
    CXX="arm-none-eabi-g++", RANLIB="arm-none-eabi-ranlib",
    PROGNAME="firmware", PROGSUFFIX=".elf",
)
env.Append(
    ASFLAGS=["-x", "assembler-with-cpp", f"-mcpu={cpu}"],
    CCFLAGS=["-Os", "-ffunction-sections", "-fdata-sections", "-Wall", "-mthumb", "-nostdlib",
             f"-mcpu={cpu}"],
    LINKFLAGS=["-Os", "-Wl,--gc-sections,--relax", "-mthumb", f"-mcpu={cpu}"],
    LIBS=["c", "gcc", "m"],
)
Default(env.BuildProgram())
"""
PLATFORM = """\
from platformio.platform.base import PlatformBase
class Ststm32Platform(PlatformBase):
    def is_embedded(self):
        return True
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def package(folder: Path, kind: str, name: str, version: str) -> None:
    """What PlatformIO takes for an installed package of its registry."""
    folder.mkdir(parents=True)
    manifest = {"name": name, "version": version, "title": name, "description": name}
    file = "platform.json" if kind == "platform" else "package.json"
    more = (
        {"packages": {"toolchain-gccarmnoneeabi": {"type": "toolchain", "owner": "platformio",
         "version": "~1.70201.0"}}} if kind == "platform" else {}
    )  # fmt: skip
    (folder / file).write_text(json.dumps(manifest | more))
    spec = {"owner": "platformio", "id": 1, "name": name, "requirements": None, "uri": None}
    metadata = {"type": kind, "name": name, "version": version, "spec": spec}
    (folder / ".piopm").write_text(json.dumps(metadata))


def install(home: Path) -> None:
    """The stand-ins for ststm32 and its compiler, which is this machine's."""
    package(home / "platforms" / "ststm32", "platform", "ststm32", "19.0.0")
    (home / "platforms" / "ststm32" / "platform.py").write_text(PLATFORM)
    (home / "platforms" / "ststm32" / "builder").mkdir()
    (home / "platforms" / "ststm32" / "builder" / "main.py").write_text(BUILDER)
    toolchain = home / "packages" / "toolchain-gccarmnoneeabi"
    package(toolchain, "tool", "toolchain-gccarmnoneeabi", "1.120301.0")
    (toolchain / "bin").mkdir()
    for path in find_compiler(home).path.resolve().parent.glob("arm-none-eabi-*"):
        (toolchain / "bin" / path.name).symlink_to(path)


def pio(project_folder: Path, home: Path, *arguments: str) -> str:
    """Runs the real PlatformIO as its user would, without a network."""
    settings = {
        "PLATFORMIO_CORE_DIR": str(home),
        "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no",
        "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true",
        "PLATFORMIO_NO_ANSI": "true",
    }
    done = subprocess.run(
        [sys.executable, "-m", "platformio", *arguments],
        cwd=project_folder,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def written(folder: Path, board: str) -> Path:
    """The project as a build of tinylab leaves it in its cache; its bench folder."""
    files = dict(generate(networks.house_price()).files)
    files["tinylab_mailbox.h"] = frames.c_header().encode()
    made = project.project_files(catalog.by_name(board), files, paths.platformio_projects())
    made["bench/network/tinylab_build.c"] = project.build_id_source(bytes(16))
    for name, data in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder / "bench"


def options(bench: Path, home: Path) -> Mapping[str, Mapping[str, object]]:
    sections = json.loads(pio(bench, home, "project", "config", "--json-output"))
    return {name: dict(entries) for name, entries in sections}


@pytest.mark.parametrize("board", [board.name for board in catalog.all_boards()])
def test_every_board_has_an_environment_with_the_same_options(tmp_path: Path, board: str) -> None:
    found = options(written(tmp_path, board), platformio_core.provide_core())
    common, own, official = (
        found["env"], found[f"env:{board}"], found[f"env:st_{board}"] | found["official"],
    )  # fmt: skip
    differs = {name for name in own | official if own.get(name) != official.get(name)}
    assert differs == {"platform", "platform_packages", "build_unflags", "extends"} & differs
    assert str(official["platform"]).startswith("platformio/ststm32")
    assert {"build_flags", "extra_scripts", "board_build.ldscript"} <= common.keys() | own.keys()
    assert "framework" not in official


@pytest.mark.parametrize("board", ["nucleo_wb55rg", "nucleo_h723zg"])
def test_both_platforms_make_the_same_image(tmp_path: Path, board: str) -> None:
    home = platformio_core.provide_core()
    install(home)
    bench = written(tmp_path / "project", board)
    images = {}
    for environment in (board, f"st_{board}"):
        pio(bench, home, "run", "-e", environment)
        built = bench / ".pio" / "build" / environment / "firmware.elf"
        images[environment] = elf.parse(built.read_bytes())
    own, official = images[board], images[f"st_{board}"]
    assert official.segments == own.segments
    assert official.ram_bytes == own.ram_bytes
