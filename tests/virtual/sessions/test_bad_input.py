"""What a user gets wrong on the first day: exit code, message, remedy, and nothing lost."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.virtual.sessions.test_default_plan import environment

RUN = ("--headless", "--on", "sim:nucleo_wb55rg@64")


def tinylab(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tinylab", *arguments],
        capture_output=True,
        text=True,
        env=environment(home) | environ,
        stdin=subprocess.DEVNULL,
        timeout=300,
        cwd=home,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


CASES = {
    "unknown model": (
        ("--headless", "--model", "huose_price"), 2, "Did you mean house_price?",
    ),
    "unknown board": (
        ("--headless", "--on", "sim:nucleo_wb55"), 2, "Did you mean nucleo_wb55rg",
    ),
    "impossible clock": (
        ("--headless", "--on", "sim:nucleo_wb55rg@65"), 2, "nearest supported frequency is 64 MHz.",
    ),
    "two plans for one station": (
        ("--headless", "--on", "sim:nucleo_wb55rg@48", "--on", "sim:nucleo_wb55rg@64"), 2,
        "--on sim:nucleo_wb55rg@48,64",
    ),
    "no such board attached": (
        ("--headless", "--on", "nucleo_h723zg@550"), 3, "sim:nucleo_h723zg",
    ),
    "unknown link": (
        (*RUN, "--link", "jtag"), 2, "--link takes one of auto, swd, uart, not 'jtag'.",
    ),
    "clock too slow for the serial port": (
        ("--headless", "--on", "sim:nucleo_wb55rg@1", "--link", "uart"), 2,
        "Choose a higher clock, or --link swd.",
    ),
    "does not fit": (
        (*RUN, "--model", "image_classification", "--compression", "none"), 4,
        "bytes missing",
    ),
    "unwritable output": (
        (*RUN, "-o", "nowhere/run.json"), 2, "nowhere",
    ),
    "unknown format": (
        (*RUN, "-o", "run.pdf"), 2, ".json",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_input(home: Path, case: str) -> None:
    arguments, code, said = CASES[case]
    done = tinylab(home, *arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_what_does_not_fit_is_told_before_any_build(home: Path) -> None:
    done = tinylab(home, *RUN, "--model", "image_classification", "--compression", "none")
    assert "flash:" in done.stderr
    assert "It fits with --compression x4." in done.stderr
    assert "build" not in done.stderr.lower().replace("built", "")


@pytest.mark.parametrize(
    "content",
    [b"", b"not a model", random.Random(1).randbytes(4096)],
    ids=["empty", "text", "random"],
)
@pytest.mark.parametrize("suffix", [".keras", ".h5", ".tflite"])
def test_a_broken_model_file_is_one_sentence(home: Path, content: bytes, suffix: str) -> None:
    path = home / f"broken{suffix}"
    path.write_bytes(content)
    done = tinylab(home, *RUN, "--model", str(path))
    assert done.returncode == 2, done.stderr
    assert path.name in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_compiler_the_line_to_install_it_is_printed(home: Path) -> None:
    done = tinylab(home, *RUN, "--model", "house_price", PATH="/nonexistent")
    assert done.returncode == 4, done.stderr
    assert "apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi" in done.stderr


def test_an_output_that_cannot_be_written_is_told_before_measuring(home: Path) -> None:
    done = tinylab(home, *RUN, "--model", "house_price", "-o", "nowhere/run.json")
    assert done.returncode == 2
    assert "measure" not in done.stderr
