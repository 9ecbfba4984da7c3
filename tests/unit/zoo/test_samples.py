"""A person's own samples: what is read, and what is refused, with its place."""

from __future__ import annotations

import io
import os
import pickle
import re
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.fakes import networks
from tests.fakes.tflite import operators
from tests.fakes.tflite.files import network_of
from tinylab.errors import InputError
from tinylab.zoo import catalog, load
from tinylab.zoo.builder import Builder
from tinylab.zoo.execution import reference
from tinylab.zoo.network import INPUT, Network
from tinylab.zoo.operations import Concat
from tinylab.zoo.samples import files as sample_files
from tinylab.zoo.samples import matching as samples

HOUSE = catalog.model("house_price")
GOLDEN = catalog.golden(HOUSE)


@pytest.fixture(scope="module")
def house() -> Network:
    return load.load(HOUSE.file)


@pytest.fixture(scope="module")
def activity() -> Network:
    return load.load(catalog.model("human_activity").file)


def matched(path: Path, network: Network) -> samples.Samples:
    return samples.match(sample_files.read(path), network, "the network")


def npz(path: Path, **given: Any) -> Path:
    np.savez(path / "mine.npz", **given)
    return path / "mine.npz"


def text(path: Path, content: str) -> Path:
    file = path / "mine.csv"
    file.write_text(content, encoding="utf-8")
    return file


def row(*ends: object) -> str:
    return ",".join([*(["0.5"] * 19), *map(str, ends)])


def test_every_format_gives_the_same_samples(tmp_path: Path, house: Network) -> None:
    x, y = GOLDEN.inputs[:5], GOLDEN.targets[:5]
    np.save(tmp_path / "mine.npy", x)
    table = np.hstack([x, y[:, None]])
    heading = [f"f{index}" for index in range(19)] + ["y"]
    np.savetxt(tmp_path / "mine.csv", table, "%.9g", ",", header=",".join(heading), comments="")
    np.savetxt(tmp_path / "other.csv", table, "%.9g", ";")
    np.savetxt(tmp_path / "spaces.txt", table, "%.9g")
    np.savetxt(tmp_path / "headed.txt", table, "%.9g", header=" ".join(heading))
    counted = ",".join(map(str, range(20)))  # as pandas heads columns without names
    np.savetxt(tmp_path / "counted.csv", table, "%.9g", ",", header=counted, comments="")
    names = ("mine.csv", "other.csv", "spaces.txt", "headed.txt", "counted.csv")
    for file in (npz(tmp_path, x=x, y=y), *(tmp_path / name for name in names)):
        found = matched(file, house)
        np.testing.assert_array_equal(found.inputs[0], x)
        assert found.targets is not None
        np.testing.assert_array_equal(found.targets.values, y[:, None])
    alone = matched(tmp_path / "mine.npy", house)
    np.testing.assert_array_equal(alone.inputs[0], x)
    assert alone.targets is None


