"""Model files of every kind, made by TensorFlow: what is read is right, the rest is refused."""

from __future__ import annotations

import json
import os
import pickle
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.fakes.tflite.files import interpreted
from tinylab.errors import ModelFileError
from tinylab.zoo import cost, load, signatures
from tinylab.zoo.execution import reference
from tinylab.zoo.keras import stock
from tinylab.zoo.network import Network
from tinylab.zoo.processes import loading_process, second_opinion
from tinylab.zoo.tflite import model_file

HERE = Path(__file__).resolve().parent
READABLE = [
    "flat.keras", "flat.h5", "flat.tflite", "long.keras", "long.h5", "long.tflite",
    "nested.keras", "nested.h5", "nested.tflite", "legacy.keras", "legacy.h5",
    "steps.keras", "steps.tflite", "measured.keras", "measured.h5", "measured.tflite",
    "rows.keras", "rows.h5", "rows.tflite", "noise.keras", "noise.h5", "noise.tflite", "steps.h5",
]  # fmt: skip


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of model files as TensorFlow writes them, and a cache of its own."""
    if find_spec("tensorflow") is None:
        pytest.skip("TensorFlow, which has no package for this Python, makes these files")
    folder = tmp_path_factory.mktemp("samples")
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    subprocess.run(
        [sys.executable, str(HERE / "zoo_samples.py"), str(folder)],
        env=environment,
        check=True,
        capture_output=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYLAB_CACHE_DIR", str(folder / "cache"))
        yield folder


@pytest.fixture(scope="module")
def networks(samples: Path) -> dict[str, Network]:
    """Every readable sample, all loaded by one process."""
    found = load.load_many([samples / name for name in READABLE])
    return dict(zip(READABLE, found, strict=True))


@pytest.mark.parametrize("name", READABLE)
def test_outputs_are_those_of_keras(name: str, networks: dict[str, Network], samples: Path) -> None:
    with np.load((samples / name).with_suffix(".npz")) as expected:
        outputs = reference.run(networks[name], [expected["inputs"]])[0]
        np.testing.assert_allclose(outputs, expected["outputs"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["flat", "long", "nested", "legacy", "rows", "noise", "measured"])
def test_keras_and_hdf5_describe_the_same_network(name: str, networks: dict[str, Network]) -> None:
    assert cost.rows(networks[f"{name}.keras"]) == cost.rows(networks[f"{name}.h5"])


def test_a_layer_without_bias_has_no_parameters_for_it(networks: dict[str, Network]) -> None:
    first = next(row for row in cost.rows(networks["flat.keras"]) if row.kind == "Conv2D")
    assert first.parameters == 4 * 3 * 2 * 3


def test_keras_itself_agrees_layer_by_layer(networks: dict[str, Network], samples: Path) -> None:
    """The second opinion, with the real Keras."""
    opinion = second_opinion.ask_keras(samples / "flat.h5", networks["flat.h5"])
    assert opinion.agrees
    seen = {one.name for one in opinion.layers if one.ours is not None}
    assert {"conv2d", "batch_normalization", "depthwise_conv2d", "separable_conv2d"} <= seen


def test_layers_carry_their_names_and_activations_follow_as_nl(
    networks: dict[str, Network],
) -> None:
    names = [layer.name for layer in networks["legacy.h5"].layers]
    assert names == ["conv", "conv_nl", "flatten", "dense", "dense_nl"]


def test_a_layer_used_twice_is_there_twice(networks: dict[str, Network]) -> None:
    names = [layer.name for layer in networks["nested.keras"].layers]
    assert "shared" in names
    assert "shared_1" in names


def test_loading_again_starts_no_process_and_imports_nothing_heavy(
    networks: dict[str, Network], samples: Path
) -> None:
    script = (
        "import sys, subprocess\n"
        "def refuse(*a, **k): raise SystemExit('a process was started')\n"
        "subprocess.run = subprocess.Popen = refuse\n"
        "from pathlib import Path\n"
        "from tinylab.zoo import catalog, cost, load\n"
        "from tinylab.zoo.execution import reference\n"
        "print(load.load(Path(sys.argv[1])).input_shape)\n"
        "heavy = {'tensorflow', 'keras', 'h5py', 'flatbuffers'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(samples / "flat.keras")],
        capture_output=True,
        text=True,
        cwd=HERE.parents[2],
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "(12, 10, 3)"), done.stderr


def test_a_damaged_cache_entry_is_made_again(networks: dict[str, Network], samples: Path) -> None:
    source = samples / "flat.tflite"
    entry = load._cache_path(networks["flat.tflite"].sha256)
    whole = entry.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"PK\x03\x04" + bytes(500)):
        entry.write_bytes(damaged)
        assert cost.rows(load.load(source)) == cost.rows(networks["flat.tflite"])
    assert entry.read_bytes() == whole


def test_the_same_content_under_another_name_is_known(
    networks: dict[str, Network], samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading_process, "COMMAND", ("false",))
    copy = shutil.copy(samples / "long.keras", tmp_path / "gait v2.keras")
    network = load.load(Path(copy))
    assert (network.name, network.source) == ("gait_v2", Path(copy))


def test_every_layer_of_keras_is_known(samples: Path) -> None:
    """So that none is called custom code."""
    names = set(json.loads((samples / "classes.json").read_text()))
    assert len(names) > 100
    assert names - stock.STOCK <= {"Lambda", "Layer"}


REFUSED = {
    "dilated_output.keras": "layer 'wide' (Conv2DTranspose) has groups or a dilation",
    "bicubic.keras": "layer 'large' (UpSampling2D) resizes by (2, 2) with bicubic",
    "channels_first.keras": "uses data_format='channels_first'",
    "recurrent.keras": "layer 'memory' (LSTM) has the activation gelu, which is not supported",
    "leaky.keras": "layer 'leaky' (Dense) has the activation mish",
    "leaky_layer.keras": "layer 'leaky' (ReLU) has a threshold",
    "open_length.keras": "has an input whose shape is not fixed: (?, 4)",
    "half.keras": "layer 'half' (Dense) computes in float16",
    "five_dimensions.keras": "layer 'deep' (Reshape) has the shape (2, 2, 2, 2, 8)",
    "custom.keras": "layer 'mine' is the custom object 'mine>Doubled'",
    "training.keras": "calls layer 'drawn' with training=True",
    "masked.keras": "layer 'words' (Embedding) masks zeros",
    "distributed.keras": "(TimeDistributed) has a layer of the kind Bidirectional in it",
    "quotient.keras": "(TrueDivide) divides by zero",
    "normal_batch.keras": "layer 'rms' is of type GroupNormalization, which is not supported",
    "only.weights.h5": "contains weights but no model",
    "linked.h5": "has a link at 'other'",
    "external.h5": "stores 'secret' in another file",
    "huge.h5": "unpacks to more than 256 MiB",
    "running.tflite": "has the operator CUMSUM ",
    "volume.tflite": "has the operator CONV_3D 'sequential",
    "open_length.tflite": "has the shape (?, ?, 4)",
}


def test_what_is_not_supported_is_refused_with_one_sentence(samples: Path, tmp_path: Path) -> None:
    files = [samples / name for name in REFUSED]
    errors = loading_process.load_each(files, tmp_path, load.never)
    for (name, expected), error in zip(REFUSED.items(), errors, strict=True):
        assert isinstance(error, ModelFileError), name
        assert error.message.startswith(f"{name}: "), error.message
        assert expected in error.message
        assert "\n" not in error.message
        assert error.remedy


@pytest.mark.parametrize(
    ("name", "tolerance", "notes"),
    [
        ("leaky.tflite", 1e-5, 0),
        ("product.tflite", 1e-5, 0),
        ("float16.tflite", 1e-5, 1),
        # TensorFlow Lite quantises the inputs of these layers each time they run.
        ("int8_weights.tflite", 0.05, 1),
    ],
)
def test_converted_files_equal_litert(
    samples: Path, name: str, tolerance: float, notes: int
) -> None:
    content = (samples / name).read_bytes()
    network = model_file.read(samples / name)
    assert len(network.notes) == notes
    random = np.random.default_rng(0)
    given = [random.random((1, *one.shape), dtype=np.float32) for one in network.inputs]
    (wanted,) = interpreted(content, *given)
    (outputs,) = reference.run(network, given)
    np.testing.assert_allclose(
        outputs, wanted.reshape(outputs.shape), atol=tolerance * np.abs(wanted).max()
    )


def edited(source: Path, target: Path, change: Callable[[dict], None]) -> Path:
    """A .keras file with a configuration changed by hand."""
    with (
        zipfile.ZipFile(source) as before,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for member in before.namelist():
            content = before.read(member)
            if member == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config).encode()
            after.writestr(member, content)
    return target


def lambda_layer(mark: Path) -> dict:
    """A layer that would create `mark`, were its code run."""
    code = {"class_name": "__lambda__", "config": {"value": f"open({str(mark)!r}, 'w')"}}
    return {
        "module": "keras.layers",
        "class_name": "Lambda",
        "config": {"name": "innocent", "function": code},
        "registered_name": None,
    }


def test_code_in_a_file_is_refused_and_never_run(samples: Path, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    source = samples / "long.keras"

    def as_layer(config: dict) -> None:
        config["config"]["layers"].insert(1, lambda_layer(mark))

    def as_activation(config: dict) -> None:
        config["config"]["layers"][1]["config"]["activation"] = lambda_layer(mark)

    def as_module(config: dict) -> None:
        config["config"]["layers"][1] |= {"module": "os", "registered_name": "system"}

    def as_function(config: dict) -> None:
        config["config"]["layers"][1]["config"]["kernel_initializer"] = {
            "module": "builtins",
            "class_name": "function",
            "config": "exec",
            "registered_name": "function",
        }

    def as_model(config: dict) -> None:
        config["class_name"] = "MyModel"

    files = [
        edited(source, tmp_path / f"{change.__name__}.keras", change)
        for change in (as_layer, as_activation, as_module, as_function, as_model)
    ]
    hdf5 = Path(shutil.copy(samples / "long.h5", tmp_path / "lambda.h5"))
    with h5py.File(hdf5, "a") as file:
        config = json.loads(file.attrs["model_config"])
        as_layer(config)
        file.attrs["model_config"] = json.dumps(config)
    errors = loading_process.load_each([*files, hdf5], tmp_path, load.never)
    for error in errors:
        assert isinstance(error, ModelFileError)
        assert "never runs" in error.message
    assert "'innocent'" in errors[0].message
    assert not mark.exists()


class Payload:
    """Unpickling this creates a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return (open, (str(self.mark), "w"))


