"""ST's code of a model, through ST's tool: what the tool is given, and asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tinylab.bench.plan.plan import Options
from tinylab.bench.plan.workloads import Workload
from tinylab.bench.prepare import st_code
from tinylab.bench.prepare.prepared_network import PreparedNetwork
from tinylab.boards.board import Board
from tinylab.codegen.compress import Compression
from tinylab.codegen.cubeai import CubeNetwork, read_folder
from tinylab.codegen.st_tool.command import WORDS, Request
from tinylab.codegen.st_tool.generate import GeneratedFolder, Progress, generate
from tinylab.codegen.st_tool.installation import choose
from tinylab.errors import CubeAiError, GenerationError, InputError
from tinylab.zoo import catalog

UNREAD = "outputs not checked: ST's tool reads this model, tinylab does not"


def prepare(
    workload: Workload,
    golden: st_code.Golden | None,
    compression: Compression,
    board: Board,
    options: Options,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> PreparedNetwork:
    """ST's code of `workload`'s model for `board`, with its outputs checked if there is `golden`.

    Raises NoTool, ModelFileError and GenerationError as `generate` does, what `st_code.prepare`
    raises, and Interrupted when cancelled.
    """
    tool = choose(options.st_tool, cancelled)
    model = _file(catalog.find(workload.model))
    request = Request(model, board.mcu, compression, options.optimization)
    made = generate(request, tool, progress=progress, cancelled=cancelled)
    network = _network(made)
    prepared = st_code.prepare(network, workload.title, golden, board)
    notes = prepared.notes if golden else (UNREAD,)
    if compression is not Compression.NONE:
        word = WORDS[compression]
        asked = f"{made.version} was asked to compress as {compression} ({word} in newer versions)"
        notes = (asked, *notes)
    return replace(prepared, notes=notes)


def _network(made: GeneratedFolder) -> CubeNetwork:
    """What the tool wrote. Raises GenerationError: nobody but the tool has had a hand in it."""
    try:
        [network] = read_folder(made.folder, libraries=made.libraries).networks
    except (InputError, CubeAiError) as error:
        raise GenerationError(
            f"The code that {made.version} generated is not supported: {error.message}",
            remedy="Please report it with the tool's version; --st-tool selects another one, and "
            "`--runtime tinylab` does not require it.",
        ) from error
    return network


def _file(found: catalog.CatalogModel | Path) -> Path:
    """Of the catalogue's the .tflite: ST's tool has an older Keras than the one they are from."""
    return found if isinstance(found, Path) else found.tflite
