"""ST's code of a model, through ST's tool: what the tool is given, and asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tinylab.bench.plan import Options
from tinylab.boards.board import Board
from tinylab.codegen.compress import Compression
from tinylab.codegen.cubeai import CubeNetwork, read_folder
from tinylab.codegen.st_tool.command import WORDS, Request
from tinylab.codegen.st_tool.generate import Progress, generate
from tinylab.codegen.st_tool.installation import choose
from tinylab.zoo import catalog


@dataclass(frozen=True)
class Generated:
    """ST's code, and what is to be known of how it came about."""

    network: CubeNetwork
    notes: tuple[str, ...]


def generated(
    model: str,
    compression: Compression,
    board: Board,
    options: Options,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> Generated:
    """The code of `model`, a name of the catalogue or a file, for `board`'s part.

    Raises NoTool, ModelFileError and GenerationError as `generate` does, CubeAiError when what
    came out cannot be used, Interrupted when cancelled.
    """
    tool = choose(options.st_tool, cancelled)
    request = Request(_file(catalog.find(model)), board.mcu, compression, options.optimization)
    made = generate(request, tool, progress=progress, cancelled=cancelled)
    [network] = read_folder(made.folder, libraries=made.libraries).networks
    if compression is Compression.NONE:
        return Generated(network, ())
    word = WORDS[compression]
    note = f"{made.version} was asked to compress as {compression} ({word} in newer versions)"
    return Generated(network, (note,))


def _file(found: catalog.CatalogModel | Path) -> Path:
    """Of the catalogue's the .tflite: ST's tool has an older Keras than the one they are from."""
    return found if isinstance(found, Path) else found.tflite
