"""Properties of a model before it is run, and whether it fits a board."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tinylab.bench.prepare import fit
from tinylab.bench.prepare.image_pipeline import ImagePipeline
from tinylab.bench.prepare.loaded_model import Loaded, type_of
from tinylab.bench.prepare.own_code import AUTO, need
from tinylab.bench.prepare.placing import Need
from tinylab.boards.board import Board
from tinylab.errors import Interrupted, TinylabError
from tinylab.zoo import cost
from tinylab.zoo.network import Shape

COMPRESSIONS = ("none", "x4", "x8")
"""From the most bytes to the fewest."""


@dataclass(frozen=True, eq=False)
class ModelFacts:
    """One model, read: sizes, and the cost of each layer in execution order.

    `needs` gives bytes by weight compression.
    """

    name: str
    title: str
    input_shapes: tuple[Shape, ...]
    output_shapes: tuple[Shape, ...]
    parameters: int
    macc: int
    number_type: str | None
    layers: tuple[cost.LayerCost, ...]
    needs: Mapping[str, Need]
    default_compression: str
    sha256: str

    def need(self, compression: str | None) -> Need:
        """With this compression; None is as the model specifies, `auto` the most possible."""
        wanted = compression or self.default_compression
        return self.needs[COMPRESSIONS[-1] if wanted == AUTO else wanted]

    def weight_bytes(self, compression: str | None) -> int:
        """Bytes of flash for the weights."""
        return self.need(compression).weights


@dataclass(frozen=True)
class Shortage:
    """The bytes that a board lacks; `compression` is one with which the model fits, if any."""

    flash: int
    ram: int
    compression: str | None


def survey(
    names: Sequence[str], cancelled: Callable[[], bool]
) -> Iterator[tuple[str, ModelFacts | TinylabError]]:
    """The facts of each model, or why it cannot be used; files are read in one process.

    Raises Interrupted when cancelled.
    """
    pipeline = ImagePipeline(tuple(names))
    for name in names:
        try:
            yield name, _facts(pipeline.load(name, cancelled))
        except Interrupted:
            raise
        except TinylabError as error:
            yield name, error


def shortage(board: Board, facts: ModelFacts, compression: str | None) -> Shortage | None:
    """What `board` lacks for the model, compressed so; None if it fits."""
    wanted = facts.need(compression)
    if fit.fits(board, wanted):
        return None
    helps = (how for how in COMPRESSIONS if fit.fits(board, facts.needs[how]))
    return Shortage(
        fit.flash_missing(board, wanted), fit.ram_missing(board, wanted), next(helps, None)
    )


def _facts(loaded: Loaded) -> ModelFacts:
    network = loaded.network
    return ModelFacts(
        name=loaded.name,
        title=loaded.title,
        input_shapes=network.input_shapes,
        output_shapes=network.output_shapes,
        parameters=loaded.parameters,
        macc=loaded.macc,
        number_type=type_of(network),
        layers=cost.rows(network),
        needs={how: need(network, how) for how in COMPRESSIONS},
        default_compression=loaded.default_compression,
        sha256=network.sha256,
    )
