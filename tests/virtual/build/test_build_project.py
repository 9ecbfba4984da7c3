"""Real builds of a small firmware with the real PlatformIO project, platform and compiler."""

from __future__ import annotations

import os
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from tests.fakes import networks
from tinylab import paths
from tinylab.boards import catalog
from tinylab.build import project
from tinylab.build.image import BuildProgress, Image
from tinylab.codegen.generate import generate
from tinylab.errors import BuildError, CompileError, DoesNotFit, Interrupted, NoCompiler
from tinylab.stream import frames

FIRMWARE = Path(__file__).resolve().parents[2] / "fakes" / "firmware"
WB55 = catalog.by_name("nucleo_wb55rg")
H723 = catalog.by_name("nucleo_h723zg")

NETWORK_DATA = b"""
__asm__(".section .weights,\\"a\\",%progbits\\n"
        ".global network_weights\\n"
        "network_weights: .incbin \\"network_weights.bin\\"\\n"
        ".previous\\n");
"""

started: list[str] = []
sys.addaudithook(
    lambda event, arguments: (
        started.append(str(arguments[0])) if event == "subprocess.Popen" else None
    )
)


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    return small_project(tmp_path / "projects")


def small_project(root: Path) -> Path:
    """The shipped platform and project, with the small firmware in place of the real one."""
    shipped = paths.platformio_projects()
    shutil.copytree(shipped / "platform", root / "platform")
    shutil.copytree(shipped / "bench" / "scripts", root / "bench" / "scripts")
    shutil.copy(shipped / "bench" / "platformio.ini", root / "bench")
    shutil.copytree(FIRMWARE, root / "bench", dirs_exist_ok=True)
    return root


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "a cache"
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(folder))
    return folder


def network(weights: list[float], activations: int = 256, **more: bytes) -> dict[str, bytes]:
    """Generated files of a network: its weights, and how many floats of activations it has."""
    header = f"#define NETWORK_WEIGHTS {len(weights)}\n#define NETWORK_ACTIVATIONS {activations}\n"
    return {
        "network.h": header.encode(),
        "network_data.c": NETWORK_DATA,
        "network_weights.bin": struct.pack(f"<{len(weights)}f", *weights),
    } | {name.replace("__", "."): data for name, data in more.items()}


ONES = network([1.0] * 64)
TWOS = network([2.0] * 64)


def flash_bytes(image: Image, symbol: str, count: int) -> bytes:
    address = image.symbols[symbol]
    for segment in image.segments:
        if segment.address <= address < segment.address + len(segment.data):
            return segment.data[address - segment.address :][:count]
    return b""


