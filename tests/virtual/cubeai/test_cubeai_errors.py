"""Whatever is wrong with ST's code or library is told before a compiler is started."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.fakes import networks
from tests.fakes.cubeai import StandIn
from tests.fakes.cubeai.folder import PACK
from tinylab.bench.prepare import st_code
from tinylab.boards import catalog
from tinylab.build.runtime_library import choose
from tinylab.cli.main import main
from tinylab.codegen.cubeai import read_folder
from tinylab.errors import CubeAiError

HOUSE = networks.house_price()
LIB = "Middlewares/ST/AI/Lib"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for kind in ("CACHE", "DATA", "CONFIG"):
        monkeypatch.setenv(f"TINYLAB_{kind}_DIR", str(tmp_path / kind.lower()))
    return tmp_path


CASES = {
    "no library": (
        StandIn(HOUSE, cores=()), "ST's network runtime for X-CUBE-AI 6.0.0 is missing",
        "NetworkRuntime..._CM4_GCC.a",
    ),
    "another core": (
        StandIn(HOUSE, cores=("M7", "M33")), "NetworkRuntime600_CM33_GCC.a is for the Cortex-M33",
        "Use the library for the Cortex-M4",
    ),
    "another core under a wrong name": (
        StandIn(HOUSE, cores=("M7",), library_name="NetworkRuntime{digits}_CM4_GCC.a"),
        "contains code for", "Use the library for the Cortex-M4",
    ),
    "softfp": (
        StandIn(HOUSE, abi="softfp"), "passes floats in integer registers",
        "hard-float ABI",
    ),
    "soft": (
        StandIn(HOUSE, abi="soft"), "passes floats in integer registers",
        "hard-float ABI",
    ),
    "another compiler's": (
        StandIn(HOUSE, library_name="NetworkRuntime{digits}_C{core}_IAR.a"),
        "for other compilers: NetworkRuntime600_CM4_IAR.a", "_GCC.a",
    ),
    "a newer library": (
        StandIn(HOUSE, library=(7, 1, 0)),
        "generated for X-CUBE-AI 6.0.0, and the library NetworkRuntime710_CM4_GCC.a is of 7.1.0",
        "Generate the code again with X-CUBE-AI 7.1.0",
    ),
    "an older library": (
        StandIn(HOUSE, "stai", (11, 0, 0), library=(10, 2, 0)),
        "generated for X-CUBE-AI 11.0.0, and the library NetworkRuntime1020_CM4_GCC.a is of 10.2.0",
        "Generate the code again",
    ),
    "headers of another version": (
        StandIn(HOUSE, headers=(5, 2, 0)), "Inc are of 5.2.0", "copy Inc and Lib of 6.0.0",
    ),
    "a library that does not say its version, headers that do": (
        StandIn(HOUSE, headers=(8, 1, 0), library_name="libNetworkRuntime_C{core}.a"),
        "Inc are of 8.1.0", "Generate the code again",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_fault_has_its_message_and_remedy(
    home: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made, message, remedy = CASES[case]
    folder = made.write(home / "generated")
    code = main(["--headless", "--cubeai-dir", str(folder), "--on", "sim:nucleo_wb55rg@64"])
    said = " ".join(capsys.readouterr().err.split())
    assert code == 4
    assert message in said
    assert remedy in said
    assert not list((home / "cache").glob("platformio*")), "no build was begun"


def test_a_folder_that_is_none_and_one_that_is_not_whole(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ["--headless", "--on", "sim:nucleo_wb55rg@64", "--cubeai-dir"]
    (home / "empty").mkdir()
    assert main([*run, str(home / "empty")]) == 2
    assert "contains no network" in capsys.readouterr().err
    folder = StandIn(HOUSE).write(home / "generated")
    (folder / "X-CUBE-AI/App/network_data.c").unlink()
    assert main([*run, str(folder)]) == 4
    assert "has no network_data.c" in capsys.readouterr().err


def test_garbage_instead_of_a_library(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = StandIn(HOUSE, cores=()).write(home / "generated")
    (folder / LIB).mkdir()
    (folder / LIB / "NetworkRuntime600_CM4_GCC.a").write_bytes(b"!<arch>\nversion https://git-lfs")
    run = ["--headless", "--cubeai-dir", str(folder), "--on", "sim:nucleo_wb55rg@64"]
    assert main(run) == 4
    assert "is not a library that GCC can link" in capsys.readouterr().err


def test_a_file_that_goes_after_the_folder_was_read(home: Path) -> None:
    folder = StandIn(HOUSE).write(home / "generated")
    [network] = read_folder(folder).networks
    (folder / "X-CUBE-AI/App/network_data.c").unlink()
    with pytest.raises(CubeAiError, match=r"network_data\.c cannot be read"):
        st_code.prepare(network, "house price", None, catalog.by_name("nucleo_wb55rg"))


def test_the_boards_own_library_is_picked(home: Path) -> None:
    """From one folder, from one folder for each core, and never the one that can be moved."""
    cores = ("M4", "M7", "M33")
    flat = StandIn(HOUSE, cores=cores).write(home / "flat") / LIB
    deep = StandIn(HOUSE, layout=PACK, cores=cores).write(home / "deep") / LIB
    shutil.copy(flat / "NetworkRuntime600_CM4_GCC.a", flat / "NetworkRuntime600_CM4_GCC_PIC.a")
    (flat / "NetworkRuntime600_CM4_IAR.a").write_bytes(b"not for us")
    for board, core in (
        ("nucleo_wb55rg", "M4"),
        ("stm32f746g_disco", "M7"),
        ("nucleo_u575zi_q", "M33"),
    ):
        for folder in (flat, deep):
            paths = sorted(folder.rglob("*.a"))
            picked = choose(paths, catalog.by_name(board), "X-CUBE-AI 6.0.0")
            assert picked.path.name == f"NetworkRuntime600_C{core}_GCC.a"