def test_flat_and_shaped_samples_are_the_same(tmp_path: Path, activity: Network) -> None:
    x = np.arange(2 * 26 * 3, dtype=np.float64).reshape(2, 26, 3)
    shaped = matched(npz(tmp_path, x=x, y=[0, 2]), activity)
    flat = matched(npz(tmp_path, x=x.reshape(2, -1), y=np.eye(3)[[0, 2]]), activity)
    np.testing.assert_array_equal(shaped.inputs[0], flat.inputs[0])
    for found in (shaped, flat):
        assert found.targets is not None
        np.testing.assert_array_equal(found.targets.labels, [0, 2])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"x": np.zeros((4, 7))}, "x has the shape 4 x 7; the network takes n x 26 x 3"),
        ({"x": np.zeros((26, 3))}, "x has the shape 26 x 3; the network takes n x 26 x 3"),
        ({"x": np.zeros(())}, "x has the shape of one number"),
        ({"x": np.zeros((0, 26, 3))}, "has no samples"),
        ({"x": np.zeros((4, 26, 3)), "y": [0, 1, 2]}, "x has 4 samples, y has 3"),
        ({"x": np.zeros((4, 26, 3)), "y": [0, 1, 2, 3]}, "y, row 4 has the label 3"),
        ({"x": np.zeros((4, 26, 3)), "y": [0, -1, 2, 3]}, "y, row 2 has the label -1"),
        ({"x": np.zeros((4, 26, 3)), "y": [0, 1.5, 2, 3]}, "y, row 2 has the label 1.5"),
        ({"x": np.zeros((2, 26, 3)), "y": [0, np.nan]}, "y, row 2, column 1 is nan"),
        ({"x": np.zeros((2, 26, 3)), "y": np.zeros((2, 5))}, "y has the shape 2 x 5"),
        (
            {"z": np.zeros((2, 2)), "w": np.zeros((2, 2))},
            "has the arrays z, w; the network takes x",
        ),
        ({"x": np.array(["a", "b"])}, "x in mine.npz has no plain numbers, but <U1"),
        ({"x": np.zeros((1, 26, 3), complex)}, "has no plain numbers, but complex128"),
        ({"x": np.full((1, 26, 3), 1e300)}, "x, row 1, column 1 is 1e+300, which is not a finite"),
    ],
)
def test_what_does_not_go_with_the_network_is_refused(
    given: dict[str, Any], told: str, tmp_path: Path, activity: Network
) -> None:
    with pytest.raises(InputError) as caught:
        matched(npz(tmp_path, **given), activity)
    assert told in caught.value.message
    assert caught.value.message.startswith(("mine.npz", "x in mine.npz"))
    assert caught.value.remedy


def test_channels_that_come_first_are_told_from_another_shape(
    tmp_path: Path, activity: Network
) -> None:
    with pytest.raises(InputError, match="x has the shape 4 x 3 x 26") as caught:
        matched(npz(tmp_path, x=np.zeros((4, 3, 26))), activity)
    assert caught.value.remedy == samples.CHANNELS_LAST


@pytest.fixture(scope="module")
def two_inputs(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """Of 2 and 3 numbers."""
    built = Builder((2,))
    joined = built.add("join", Concat(0), INPUT, built.add_input((3,)))
    return built.network(joined)


@pytest.mark.parametrize("names", [("x0", "x1"), ("input", "input_1")])
def test_several_inputs_have_an_array_each(
    tmp_path: Path, two_inputs: Network, names: tuple[str, str]
) -> None:
    first, second = np.ones((4, 2)), np.zeros((4, 3))
    found = matched(npz(tmp_path, **dict(zip(names, (first, second), strict=True))), two_inputs)
    assert [one.shape for one in found.inputs] == [(4, 2), (4, 3)]
    table = text(tmp_path, "1,1,0,0,0\n" * 4)
    for one, other in zip(matched(table, two_inputs).inputs, found.inputs, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"x0": np.ones((4, 2))}, "has the arrays x0; the network takes x0, x1 (input, input_1)"),
        (
            {"x0": np.ones((4, 2)), "x1": np.ones((5, 3))},
            "x0 has 4 samples, x1 has 5",
        ),
        (
            {"x0": np.ones((4, 3)), "x1": np.ones((4, 2))},
            "x0 has the shape 4 x 3; the network takes n x 2",
        ),
    ],
)
def test_several_inputs_that_do_not_go_together_are_refused(
    given: dict[str, Any], told: str, tmp_path: Path, two_inputs: Network
) -> None:
    with pytest.raises(InputError, match=re.escape(told)):
        matched(npz(tmp_path, **given), two_inputs)


def test_bytes_of_images_and_answers_of_every_kind(tmp_path: Path) -> None:
    images = load.load(catalog.model("image_classification").file)
    x = np.random.default_rng(1).integers(0, 256, (5, 28, 28), np.uint8)
    labels = np.array([0, 9, 3, 3, 1], np.uint8)
    for answers in (labels, labels[:, None], np.eye(10)[labels], np.eye(10, dtype=bool)[labels]):
        found = matched(npz(tmp_path, x=x, y=answers), images)
        np.testing.assert_array_equal(found.inputs[0], x[..., None].astype(np.float32))
        assert found.targets is not None
        np.testing.assert_array_equal(found.targets.labels, labels)


