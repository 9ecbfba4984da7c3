"""How networks speak MLPerf Tiny's protocol: models by shape, bytes, and what is computed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.tflite import mlperf_tiny
from tests.fakes.tflite.files import network_of
from tests.fakes.tflite.mlperf_tiny import Chain
from tinylab.codegen.mlperf import Loads, c_header, interface_of


@pytest.mark.parametrize(
    ("name", "model", "size", "loads"),
    [
        ("ad01", "ad01", 2560, Loads.FLOATS),
        ("kws01", "kws01", 490, Loads.OWN),
        ("ic01", "ic01", 3072, Loads.UNSIGNED),
        ("ic02", "ic02", 3072, Loads.UNSIGNED),
        ("vww01", "vww01", 27_648, Loads.UNSIGNED),
        ("sww01", "my_wake-word", 1200, Loads.OWN),
    ],
)
def test_the_networks_of_the_benchmark_take_its_data(
    name: str, model: str, size: int, loads: Loads, tmp_path: Path
) -> None:
    network = network_of(mlperf_tiny.NETWORKS[name](), tmp_path)
    found = interface_of(replace(network, name="my wake-word"), "it")
    assert (found.model, found.db_bytes, found.loads) == (model, size, loads)
    assert found.anomaly == (name == "ad01")


def test_pixels_are_what_the_official_data_set_has(tmp_path: Path) -> None:
    network = network_of(mlperf_tiny.pooled((32, 32, 3), 10), tmp_path)
    pixels = np.random.default_rng(1).integers(0, 256, 3072)
    assert interface_of(network, "it").payload(pixels.astype(np.float32)) == bytes(pixels.tolist())


def test_floats_are_quantised_as_the_reference_does(tmp_path: Path) -> None:
    """Halves are rounded away from zero; values out of range saturate."""
    interface = interface_of(network_of(mlperf_tiny.narrow_autoencoder(), tmp_path), "it")
    scale = np.float32(0.39)
    steps = np.array([0.5, -0.5, 1.5, -2.5, 0.49, 1e30, -1e30], np.float32)
    values = np.zeros((1, 640), np.float32)
    values[0, :7] = steps * scale
    wanted = np.array([1, -1, 2, -3, 0, 127 - 89, -128 - 89]) * scale
    np.testing.assert_allclose(interface.taken(values)[0, :7], wanted, rtol=1e-6)
    assert interface.payload(values) == values.tobytes()
    values[0, 5:7] = 0
    np.testing.assert_allclose(interface.results(values + 3, values), [[9]], rtol=1e-6)


def test_the_header_has_no_name_that_breaks_a_string(tmp_path: Path) -> None:
    network = network_of(Chain((4,), 0.1, 0, 1).dense(2).file(), tmp_path)
    named = replace(network, name='bad"\\ name%]')
    header = c_header(interface_of(named, "it"), 16_000_000, (1, 2), 139).decode()
    [line] = [line for line in header.splitlines() if "TL_MLPERF_MODEL" in line]
    assert line == '#define TL_MLPERF_MODEL "bad_name_"'
