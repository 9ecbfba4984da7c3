"""Weight compression like Cube.AI's x4 and x8: codes of 8 or 4 bits into a table of floats.

Only dense layers with at least `LARGE` weights are compressed. Below that, the saving is
under 14 KiB of flash and the table takes a growing part of it; Cube.AI does not compress
such layers either (2,560 weights stay float at x8, 401,408 do not). All other parameters,
including biases, stay float.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from tinylab.zoo.network import Layer, Network
from tinylab.zoo.operations import Dense
from tinylab.zoo.tensor_type import FloatArray

Doubles = npt.NDArray[np.float64]

LARGE = 4096
"""Minimum number of weights of a compressed dense layer."""


class Compression(StrEnum):
    """The compression level, named after the reduction factor of the weights."""

    NONE = "none"
    X4 = "x4"
    X8 = "x8"

    @property
    def bits(self) -> int:
        """Bits per weight."""
        return {"none": 32, "x4": 8, "x8": 4}[self.value]


@dataclass(frozen=True, eq=False)
class Codebook:
    """Weights as codes: weight (i, u) is `table[codes[i, u]]`; the table has 2**bits floats."""

    bits: int
    table: FloatArray
    codes: npt.NDArray[np.uint8]

    @property
    def weights(self) -> FloatArray:
        return self.table[self.codes]


@dataclass(frozen=True)
class CompressedLayer:
    """The effect of compression on one layer; sizes without the bias."""

    name: str
    float_bytes: int
    bytes: int
    rms_error: float
    """Root mean square of the weights' changes, relative to that of the weights."""


def compressible(network: Network, compression: Compression) -> tuple[Layer, ...]:
    """The layers that `compression` applies to."""
    if compression is Compression.NONE:
        return ()
    return tuple(
        layer
        for layer in network.layers
        if isinstance(layer.operation, Dense) and layer.operation.weights.size >= LARGE
    )


def codebooks(network: Network, compression: Compression) -> Mapping[str, Codebook]:
    """The codebook of each compressible layer, by name."""
    return {
        layer.name: _codebook(layer.operation.weights, compression.bits)
        for layer in compressible(network, compression)
        if isinstance(layer.operation, Dense)
    }


def blank_codebooks(network: Network, compression: Compression) -> Mapping[str, Codebook]:
    """Codebooks of the right sizes, filled with zeros; much faster than `codebooks`."""
    if compression is Compression.NONE:
        return {}
    bits = compression.bits
    table = np.zeros(1 << bits, np.float32)
    return {
        layer.name: Codebook(bits, table, np.zeros(layer.operation.weights.shape, np.uint8))
        for layer in compressible(network, compression)
        if isinstance(layer.operation, Dense)
    }


def decompressed(network: Network, books: Mapping[str, Codebook]) -> Network:
    """The network with the weights that the codes represent."""

    def restored(layer: Layer) -> Layer:
        book = books.get(layer.name)
        if book is None or not isinstance(layer.operation, Dense):
            return layer
        return replace(layer, operation=replace(layer.operation, weights=book.weights))

    return replace(network, layers=tuple(map(restored, network.layers)))


def compressed_layers(
    network: Network, books: Mapping[str, Codebook]
) -> tuple[CompressedLayer, ...]:
    """The effect of `books` on `network`, layer by layer."""

    def account(layer: Layer, weights: FloatArray, book: Codebook) -> CompressedLayer:
        error = _rms(weights - book.weights) / (_rms(weights) or 1.0)
        size = (weights.size * book.bits + 7) // 8 + book.table.nbytes
        return CompressedLayer(layer.name, weights.nbytes, size, error)

    return tuple(
        account(layer, layer.operation.weights, books[layer.name])
        for layer in network.layers
        if isinstance(layer.operation, Dense) and layer.name in books
    )


def _rms(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))


def _codebook(weights: FloatArray, bits: int) -> Codebook:
    table = _clustered(weights.reshape(-1), 1 << bits)
    codes = np.searchsorted(_boundaries(table), weights.astype(np.float64)).astype(np.uint8)
    return Codebook(bits, table.astype(np.float32), codes)


def _clustered(weights: FloatArray, clusters: int) -> Doubles:
    """The ascending centres of `weights` by k-means; deterministic.

    Lloyd's iteration on sorted values, where clusters are intervals, from the better of
    two starts: evenly spaced, which suits rare large weights, and at even steps of the
    cube root of the density, which is best for many clusters (Panter and Dite, 1951).
    """
    values: Doubles = np.sort(weights.astype(np.float64))
    even = np.linspace(values[0], values[-1], clusters)
    starts = (even, _by_cube_root_of_density(values, clusters))
    results = [_lloyd(values, start) for start in starts]
    return min(results, key=lambda centres: _squared_error(values, centres))


def _boundaries(centres: Doubles) -> Doubles:
    return (centres[1:] + centres[:-1]) / 2


def _by_cube_root_of_density(values: Doubles, clusters: int) -> Doubles:
    counts, edges = np.histogram(values, bins=1024)
    steps = np.concatenate([[0.0], np.cumsum(np.cbrt(counts))])
    wanted = (np.arange(clusters) + 0.5) / clusters * steps[-1]
    starts: Doubles = np.interp(wanted, steps, edges)
    return starts


def _lloyd(values: Doubles, centres: Doubles, rounds: int = 1000) -> Doubles:
    sums = np.concatenate([[0.0], np.cumsum(values)])
    for _ in range(rounds):
        ends = np.searchsorted(values, _boundaries(centres))
        edges = np.concatenate([[0], ends, [values.size]])
        counts = np.diff(edges)
        means = np.diff(sums[edges]) / np.maximum(counts, 1)
        moved = np.where(counts > 0, means, centres)
        if np.array_equal(moved, centres):
            break
        centres = moved
    return centres


def _squared_error(values: Doubles, centres: Doubles) -> float:
    nearest = centres[np.searchsorted(_boundaries(centres), values)]
    return float(np.sum(np.square(values - nearest)))