def test_a_value_that_is_missing_has_its_row_and_column(tmp_path: Path, house: Network) -> None:
    x = GOLDEN.inputs[:6].copy()
    x[3, 11] = np.nan
    with pytest.raises(InputError, match=r"x, row 4, column 12 is nan.*of 32 bits\. "):
        matched(npz(tmp_path, x=x), house)
    x[4] = np.inf
    with pytest.raises(InputError, match="19 more are like it"):
        matched(npz(tmp_path, x=x), house)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a,b,c\n", "has a heading and no samples"),
        ("hello\n", "has a heading and no samples"),
        (f"{row()}\n{row(1)}\n", "row 2 has 20 columns, the rows before it have 19"),
        (f"{row()}\n\n{row().replace('0.5', 'x', 1)}\n", "row 3, column 1 is no number: 'x'"),
        (f"{row()}\n{row()[:-3]}\n", "row 2, column 19 is no number: ''"),
        (f"{row()}\n\n{row()[:-3]}nan\n", "row 3, column 19 is nan"),
        (f"{row()[:-3]}1_0\n", "row 1, column 19 is no number: '1_0'"),
        (f"{row(1, 2)}\n", "has 21 columns; the network takes 19 numbers"),
        (",f1\n0,0.5\n", "its first column has no name, so it may be the numbers of the rows"),
        ("0,5;1,5\n", "row 1, column 1 is no number: '0,5'"),
        ("0.5 0.5\n0.5 x\n", "row 2, column 2 is no number: 'x'"),
        (
            ",".join([*(f"f{i}" for i in range(18)), "y"]) + f"\n{row()}\n",
            "has 18 columns before y; the network takes 19",
        ),
    ],
)
def test_a_table_that_cannot_be_used_has_its_line(
    content: str, told: str, tmp_path: Path, house: Network
) -> None:
    with pytest.raises(InputError) as caught:
        matched(text(tmp_path, content), house)
    assert told in caught.value.message


def test_a_column_is_called_by_its_name(tmp_path: Path, house: Network) -> None:
    names = ",".join(f"f{index}" for index in range(19))
    with pytest.raises(InputError, match=r"row 2, column 2 \(f1\) is no number: 'many'"):
        matched(text(tmp_path, f"{names}\n0.5,many{',0.5' * 17}\n"), house)


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("unpickled",)


def test_nothing_is_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = np.empty(1, object)
    made[0] = Trap()
    np.save("mine.npy", made, allow_pickle=True)
    np.savez("mine.npz", x=made)
    Path("mine.csv").write_bytes(pickle.dumps(Trap()))
    for name, told in (("mine.npy", "never unpickled"), ("mine.npz", "never unpickled")):
        with pytest.raises(InputError, match=told):
            sample_files.read(Path(name))
    with pytest.raises(InputError, match=r"is no \.npz, \.npy or \.csv file"):
        sample_files.read(Path("mine.csv"))
    assert not Path("unpickled").exists()