def snapshot(root: Path) -> Mapping[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def processes_in(folder: Path) -> list[str]:
    """Processes whose working folder is below `folder`."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            where = os.readlink(link)
        except OSError:
            continue
        if where.startswith(str(folder)):
            found.append(where)
    return found


def test_image_holds_weights_build_id_and_vector_table(projects: Path) -> None:
    image = project.build(WB55, ONES, projects=projects)

    assert flash_bytes(image, "network_weights", 256) == ONES["network_weights.bin"]
    assert flash_bytes(image, "tl_build_id", 16) == image.build_id
    stack, reset = struct.unpack("<2I", image.segments[0].data[:8])
    assert image.segments[0].address == WB55.flash.base
    assert stack == WB55.ram[0].base + WB55.ram[0].size
    assert reset == image.symbols["Reset_Handler"]
    assert not image.cached
    assert image.flags == "-O3 -ffp-contract=off"
    assert image.toolchain.startswith("arm-none-eabi-gcc ")


@pytest.mark.parametrize("name", ["nucleo_f401re", "nucleo_f446re", "nucleo_u575zi_q"])
def test_the_firmware_builds_without_a_warning(name: str) -> None:
    """The real firmware: warnings are errors there."""
    board = catalog.by_name(name)
    mailbox = {"tinylab_mailbox.h": frames.c_header().encode()}
    image = project.build(board, dict(generate(networks.house_price()).files) | mailbox)
    stack, reset = struct.unpack("<2I", image.segments[0].data[:8])
    assert image.segments[0].address == board.flash.base
    assert stack == board.ram[0].base + board.ram[0].size
    assert reset == image.symbols["Reset_Handler"]


def test_flash_and_ram_agree_with_binutils(projects: Path, tmp_path: Path) -> None:
    image = project.build(WB55, ONES, projects=projects)

    binary = tmp_path / "firmware.bin"
    subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", image.elf, binary], check=True)
    assert b"".join(segment.data for segment in image.segments) == binary.read_bytes()
    assert image.flash_bytes == binary.stat().st_size

    sizes = subprocess.run(
        ["arm-none-eabi-size", image.elf], capture_output=True, text=True, check=True
    )
    _, data, bss = (int(word) for word in sizes.stdout.splitlines()[1].split()[:3])
    assert image.ram_bytes == data + bss


def test_same_build_again_starts_no_process(projects: Path) -> None:
    first = project.build(WB55, ONES, projects=projects)
    started.clear()
    second = project.build(WB55, ONES, projects=projects)

    assert started == []
    assert second.cached
    assert (second.sha256, second.build_id) == (first.sha256, first.build_id)


def test_new_weights_give_a_new_image_and_compile_nothing_else(projects: Path) -> None:
    project.build(WB55, ONES, projects=projects)
    said: list[BuildProgress] = []
    image = project.build(WB55, TWOS, projects=projects, progress=said.append)

    assert flash_bytes(image, "network_weights", 256) == TWOS["network_weights.bin"]
    compiled = {step.line for step in said if step.line.startswith("Compiling")}
    assert compiled == {"Compiling network/network_data.o", "Compiling network/tinylab_build.o"}


def test_progress_counts_up_to_the_total(projects: Path) -> None:
    said: list[BuildProgress] = []
    project.build(WB55, ONES, projects=projects, progress=said.append)

    counts = [step.done for step in said]
    assert counts == sorted(counts)
    # Four C files, the build id, and the image.
    assert (said[-1].done, said[-1].total) == (6, 6)


def test_every_line_of_the_build_is_told_as_it_was_printed(projects: Path) -> None:
    said: list[BuildProgress] = []
    project.build(WB55, ONES, projects=projects, progress=said.append)

    printed = [step.output for step in said if step.output]
    assert any(line.startswith("Processing nucleo_wb55rg") for line in printed)
    assert sum(line.startswith("Compiling .pio/build/") for line in printed) == 5
    assert any("SUCCESS" in line for line in printed)
    assert not any("@progress" in line for line in printed)
    [step] = [step for step in said if step.output.endswith("network/network_data.o")]
    assert step.line == "Compiling network/network_data.o"


def test_image_does_not_depend_on_where_the_cache_is(
    projects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = project.build(WB55, ONES, projects=projects)
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PLATFORMIO_BUILD_FLAGS", "-O0 -DSTRAY")
    there = project.build(WB55, ONES, projects=projects)

    assert not there.cached
    assert there.sha256 == here.sha256


@pytest.mark.parametrize("damage", [b"", b"\x7fELF rubbish"])
def test_damaged_cached_image_is_built_again(projects: Path, damage: bytes) -> None:
    first = project.build(WB55, ONES, projects=projects)
    first.elf.write_bytes(damage)
    second = project.build(WB55, ONES, projects=projects)

    assert not second.cached
    assert second.sha256 == first.sha256


def test_large_activations_go_into_the_next_ram(projects: Path) -> None:
    small = project.build(H723, network([1.0], 1024), projects=projects)
    large = project.build(H723, network([1.0], 50_000), projects=projects)

    dtcm, axi = H723.ram
    assert dtcm.base <= small.symbols["activations"] < dtcm.base + dtcm.size
    assert axi.base <= large.symbols["activations"] < axi.base + axi.size


@pytest.mark.parametrize(
    ("sources", "what"),
    [
        (network([1.0] * 300_000), "bytes of flash"),
        (network([1.0], 100_000), "bytes of RAM"),
    ],
)
def test_overflow_names_the_memory(projects: Path, sources: dict[str, bytes], what: str) -> None:
    with pytest.raises(DoesNotFit, match=rf"does not fit the NUCLEO-WB55RG: [\d,]+ {what}"):
        project.build(WB55, sources, projects=projects)


def test_two_boards_at_once(projects: Path) -> None:
    with ThreadPoolExecutor() as pool:
        images = list(
            pool.map(lambda board: project.build(board, ONES, projects=projects), [WB55, H723])
        )
    assert [image.cached for image in images] == [False, False]
    assert images[0].sha256 != images[1].sha256


def test_same_image_asked_for_twice_at_once_is_built_once(projects: Path) -> None:
    with ThreadPoolExecutor() as pool:
        images = list(pool.map(lambda _: project.build(WB55, ONES, projects=projects), range(3)))
    assert sorted(image.cached for image in images) == [False, True, True]
    assert len({image.sha256 for image in images}) == 1


def test_project_folder_is_never_written(projects: Path) -> None:
    before = snapshot(projects)
    for path in [*projects.rglob("*"), projects]:
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        project.build(WB55, ONES, projects=projects)
    finally:
        for path in [projects, *projects.rglob("*")]:
            path.chmod(path.stat().st_mode | 0o200)
    assert snapshot(projects) == before


def test_compiler_error_comes_first_in_its_own_words(projects: Path) -> None:
    broken = network([1.0], network__c=b"int f(void);\nint f(void)\n{\n    return nothing;\n}\n")
    with pytest.raises(CompileError) as caught:
        project.build(WB55, broken, projects=projects)

    where = "network/network.c:4:12: error: 'nothing' undeclared"
    assert caught.value.details.startswith(where)
    assert "network/network.c:4" in caught.value.message
    # and a good network still builds in the same workspace
    assert project.build(WB55, ONES, projects=projects).flash_bytes > 0


def test_undefined_function_is_named(projects: Path) -> None:
    kernel = projects / "bench" / "lib" / "kernels" / "f32" / "dot.c"
    kernel.write_text(kernel.read_text().replace("expf(", "unknown("))
    header = kernel.with_name("kernel.h")
    header.write_text(header.read_text() + "float unknown(float x);\n")
    with pytest.raises(CompileError, match=r"dot\.c:11:.*undefined reference to `unknown'"):
        project.build(WB55, ONES, projects=projects)


def test_warning_is_an_error(projects: Path) -> None:
    careless = network([1.0], network__c=b"static int unused;\n")
    with pytest.raises(CompileError, match="unused"):
        project.build(WB55, careless, projects=projects)


def test_no_compiler_is_said_before_anything_starts(
    projects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    started.clear()
    with pytest.raises(NoCompiler) as caught:
        project.build(WB55, ONES, projects=projects)

    assert "apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi" in caught.value.remedy
    assert started == []


def test_named_toolchain_comes_before_path(
    projects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = shutil.which("arm-none-eabi-gcc")
    assert compiler is not None
    (tmp_path / "bin").symlink_to(Path(compiler).parent)
    monkeypatch.setenv("TINYLAB_ARM_TOOLCHAIN", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")

    assert project.build(WB55, ONES, projects=projects).flash_bytes > 0


def test_cache_that_cannot_be_written(
    projects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(BuildError) as caught:
        project.build(WB55, ONES, projects=projects)
    assert "TINYLAB_CACHE_DIR" in caught.value.remedy


def test_cancelled_build_leaves_no_process(projects: Path, cache: Path) -> None:
    stop = Event()
    with pytest.raises(Interrupted):
        project.build(
            WB55,
            ONES,
            projects=projects,
            progress=lambda step: stop.set() if step.total else None,
            cancelled=stop.is_set,
        )
    assert processes_in(cache) == []
    assert not project.build(WB55, ONES, projects=projects).cached


def test_build_after_a_killed_one(projects: Path, cache: Path) -> None:
    """PlatformIO survives a killed tinylab: the next build waits for it, and is right."""
    expected = project.build(WB55, ONES, projects=projects)
    shutil.rmtree(expected.elf.parents[1])
    program = (
        "import pathlib, sys\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "import test_build_project as t\n"
        "t.project.build(t.WB55, t.TWOS, projects=pathlib.Path(sys.argv[1]),"
        " progress=lambda step: print(step, flush=True))\n"
    )
    arguments = [sys.executable, "-c", program, str(projects), str(Path(__file__).parent)]
    environment = os.environ | {"PYTHONPATH": str(paths.PACKAGE.parent)}
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, env=environment) as victim:
        assert victim.stdout is not None
        assert any(b"Compiling" in line for line in victim.stdout)
        victim.send_signal(signal.SIGKILL)

    again = project.build(WB55, ONES, projects=projects)
    assert again.sha256 == expected.sha256
    assert processes_in(cache) == []
