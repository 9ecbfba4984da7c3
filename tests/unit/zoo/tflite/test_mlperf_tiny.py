"""Networks of MLPerf Tiny's shapes load, cost what is published, and equal LiteRT bit by bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.fakes.tflite import compare, mlperf_tiny
from tests.fakes.tflite.files import network_of
from tinylab.zoo import cost

FIGURES = {
    "ad01": (265_864, 265_864),
    "kws01": (22_604, 2_665_536),
    "ic01": (77_706, 12_534_896),
    "ic02": (480_330, 76_556_840),
    "vww01": (210_850, 7_494_736),
    "sww01": (46_883, 827_256),
}
"""Parameters and MACC of the reference files, which have the same layers."""


@pytest.mark.parametrize("name", mlperf_tiny.NETWORKS)
def test_reference_equals_litert(name: str, tmp_path: Path) -> None:
    content = mlperf_tiny.NETWORKS[name]()
    network = network_of(content, tmp_path)
    assert (cost.parameters(network), cost.macc(network)) == FIGURES[name]
    compare.compare(content, tmp_path, np.random.default_rng(1))
