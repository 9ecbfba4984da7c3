"""What the loader says before, and when, the loading process has nothing to say itself."""

from __future__ import annotations

import random
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import h5py
import pytest

from tests.fakes import keras_files
from tests.fakes.pids import lives
from tests.fakes.stations import wait_until
from tinylab.errors import Interrupted, ModelFileError
from tinylab.zoo import catalog, cost, load, model_bytes
from tinylab.zoo.network import Network
from tinylab.zoo.processes import loading_process


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that gets past the first look."""
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "cache"))
    file = tmp_path / "net.keras"
    file.write_bytes(b"PK\x03\x04")
    return file


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("net.onnx", b"x", "net.onnx: is damaged or not a complete .onnx file"),
        ("net", b"\x08\x08\x12\x07pytorch", "net: is not a model file"),
        ("saved_model.pb", b"\x08\x01\x12\x00", "part of a SavedModel, which is not supported"),
        ("net.pt", b"\x80\x02\x8a\nl\xfc", "net.pt: contains a Python pickle"),
        ("net.pth", b"x", "net.pth: is a PyTorch file, which is not supported"),
        ("net.npy", b"\x93NUMPY\x01\x00", "net.npy: is a NumPy array, not a model"),
        ("net.keras", b"\x7fELF\x01", "net.keras: is an ELF image, not a model"),
        ("net.h5.gz", b"\x1f\x8b\x08", "net.h5.gz: is compressed with gzip"),
        ("net", b"x", "net: is not a model file"),
        ("net.keras", b"", "net.keras: the file is empty"),
        ("net.tflite", random.Random(1).randbytes(40), "net.tflite: is not a model file"),
    ],
)
def test_a_file_of_another_kind_is_named(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ModelFileError) as caught:
        load.load(file)
    assert sentence in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        (["net/data.pkl", "net/data/0"], "is a PyTorch file, which is not supported"),
        (["export/saved_model.pb"], "is a zip archive of a SavedModel"),
        (["readme.txt"], "is a zip archive, but not a Keras model"),
        (["config.json"], "is not a complete .keras archive"),
    ],
)
def test_an_archive_of_another_kind_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, members: list[str], sentence: str
) -> None:
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "cache"))
    with zipfile.ZipFile(tmp_path / "net.pt", "w") as archive:
        for name in members:
            archive.writestr(name, "x")
    with pytest.raises(ModelFileError, match=sentence):
        load.load(tmp_path / "net.pt")


NAMES = ["net", "net.bin", "net.HDF5", "net.lite", "net.keras", "net.h5", "net.tflite"]


def test_a_file_is_recognised_under_any_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "cache"))
    model = catalog.model("house_price")
    config = keras_files.sequential(keras_files.dense("one", 2))
    arrays = {"one": [keras_files.numbers(4, 2), keras_files.numbers(2)]}
    hdf5 = keras_files.write_h5(tmp_path / "made.h5", config, arrays)
    for source in (model.keras, model.tflite, hdf5):
        copies = [tmp_path / source.suffix / name for name in NAMES]
        copies[0].parent.mkdir()
        for copy in copies:
            copy.write_bytes(source.read_bytes())
        results = loading_process.load_each(copies, tmp_path / source.suffix, load.never)
        assert not [result for result in results if isinstance(result, ModelFileError)]
        expected = cost.rows(load.load(source))
        assert all(cost.rows(found) == expected for found in load.load_many(copies))


def test_hdf5_after_a_user_block_is_recognised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "cache"))
    arrays = {"one": [keras_files.numbers(4, 2), keras_files.numbers(2)]}
    config = keras_files.sequential(keras_files.dense("one", 2))
    source = keras_files.write_h5(tmp_path / "net.h5", config, arrays)
    moved = tmp_path / "moved.h5"
    with h5py.File(moved, "w", userblock_size=1024) as file, h5py.File(source) as before:
        file.attrs.update(before.attrs)
        before.copy("model_weights", file)
    assert moved.read_bytes()[:8] != source.read_bytes()[:8]
    assert cost.rows(load.load(moved)) == cost.rows(load.load(source))


def test_a_missing_file_and_a_folder_are_no_such_file(tmp_path: Path) -> None:
    (tmp_path / "folder.keras").mkdir()
    for name in ("missing.keras", "folder.keras"):
        with pytest.raises(ModelFileError, match="there is no such file"):
            load.load(tmp_path / name)


def test_a_file_larger_than_any_network_is_not_even_read(tmp_path: Path) -> None:
    file = tmp_path / "net.tflite"
    with file.open("wb") as handle:
        handle.truncate(model_bytes.MAX_FILE + 1)
    with pytest.raises(ModelFileError, match="larger than 256 MiB"):
        load.load(file)


def test_a_crash_of_the_loading_process_is_told(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash = (sys.executable, "-c", "import os; os.abort()")
    monkeypatch.setattr(loading_process, "COMMAND", crash)
    with pytest.raises(
        ModelFileError, match=r"net.keras: the process .* was terminated by signal 6"
    ):
        load.load(archive)


def test_a_failure_of_the_loading_process_is_told(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last sentence, and what a library said before it; no traceback."""
    script = "import sys; print('HDF5: odd', file=sys.stderr, flush=True); raise OSError('no luck')"
    monkeypatch.setattr(loading_process, "COMMAND", (sys.executable, "-c", script))
    with pytest.raises(ModelFileError, match="ended with OSError: no luck") as caught:
        load.load(archive)
    assert caught.value.details == "HDF5: odd"


