"""What is generated: names, sizes, comments, refusals; the same bytes every time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.fakes import networks
from tests.fakes.networks import Recipe
from tinylab import __version__
from tinylab.codegen.compress import Compression
from tinylab.codegen.generate import choose_compression, footprint, generate
from tinylab.errors import GenerationError, UnknownName
from tinylab.zoo import cost
from tinylab.zoo.network import Network
from tinylab.zoo.operations import Function

MAKERS = pytest.mark.parametrize("make", networks.CATALOGUE)
LEVELS = pytest.mark.parametrize("compression", list(Compression))


def text(network: Network, file: str = "network.c", **options: str) -> str:
    return generate(network, **options).files[file].decode()


@MAKERS
@LEVELS
def test_the_same_bytes_twice(make: Callable[[], Network], compression: Compression) -> None:
    assert generate(make(), compression).files == generate(make(), compression).files


@MAKERS
@LEVELS
def test_the_footprint_is_that_of_the_files(
    make: Callable[[], Network], compression: Compression
) -> None:
    network = make()
    foretold = footprint(network, compression)
    generated = generate(network, compression)
    assert foretold.weights_bytes == generated.weights_bytes
    assert foretold.activations_bytes == generated.activations_bytes
    assert len(generated.files["network_weights.bin"]) == generated.weights_bytes
    data = generated.files["network_data.h"].decode()
    assert f"AI_NETWORK_DATA_WEIGHTS_SIZE ({generated.weights_bytes})" in data
    assert f"AI_NETWORK_DATA_ACTIVATIONS_SIZE ({generated.activations_bytes})" in data


@pytest.mark.parametrize(
    ("make", "compression", "size"),
    [
        (networks.house_price, "none", 26136),
        (networks.house_price, "x8", 26136),
        (networks.human_activity, "none", 48300),
        (networks.image_classification, "none", 1651112),
        (networks.image_classification, "x8", 246248),
    ],
)
def test_weights_take_what_cubeais_take(
    make: Callable[[], Network], compression: str, size: int
) -> None:
    assert footprint(make(), compression).weights_bytes == size


def test_each_file_says_where_it_comes_from() -> None:
    network = networks.house_price()
    for name, data in generate(network).files.items():
        if not name.endswith(".bin"):
            head = data.decode().split("*/")[0]
            assert f"tinylab {__version__}" in head
            assert network.name in head
            assert network.sha256 in head


def test_each_layer_has_a_comment_at_its_call() -> None:
    network = networks.image_classification()
    body = text(network).split("static void infer")[1].split("\n}")[0]
    comments = " ".join(re.findall(r"/\* (.*?) \*/", body))
    working = [
        layer for layer in network.layers if layer.name.split("_")[0] not in ("dropout", "reshape")
    ]
    assert all(layer.name in comments for layer in working)
    assert "(28, 28, 1) -> (14, 14, 64)" in comments


CALL = re.compile(
    r"^  /\* (\d+)\. (.+): \([\d, ]+\) -> \([\d, ]+\): ([\d,]+) MACC(?:, ([\d.]+) %)? \*/\n  tl_",
    re.MULTILINE,
)


@MAKERS
def test_each_call_tells_its_macc_and_share(make: Callable[[], Network]) -> None:
    network = make()
    calls = CALL.findall(text(network))
    assert [int(number) for number, *_ in calls] == list(range(1, len(calls) + 1))
    assert len(calls) == len(generate(network).program.steps)
    counts = [int(macc.replace(",", "")) for _, _, macc, _ in calls]
    assert sum(counts) == cost.macc(network)
    for count, (_, _, _, share) in zip(counts, calls, strict=True):
        assert float(share) == pytest.approx(100 * count / sum(counts), abs=0.05)


def test_layers_without_arithmetic_have_no_share() -> None:
    made = text(Recipe((4, 5)).slice((0, 1), (4, 3), (1, 1)).network())
    assert "(4, 5) -> (4, 3): 0 MACC */" in made


def test_names_follow_the_networks_name() -> None:
    files = generate(networks.house_price(), name="price").files
    assert set(files) == {
        "price.h",
        "price.c",
        "price_config.h",
        "price_data.h",
        "price_data.c",
        "price_weights.bin",
        "tl_names.h",
    }
    assert "ai_price_run" in files["price.h"].decode()
    assert "AI_PRICE_IN_1_SIZE (1 * 1 * 19)" in files["price.h"].decode()
    assert not any(b"ai_network_run" in data for data in files.values())


def test_a_sequences_length_is_its_height() -> None:
    header = text(networks.human_activity(), "network.h")
    assert "AI_NETWORK_IN_1_HEIGHT (26)" in header
    assert "AI_NETWORK_IN_1_WIDTH (1)" in header
    assert "AI_NETWORK_IN_1_CHANNEL (3)" in header


def test_names_in_model_files_cannot_become_code() -> None:
    evil = '*/ int evil(void); /* "\\\n#include <evil.h>\n'
    network = Recipe((3,)).dense(4).activate(Function.SOFTMAX).network()
    first, second = network.layers
    layers = (replace(first, name=evil), replace(second, inputs=(evil,)))
    files = generate(replace(network, name=evil, layers=layers)).files
    harmless = generate(network).files
    for name, data in files.items():
        for mark in (b"\n", b"/*", b"*/", b'"', b"\\", b"#"):
            assert data.count(mark) == harmless[name].count(mark)


def test_floats_survive_as_text() -> None:
    assert "6.0f" in text(Recipe((3,)).dense(4).activate(Function.RELU6).network())


@pytest.mark.parametrize("name", ["", "9lives", "Network", "a-b", "x;y", "naïve"])
def test_a_name_that_c_cannot_have_is_refused(name: str) -> None:
    with pytest.raises(GenerationError, match="C names"):
        generate(networks.house_price(), name=name)


def test_five_dimensions_are_refused() -> None:
    footprint(Recipe((2, 3, 4, 5)).relu().network())
    with pytest.raises(GenerationError, match="5 dimensions"):
        footprint(Recipe((2, 2, 3, 4, 5)).relu().network())


def test_endless_sequences_are_refused() -> None:
    with pytest.raises(GenerationError, match="too long"):
        footprint(Recipe((70000, 1)).relu().network())


def test_weights_that_are_not_numbers_are_refused() -> None:
    recipe = Recipe((3,)).dense(4)
    recipe.layers[0].operation.weights[1, 1] = np.nan
    with pytest.raises(GenerationError, match="'dense_1'"):
        generate(recipe.network())


def test_an_unknown_compression_is_refused() -> None:
    with pytest.raises(UnknownName, match="x16"):
        footprint(networks.house_price(), "x16")


def test_auto_takes_the_least_that_fits() -> None:
    network = networks.image_classification()

    def choose(flash: int) -> tuple[str, bool]:
        choice = choose_compression(network, "auto", lambda size: size.weights_bytes <= flash)
        assert f"{choice.footprint.weights_bytes:,} B" in choice.reason
        return choice.compression, choice.fits

    assert choose(2_000_000) == ("none", True)
    assert choose(1_651_111) == ("x4", True)
    assert choose(400_000) == ("x8", True)
    assert choose(246_247) == ("x8", False)


def test_what_is_asked_for_is_taken_even_if_it_does_not_fit() -> None:
    choice = choose_compression(networks.image_classification(), "none", lambda *_: False)
    assert (choice.compression, choice.fits) == (Compression.NONE, False)


def test_layers_that_nobody_reads_are_left_out() -> None:
    recipe = Recipe((4,)).dense(5)
    used = recipe.last
    recipe.dense(100)
    recipe.last, recipe.shape = used, (5,)
    assert footprint(recipe.dense(2).network()).weights_bytes == 4 * (4 * 5 + 5 + 5 * 2 + 2)
