"""`tinylab firmware`: words in, output, files and exit codes out."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fakes.own_firmware import FAULTING, WORK, own_elf
from tests.virtual.firmware.test_mlperf_runner import DUT, dut
from tests.virtual.sessions.test_default_plan import environment
from tinylab.boards.catalog import by_name
from tinylab.cli.main import main
from tinylab.units import plus_minus

WB, F446, H7 = (by_name(f"nucleo_{name}") for name in ("wb55rg", "f446re", "h723zg"))
ON = ("--on", "sim:nucleo_wb55rg")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("images")
    harm = FAULTING.replace("HARM", "REG(0x60000000u) = 1;")
    silent = "void reset(void) { for (;;) {} }"
    made = {
        "work": own_elf(WB, home / "work", WORK),
        "fault": own_elf(WB, home / "fault", harm),
        "silent": own_elf(WB, home / "silent", silent),
        "F446": own_elf(F446, home / "f4", WORK),
        "other core": own_elf(H7, home / "h7", WORK),
        "dut": dut(WB, home / "dut", source=DUT),
    }
    script = (home / "silent" / "link.ld").read_text()
    for name, found, other in (
        ("other flash", "ORIGIN = 0x8000000", "ORIGIN = 0x90000000"),
        ("other RAM", "ORIGIN = 0x20000000", "ORIGIN = 0x24000000"),
    ):
        assert found in script
        folder = home / name
        folder.mkdir()
        (folder / "other.ld").write_text(script.replace(found, other))
        flags = ("-T", str(folder / "other.ld"), "-DVARIABLES")
        made[name] = own_elf_with_script(folder, flags)
    large = (
        "const volatile uint8_t table[0x110000] = {1};void reset(void) { for (;;) (void)*table; }"
    )
    (home / "large").mkdir()
    wider = script.replace("LENGTH = 0x100000", "LENGTH = 0x200000")
    (home / "large" / "big.ld").write_text(wider)
    made["large"] = own_elf_with_script(
        home / "large", ("-T", str(home / "large" / "big.ld")), large
    )
    for name, content in (
        ("empty.elf", b""),
        ("text.elf", b"no image"),
        ("cut.elf", made["work"].read_bytes()[:300]),
        ("bad.hex", b":0011\n"),
        ("noise.bin", b"\xff" * 64),
        ("image.img", b"????"),
        ("intel", Path(sys.executable).resolve().read_bytes()[:4096]),
    ):
        made[name] = home / name
        made[name].write_bytes(content)
    return made


def own_elf_with_script(
    folder: Path,
    flags: tuple[str, ...],
    source: str = "NOINIT volatile uint32_t x; void reset(void) { for (;;) x = 1; }",
) -> Path:
    """An image by another linker script, which stands behind the ordinary one and replaces it."""
    path = own_elf(WB, folder / "build", "void reset(void) { for (;;) {} }")
    program = folder / "build" / "main.c"
    text = program.read_text().replace("void reset(void) { for (;;) {} }", source)
    program.write_text(text)
    command = ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"]
    command += ["-mthumb", "-O1", "-ffreestanding", "-nostdlib", "-DCLOCK=1u", "-DPORT=0x40000000u"]
    command += ["-DCR1=0", "-DBRR=0", "-DSTATUS=0", "-DRECEIVE=0", "-DSEND=0", "-DENABLE=0"]
    command += ["-w", *flags, "-Wl,--no-warn-rwx-segments", str(program), "-o", str(path)]
    subprocess.run(command, check=True)
    return path


def tinylab(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["--headless", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


BAD: dict[str, tuple[str, tuple[str, ...], int, str]] = {
    "another core": ("other core", ON, 2, "-mcpu=cortex-m4"),
    "another instruction set": ("intel", ON, 2, "not for an Arm Cortex-M"),
    "flash elsewhere": ("other flash", ON, 2, "0x90000000, where the NUCLEO-WB55RG has no flash"),
    "RAM elsewhere": ("other RAM", ON, 2, "SRAM1 0x20000000 to 0x2002ffff"),
    "too large": ("large", ON, 4, "bytes missing"),
    "a fault": ("fault", ON, 6, "HardFault occurred in culprit at main.c:4"),
    "silence": ("silent", (*ON, "--time-limit", "0.1"), 6, "printed nothing in"),
    "never called": ("work", (*ON, "--time", "not_called", "--time-limit", "0.3"), 6, "forever"),
    "unknown function": ("work", (*ON, "--time", "wrok"), 2, "Did you mean work"),
    "no symbol like it": ("work", (*ON, "--time", "zzz"), 2, "noinline"),
    "no address": ("work", (*ON, "--time", "0xzz"), 2, "0x08001235"),
    "address without code": ("work", (*ON, "--time", "0x08090001"), 2, "has no code at 0x08090000"),
    "empty": ("empty.elf", ON, 2, "is empty"),
    "no image": ("text.elf", ON, 2, "is not"),
    "cut off": ("cut.elf", ON, 2, "damaged ELF"),
    "bad hex": ("bad.hex", ON, 2, "not a valid Intel HEX"),
    "no vectors": ("noise.bin", ON, 2, "vector table"),
    "unknown kind": ("image.img", ON, 2, "ELF file, an Intel HEX file"),
    "no board": ("work", (), 2, "--on sim:nucleo_wb55rg"),
    "with a clock": ("work", ("--on", "sim:nucleo_wb55rg@64"), 2, "Write --on sim:nucleo_wb55rg"),
    "not attached": ("work", ("--on", "nucleo_wb55rg"), 3, "sim:nucleo_wb55rg"),
    "with a model": ("work", (*ON, "--model", "house_price"), 2, "Remove --model"),
    "two timers": ("work", (*ON, "--time", "work", "--protocol", "mlperf"), 2, "Remove one of"),
    "unknown protocol": ("work", (*ON, "--protocol", "modbus"), 2, "takes mlperf"),
    "calls without time": ("work", (*ON, "--calls", "3"), 2, "Add --time"),
    "input without protocol": ("work", (*ON, "--input", "x"), 2, "Add --protocol"),
    "no input file": ("dut", (*ON, "--protocol", "mlperf", "--input", "/nowhere"), 2, "/nowhere"),
    "nonsense limit": ("work", (*ON, "--time-limit", "-1"), 2, "--time-limit"),
    "trace of silicon": ("work", ("--on", "nucleo_wb55rg", "--trace"), 2, "virtual board"),
    "unknown format": ("work", (*ON, "-o", "x.html"), 2, ".json, .csv or .md"),
    "wrong answers": ("work", (*ON, "--protocol", "mlperf", "--time-limit", "1"), 6, "m-ready"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_names_the_remedy(
    case: str, images: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    image, arguments, wanted, said = BAD[case]
    code, _, told = tinylab(capsys, "--firmware", str(images[image]), *arguments)
    assert code == wanted, told
    assert said in told
    assert "Traceback" not in told


def test_a_missing_file_and_stray_flags(
    images: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, told = tinylab(capsys, "--firmware", "/nowhere.elf", *ON)
    assert code == 2
    assert "/nowhere.elf cannot be read" in told
    assert main(["--headless", *ON, "--time", "f"]) == 2
    assert "--time is an option of `tinylab firmware FILE`" in capsys.readouterr().err
    assert main(["--firmware", str(images["work"]), *ON]) == 2
    assert "Add --headless." in capsys.readouterr().err


def test_output_alone_goes_to_standard_output(
    images: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, told = tinylab(capsys, "--firmware", str(images["work"]), *ON, "--until", "done")
    assert code == 0
    assert out.startswith("work 7")
    assert out.endswith("done\n")
    assert "serial|" not in told


def test_output_before_a_fault_is_not_lost(
    images: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, told = tinylab(capsys, "--firmware", str(images["fault"]), *ON)
    assert code == 6
    assert out == "up\n"
    assert "PRECISERR: an access to an address without memory" in told
    assert "address 0x60000000" in told


def test_a_table_beside_the_serial_output(
    images: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, told = tinylab(capsys, "--firmware", str(images["work"]), *ON, "--time", "tail")
    assert code == 0
    assert "tail: 10 calls" in out
    assert "M4 at 4 MHz" in out
    assert f"SIM, expected error {plus_minus(WB.general_code_error_percent)}" in out
    assert "serial| work 7" in told
    assert "work 7" not in out


def test_every_format_and_file(
    images: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / f"run.{suffix}" for suffix in ("json", "csv", "md")]
    outputs = [word for file in files for word in ("-o", str(file))]
    code, out, _ = tinylab(
        capsys, "--firmware", str(images["work"]), *ON, "--time", "work", "--calls", "3",
        "--format", "json", *outputs,
    )  # fmt: skip
    assert code == 0
    document = json.loads(out)
    assert json.loads(files[0].read_text()) == document
    assert document["schema"] == "tinylab.firmware/1"
    [row] = document["rows"]
    assert (row["board"], row["simulated"], row["expected_error_percent"]) == (
        "nucleo_wb55rg",
        True,
        WB.general_code_error_percent,
    )
    assert row["clock_hz"] == 4_000_000
    assert row["function"]["name"] == "work"
    assert row["calls"] == [75, 705, 705]
    assert row["warmup_calls"] == [705]
    assert row["cycles"] == {"n": 3, "min": 75, "median": 705, "mean": 495, "max": 705}
    assert row["latency_ms"]["median"] == pytest.approx(0.17625)
    assert row["serial_text"].startswith("work 7")
    assert len(row["image"]["sha256"]) == 64
    assert (row["valid"], row["error"], row["fault"]) == (True, None, None)
    lines = list(csv.DictReader(io.StringIO(files[1].read_text())))
    assert [line["cycles"] for line in lines] == ["705", "75", "705", "705"]
    assert [line["kind"] for line in lines] == ["warm-up", "call", "call", "call"]
    assert "| median | 705 | 0.176 ms |" in files[2].read_text()


@pytest.mark.parametrize("name", ["table", "markdown", "csv", "json"])
def test_mlperf_in_every_format(
    name: str, images: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, told = tinylab(
        capsys, "--firmware", str(images["dut"]), *ON, "--protocol", "mlperf", "--format", name
    )
    assert code == 0
    assert "serial| m-init-done" in told
    if name == "json":
        record = json.loads(out)["rows"][0]["mlperf"]
        assert len(record["windows"]) == 5
        assert record["median_inferences_per_second"] > 100
        assert record["input_bytes"] == 490
    elif name == "csv":
        lines = list(csv.DictReader(io.StringIO(out)))
        assert [line["number"] for line in lines] == ["1", "2", "3", "4", "5"]
        assert all(float(line["inferences_per_second"]) > 100 for line in lines)
    else:
        assert "median" in out
        assert "not an official MLPerf result" in out
        assert "490 bytes, zeros" in out


def test_several_boards_each_in_turn(
    images: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """The WB55 starts the F446's image as well, but has its serial port elsewhere."""
    code, out, told = tinylab(
        capsys, "--firmware", str(images["F446"]), "--on", "sim:nucleo_f446re", *ON,
        "--time", "hidden", "--format", "json", "--time-limit", "0.3",
    )  # fmt: skip
    first, second = json.loads(out)["rows"]
    assert code == 6
    assert (first["board"], first["valid"]) == ("nucleo_f446re", True)
    assert (second["board"], second["valid"]) == ("nucleo_wb55rg", False)
    assert "hidden was not called" in second["error"]["message"]
    assert "--trace" in told


def test_trace_lists_registers_that_are_not_emulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = 'void reset(void) { serial_start(); REG(0x5FFF0000u) = 4u; print("up"); for (;;) {} }'
    path = own_elf(WB, tmp_path, source)
    code, out, _ = tinylab(capsys, "--firmware", str(path), *ON, "--trace")
    assert code == 0
    assert "0x5fff0000" in out
    assert "reset at main.c:1" in out


def test_control_characters_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = 'void reset(void) { serial_start(); print("a\\033[2Jb\\r\\n"); for (;;) {} }'
    code, out, _ = tinylab(capsys, "--firmware", str(own_elf(WB, tmp_path, source)), *ON)
    assert code == 0
    assert out == "a\\x1b[2Jb\n"


def test_ctrl_c_ends_cleanly_and_keeps_the_output(images: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "run.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "tinylab", "--headless", "--firmware", str(images["work"]), *ON,
         "--time", "not_called", "--time-limit", "3600", "-o", str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(tmp_path),
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if "done" in line:
            break
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in told
    [row] = json.loads(out.read_text())["rows"]
    assert "done" in row["serial_text"]
    assert row["error"]["exit_code"] == 130