def test_a_pickle_is_refused_and_never_opened(samples: Path, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    payload = pickle.dumps(Payload(mark))
    for suffix in signatures.SUFFIXES:
        file = tmp_path / f"evil{suffix}"
        file.write_bytes(payload)
        with pytest.raises(ModelFileError, match="pickle, which tinylab never opens"):
            load.load(file)
    inside = Path(shutil.copy(samples / "long.keras", tmp_path / "inside.keras"))
    with zipfile.ZipFile(inside, "a") as archive:
        archive.writestr("assets/vocabulary.pkl", payload)
    (error,) = loading_process.load_each([inside], tmp_path, load.never)
    assert isinstance(error, ModelFileError)
    assert "assets/vocabulary.pkl" in error.message
    assert not mark.exists()


def test_a_network_beyond_all_memory_is_refused(samples: Path, tmp_path: Path) -> None:
    def enormous(config: dict) -> None:
        config["config"]["layers"][1]["config"]["filters"] = 10**13

    file = edited(samples / "long.keras", tmp_path / "enormous.keras", enormous)
    with pytest.raises(ModelFileError, match="exceeds the memory limit for model files"):
        load.load(file)


def test_an_archive_that_unpacks_without_end_is_refused(samples: Path, tmp_path: Path) -> None:
    def padded(config: dict) -> None:
        config["padding"] = " " * 300_000_000

    source, bomb = samples / "long.keras", tmp_path / "bomb.keras"
    edited(source, bomb, padded)
    assert bomb.stat().st_size < 1_000_000
    with pytest.raises(ModelFileError, match="unpacks to more than 256 MiB"):
        load.load(bomb)


@pytest.mark.parametrize("suffix", [".keras", ".h5", ".tflite"])
def test_damaged_files_give_one_sentence(suffix: str, samples: Path, tmp_path: Path) -> None:
    """Cut short, or overwritten behind the first bytes: never a crash, never a wrong network."""
    whole = (samples / f"long{suffix}").read_bytes()
    noise = random.Random(5)
    contents = [whole[: len(whole) * part // 8] for part in (1, 4, 7)]
    contents += [whole[:16] + noise.randbytes(len(whole) - 16), whole[:8] + bytes(5000)]
    files = [tmp_path / f"{index}{suffix}" for index in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    for error in loading_process.load_each(files, tmp_path, load.never):
        assert isinstance(error, ModelFileError)
        assert "process" not in error.message
        assert error.remedy
