"""The wheel carries all that tinylab needs outside the checkout."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.guard import NO_USB

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
            "--wheel-dir", str(out), str(ROOT),
        ],
        check=True,
    )  # fmt: skip
    [file] = out.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel; its dependencies are this environment's."""
    folder = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel], check=True
    )
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def run(installed: Path, where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TINYLAB_", "PYTHON", "XDG_"))
    }
    return subprocess.run(
        [installed / "bin" / "tinylab", *arguments],
        cwd=where,
        env=kept | {"HOME": str(where), "PYTHONPATH": str(NO_USB)},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_models_and_firmware_travel(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "tinylab/_shipped/models/house_price/model.keras",
        "tinylab/_shipped/models/image_classification/golden.npz",
        "tinylab/_shipped/platformio_projects/bench/src/main.c",
        "tinylab/_shipped/platformio_projects/platform/platform.py",
        "tinylab/boards/data/nucleo_wb55rg.toml",
    ):
        assert wanted in names
    assert not [name for name in names if "/.pio/" in name or name.endswith(".pyc")]


def test_the_installed_command_measures_outside_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    imported = subprocess.run(
        [installed / "bin" / "python", "-c", "import tinylab; print(tinylab.__file__)"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert str(installed) in imported
    done = run(
        installed, tmp_path, "--headless", "--model", "house_price",
        "--on", "sim:nucleo_wb55rg@64", "--format", "json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    [row] = json.loads(done.stdout)["rows"]
    assert row["valid"] is True
