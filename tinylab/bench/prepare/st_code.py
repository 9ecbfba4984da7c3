"""Prepares a network that ST's tools generated, unchanged, for the bench."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tinylab.bench.prepare import fit
from tinylab.bench.prepare.prepared_network import (
    OUTPUT_TOLERANCE,
    ExpectedOutputs,
    NetworkFacts,
    PreparedNetwork,
)
from tinylab.boards.board import Board
from tinylab.build.runtime_library import Library, choose
from tinylab.codegen.cubeai import CubeNetwork, Version
from tinylab.codegen.cubeai.files import read_bytes
from tinylab.codegen.names_header import FILE, Seam
from tinylab.codegen.tensor import Tensor, joined, number_type, offsets
from tinylab.errors import CubeAiError, InputError
from tinylab.zoo import reference
from tinylab.zoo.network import FloatArray, Network

ST_FOLDER = "st"
"""Where ST's headers and library go, below the network's own files."""
COMPRESSED_TOLERANCE = 0.1
"""Relative to the largest reference output, where ST's tool has compressed the weights and the
reference has not."""
QUANTISED_STEPS = 8
"""Of 256: how far a quantised network's outputs may be off the float model's."""
UNCOMPRESSED = ("none", "lossless")
RANDOM_INPUTS, RANDOM_SEED = 1, 1
UNKNOWN = "unknown"

Golden = tuple[Network, FloatArray]
"""A model, and inputs for it, shape (m, *input_shape)."""


def prepare(
    network: CubeNetwork, title: str, golden: Golden | None, board: Board
) -> PreparedNetwork:
    """ST's code for `board`; its outputs are checked if the model is available.

    Raises CubeAiError when no library is for the board and the code, or a file has gone since the
    folder was read, DoesNotFit, and InputError when the model's inputs or outputs are not the
    network's.
    """
    try:
        return _prepare(network, title, golden, board)
    except OSError as exc:
        raise CubeAiError(
            f"{exc.filename or network.folder} cannot be read: {exc.strerror or exc}.",
            remedy="Restore the generated folder and make it readable.",
        ) from exc


def _prepare(
    network: CubeNetwork, title: str, golden: Golden | None, board: Board
) -> PreparedNetwork:
    library = _library(network, board)
    _check_fit(network, title, board)
    surface = network.surface
    version = Version.of_library(library.path.name) or surface.version
    inputs, check, notes = _data(network, golden)
    return PreparedNetwork(
        facts=NetworkFacts(
            runtime_version=str(version or UNKNOWN),
            parameters=network.parameters,
            macc=network.macc,
            compression=network.compression or UNKNOWN,
            model_sha256=golden[0].sha256 if golden else network.sha256,
            number_type=number_type(surface.inputs, surface.outputs),
        ),
        weights_bytes=surface.weights,
        activations_bytes=network.activations,
        files=dict(_files(network, library)),
        settings={"custom_adapter": surface.interface.value, "custom_runtime": "cubeai"},
        inputs=inputs,
        outputs=surface.outputs,
        check=check,
        notes=notes,
    )


def _library(network: CubeNetwork, board: Board) -> Library:
    """The library for the board, of the version that the code was generated for."""
    wanted = network.surface.version
    of_release = [
        path
        for path in network.libraries
        if wanted is None or _fits(wanted, Version.of_library(path.name))
    ]
    library = choose(of_release or network.libraries, board, f"X-CUBE-AI {wanted or UNKNOWN}")
    parts = (
        (f"the library {library.path.name} is", Version.of_library(library.path.name)),
        (f"the headers in {network.include} are", network.headers_version),
    )
    for part, version in parts:
        if wanted is not None and not _fits(wanted, version):
            raise CubeAiError(
                f"The code of {network.name} was generated for X-CUBE-AI {wanted}, and {part} "
                f"of {version}.",
                remedy=f"Generate the code again with X-CUBE-AI {version}, or copy Inc and Lib "
                f"of {wanted} into Middlewares/ST/AI.",
            )
    return library


def _fits(wanted: Version, version: Version | None) -> bool:
    return version is None or wanted.fits(version)


def _check_fit(network: CubeNetwork, title: str, board: Board) -> None:
    surface = network.surface
    need = fit.Need(
        weights=surface.weights,
        activations=sum(surface.activations),
        input=offsets(surface.inputs)[-1],
        output=offsets(surface.outputs)[-1],
    )
    fit.require(board, title, need)


def _files(network: CubeNetwork, library: Library) -> Iterator[tuple[str, bytes]]:
    """The files of the build, by name; the folder itself is not changed."""
    surface = network.surface
    own = (*network.sources, *network.headers)
    for path in own:
        yield path.name, read_bytes(path)
    for path in network.platform_headers:
        if path not in own:
            name = path.relative_to(network.include).as_posix()
            yield f"{ST_FOLDER}/{name}", read_bytes(path)
    yield f"{ST_FOLDER}/{library.path.name}", read_bytes(library.path)
    seam = Seam(
        adapter=surface.interface.value,
        runtime="cubeai",
        name=network.name,
        inputs=surface.inputs,
        outputs=surface.outputs,
        activations=surface.activations,
        states=surface.states,
    )
    yield FILE, seam.header()


def _data(
    network: CubeNetwork, golden: Golden | None
) -> tuple[tuple[bytes, ...], ExpectedOutputs | None, tuple[str, ...]]:
    """Inputs, what is known of their outputs, and why nothing is."""
    surface = network.surface
    if golden is None:
        return _random(surface.inputs), None, ("outputs not checked: no model was given",)
    model, values = golden
    flat = values.reshape(len(values), -1)
    wanted = reference.run(model, values).reshape(len(values), -1)
    _check_shapes(network, flat.shape[1], wanted.shape[1])
    [given], [result] = surface.inputs, surface.outputs
    if any(not tensor.is_float and tensor.scale is None for tensor in (given, result)):
        why = "outputs not checked: the generated code does not define their quantisation"
        return _random(surface.inputs), None, (why,)
    return (
        tuple(given.encode(one) for one in flat),
        _check(wanted, result, network.compression),
        (),
    )


def _check(wanted: FloatArray, result: Tensor, compression: str | None) -> ExpectedOutputs:
    compressed = compression is not None and compression not in UNCOMPRESSED
    relative = COMPRESSED_TOLERANCE if compressed else OUTPUT_TOLERANCE
    return ExpectedOutputs(wanted, relative, QUANTISED_STEPS * (result.scale or 0.0))


def _check_shapes(network: CubeNetwork, inputs: int, outputs: int) -> None:
    sides = (
        ("takes", [tensor.elements for tensor in network.surface.inputs], inputs),
        ("gives", [tensor.elements for tensor in network.surface.outputs], outputs),
    )
    for verb, has, wanted in sides:
        if has != [wanted]:
            count = " and ".join(f"{elements:,}" for elements in has)
            raise InputError(
                f"The network {network.name} in {network.folder} {verb} {count} values, the "
                f"model {wanted:,}: they do not match.",
                remedy="Name the model that it was generated from, or remove --model.",
            )


def _random(inputs: tuple[Tensor, ...]) -> tuple[bytes, ...]:
    generator = np.random.default_rng(RANDOM_SEED)
    return tuple(
        joined(inputs, [tensor.random(generator) for tensor in inputs])
        for _ in range(RANDOM_INPUTS)
    )
