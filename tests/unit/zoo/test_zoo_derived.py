"""What is computed from a network is computed once, and forgotten with it."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fakes import networks
from tinylab.bench.plan.plan import Options
from tinylab.bench.prepare import given_samples, own_code
from tinylab.bench.prepare.loaded_model import load_model
from tinylab.boards.catalog import by_name
from tinylab.codegen import generate as codegen
from tinylab.codegen.compress import Compression
from tinylab.zoo import catalog
from tinylab.zoo.derived import Derived
from tinylab.zoo.execution import reference
from tinylab.zoo.execution.memory import Memory
from tinylab.zoo.network import Network
from tinylab.zoo.tensor_type import FloatArray


def test_threads_that_ask_for_the_same_wait_for_one_result() -> None:
    network, derived = networks.house_price(), Derived[int]()
    made: list[int] = []
    both_ask = threading.Barrier(2)

    def make() -> int:
        made.append(1)
        return 7

    def ask(_number: int) -> int:
        both_ask.wait()
        return derived.get(network, "a", make)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, range(2))) == [7, 7]
    assert made == [1]


def test_keys_and_networks_have_results_of_their_own() -> None:
    first, second = networks.house_price(), networks.house_price()
    derived = Derived[int]()
    assert derived.get(first, "a", lambda: 1) == 1
    assert derived.get(first, "b", lambda: 2) == 2
    assert derived.get(second, "a", lambda: 3) == 3


def test_what_failed_is_tried_again() -> None:
    network, derived = networks.house_price(), Derived[int]()

    def fail() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        derived.get(network, "a", fail)
    assert derived.get(network, "a", lambda: 1) == 1


def test_a_network_whose_code_was_generated_is_forgotten_in_the_end() -> None:
    network = networks.house_price()
    for level in Compression:
        codegen.generate(network, level)
    here = weakref.ref(network)
    del network
    gc.collect()
    assert here() is None


def test_two_boards_share_what_compression_takes_long_to_find(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Clusters of weights, and the answers to all held-out samples with them."""
    done: list[str] = []
    cluster, execute = codegen.codebooks, reference.run

    def clustered(*arguments: object) -> object:
        done.append("clustered")
        return cluster(*arguments)  # type: ignore[arg-type]

    def executed(
        network: Network, inputs: Sequence[FloatArray], memory: Memory | None = None
    ) -> tuple[FloatArray, ...]:
        if len(inputs[0]) > given_samples.CHECKED_INPUTS:
            done.append("executed")
        return execute(network, inputs, memory)

    monkeypatch.setattr(codegen, "codebooks", clustered)
    monkeypatch.setattr(own_code.reference, "run", executed)
    loaded = load_model(catalog.find("image_classification"), lambda: False)
    options = Options()
    notes = {
        own_code.prepare(
            loaded,
            by_name(board),
            options,
            lambda: given_samples.given(loaded, options.data),
            lambda: False,
        ).notes
        for board in ("nucleo_wb55rg", "nucleo_h723zg")
    }
    assert len(notes) == 1
    assert done.count("clustered") == 1
    assert done.count("executed") == 1