def test_a_loading_process_that_hangs_is_stopped(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        loading_process, "COMMAND", (sys.executable, "-c", "import time; time.sleep(600)")
    )
    monkeypatch.setattr(loading_process, "TIME_LIMIT_S", 0.5)
    with pytest.raises(ModelFileError, match=r"took longer than 0\.5 s and was stopped"):
        load.load(archive)


def test_loading_that_is_cancelled_leaves_no_process(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the loading process, nor one that it started."""
    note = archive.parent / "pids"
    script = (
        "import os, pathlib, subprocess, sys, time\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        f"partial = pathlib.Path({str(note)!r} + '.partial')\n"
        "partial.write_text(f'{os.getpid()} {child.pid}')\n"
        f"partial.rename({str(note)!r})\n"
        "time.sleep(600)"
    )
    monkeypatch.setattr(loading_process, "COMMAND", (sys.executable, "-c", script))
    with pytest.raises(Interrupted):
        load.load(archive, note.exists)
    pids = [int(word) for word in note.read_text().split()]
    assert len(pids) == 2
    wait_until(lambda: not any(lives(pid) for pid in pids))


def test_a_cancelled_loading_is_not_remembered(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        loading_process, "COMMAND", (sys.executable, "-c", "import time; time.sleep(600)")
    )
    with pytest.raises(Interrupted):
        load.load(archive, lambda: True)
    monkeypatch.setattr(
        loading_process, "COMMAND", (sys.executable, "-c", "raise OSError('was started')")
    )
    with pytest.raises(ModelFileError, match="was started"):
        load.load(archive)


def test_the_loading_process_sees_no_secrets_and_no_modules_beside_the_file(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (archive.parent / "json.py").write_text("raise SystemExit('imported from beside the model')")
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    monkeypatch.chdir(archive.parent)
    script = "import json, os; raise SystemExit('SECRET_TOKEN' in os.environ and 'seen' or 'clean')"
    monkeypatch.setattr(loading_process, "COMMAND", (sys.executable, "-P", "-c", script))
    with pytest.raises(ModelFileError, match="ended with clean"):
        load.load(archive)


def test_a_network_called_model_is_named_after_its_folder(tmp_path: Path) -> None:
    assert load.network_name(tmp_path / "gait" / "model.keras") == "gait"
    assert load.network_name(tmp_path / "gait" / "walk-2.tflite") == "walk_2"


def test_a_file_that_cannot_be_used_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are read at once, whatever stands between them, so that TensorFlow starts once."""
    calls: list[int] = []
    read = loading_process.load_each

    def counted(files: Sequence[Path], folder: Path, cancelled: Callable[[], bool]) -> object:
        calls.append(len(files))
        return read(files, folder, cancelled)

    monkeypatch.setattr(loading_process, "load_each", counted)
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "cache"))
    good, bad = catalog.model("house_price").tflite, tmp_path / "bad.tflite"
    bad.write_bytes(b"nonsense")
    other = catalog.model("human_activity").tflite
    first, second, third = load.load_each([good, bad, other])
    assert isinstance(first, Network)
    assert isinstance(second, ModelFileError)
    assert isinstance(third, Network)
    assert calls == [2]