def test_pipes_folders_and_missing_files_are_told_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, told in (
        ("pipe", "it is not a regular file"), ("", "it is a folder"), ("none.csv", "no data file"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=told):
            sample_files.read(tmp_path / name)
    with pytest.raises(InputError, match="it is not a regular file"):
        sample_files.read(Path("/dev/zero"))


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    with open(tmp_path / "huge.npy", "wb") as file:
        file.truncate(sample_files.MAX_BYTES + 1)
    with pytest.raises(InputError, match="larger than 256 MiB"):
        sample_files.read(tmp_path / "huge.npy")


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for index in range(2):
            with archive.open(f"x{index}.npy", "w") as member:
                for _ in range(130):
                    member.write(bytes(2**20))
    with pytest.raises(InputError, match="unpacks to more than 64 arrays or 256 MiB"):
        sample_files.read(tmp_path / "bomb.npz")


def test_a_header_that_promises_more_than_there_is_is_refused(tmp_path: Path) -> None:
    file = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": (10**6, 10**6)}
    np.lib.format.write_array_header_1_0(file, header)
    (tmp_path / "mine.npy").write_bytes(file.getvalue() + bytes(64))
    with pytest.raises(InputError, match=r"promises an array of shape \(1000000, 1000000\)"):
        sample_files.read(tmp_path / "mine.npy")


@settings(max_examples=60)
@given(
    arrays.arrays(
        st.sampled_from([np.float32, np.float64, np.int8, np.uint8, np.int64, np.bool_, ">f4"]),
        arrays.array_shapes(max_dims=4, max_side=5),
    ),
    st.booleans(),
)
def test_any_array_comes_back(tmp_path_factory: Any, array: np.ndarray, in_columns: bool) -> None:
    folder = tmp_path_factory.mktemp("any")
    np.save(folder / "mine.npy", np.asfortranarray(array) if in_columns else array)
    found = sample_files.read(folder / "mine.npy").arrays["x"]
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype


@settings(max_examples=150)
@given(st.sampled_from(["npy", "npz", "csv"]), st.data())
def test_a_damaged_file_is_an_error_of_input_and_no_other(
    tmp_path_factory: Any, kind: str, data: st.DataObject
) -> None:
    whole = io.BytesIO()
    if kind == "npz":
        np.savez_compressed(whole, x=GOLDEN.inputs[:2], y=GOLDEN.targets[:2])
    elif kind == "npy":
        np.save(whole, GOLDEN.inputs[:2])
    else:
        np.savetxt(whole, GOLDEN.inputs[:2], "%.3g", ",")
    content = bytearray(whole.getvalue())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=6)):
        content[place] = data.draw(st.integers(0, 255))
    file = tmp_path_factory.mktemp("damaged") / f"mine.{kind}"
    file.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    network, found = networks.house_price(), None
    with suppress(InputError):
        found = matched(file, network)
    assert found is None or np.isfinite(found.inputs[0]).all()


def test_scores() -> None:
    labels = samples.Targets(labels=np.array([0, 1, 1]))
    outputs = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], np.float32)
    assert samples.score(labels, outputs) == samples.Score("accuracy", pytest.approx(2 / 3))
    values = samples.Targets(values=np.array([[1.0], [2.0], [6.0]], np.float32))
    same = samples.score(values, np.array([[1.0], [2.0], [6.0]], np.float32))
    assert same == samples.Score("r2", 1.0, 0.0)
    binary = samples.Targets(values=np.array([[1.0], [0.0]], np.float32))
    found = samples.score(binary, np.array([[0.7], [0.6]], np.float32))
    assert found == samples.Score("accuracy", 0.5)
    flat = samples.Targets(values=np.array([[3.0], [3.0]], np.float32))
    found = samples.score(flat, np.array([[3.0], [4.0]], np.float32))
    assert found == samples.Score("mean error", 0.5, 0.5)


@pytest.mark.parametrize("one_hot", [False, True])
def test_outputs_that_are_classes_have_an_accuracy(tmp_path: Path, one_hot: bool) -> None:
    content = operators.place(np.random.default_rng(1), "ARG_MAX", "float32", (1, 4), 1, "int64")
    network = network_of(content, tmp_path)
    inputs = np.eye(4, dtype=np.float32)
    answers = np.array([0, 1, 2, 2])
    path = npz(tmp_path, x=inputs, y=np.eye(4)[answers] if one_hot else answers)
    found = matched(path, network)
    assert found.targets is not None
    (outputs,) = reference.run(network, found.inputs)
    assert outputs.ravel().tolist() == [0, 1, 2, 3]
    assert samples.score(found.targets, outputs) == samples.Score("accuracy", 0.75)
