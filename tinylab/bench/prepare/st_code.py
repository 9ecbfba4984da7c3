"""Prepares a network that ST's tools generated, unchanged, for the bench."""

from __future__ import annotations

from collections.abc import Iterator

from tinylab.bench.prepare import fit, placing
from tinylab.bench.prepare.placing import Need, Wish
from tinylab.bench.prepare.prepared_network import NetworkFacts, PreparedNetwork
from tinylab.bench.prepare.st_outputs import Model, checks, described
from tinylab.boards.board import Board
from tinylab.boards.placement import NOWHERE, Placement
from tinylab.build.runtime_library import Library, choose
from tinylab.codegen.cubeai import CubeNetwork, Version
from tinylab.codegen.cubeai.files import read_bytes
from tinylab.codegen.cubeai.nodes import node_calls
from tinylab.codegen.layer_calls import LayerCalls, run_function
from tinylab.codegen.names_header import FILE, Seam
from tinylab.codegen.tensor import number_type, offsets
from tinylab.errors import CubeAiError

ST_FOLDER = "st"
"""Where ST's headers and library go, below the network's own files."""
UNKNOWN = "unknown"
STAI = "stai"


def prepare(
    network: CubeNetwork,
    title: str,
    model: Model | None,
    board: Board,
    wanted: Placement = NOWHERE,
) -> PreparedNetwork:
    """ST's code for `board`; its outputs are checked if the model is available.

    Parts that `wanted` does not name are where ST's tools link them.

    Raises CubeAiError when no library is for the board and the code, or a file has gone since the
    folder was read, DoesNotFit, and what `checks` raises.
    """
    try:
        return _prepare(network, title, model, board, wanted)
    except OSError as exc:
        raise CubeAiError(
            f"{exc.filename or network.folder} cannot be read: {exc.strerror or exc}.",
            remedy="Restore the generated folder and make it readable.",
        ) from exc


def _prepare(
    network: CubeNetwork, title: str, model: Model | None, board: Board, wanted: Placement
) -> PreparedNetwork:
    library = _library(network, board)
    need, wish = _asked(network, board, wanted)
    placed = fit.require(board, title, need, wish=wish)
    network = described(network, model)
    surface = network.surface
    version = Version.of_library(library.path.name) or surface.version
    found = checks(network, model)
    return PreparedNetwork(
        facts=NetworkFacts(
            runtime_version=str(version or UNKNOWN),
            parameters=network.parameters,
            macc=network.macc,
            compression=network.compression or UNKNOWN,
            model_sha256=found.sha256 or network.sha256,
            number_type=number_type(surface.inputs, surface.outputs),
        ),
        weights_bytes=surface.weights,
        activations_bytes=network.activations,
        files=dict(_files(network, library)),
        settings={"custom_adapter": surface.interface.value, "custom_runtime": "cubeai"},
        inputs=found.inputs,
        outputs=surface.outputs,
        check=found.check,
        layout=placed.layout,
        need=need,
        wish=wish,
        layers=_layers(network),
        notes=(*network.notes, *found.notes),
    )


def _layers(network: CubeNetwork) -> LayerCalls | None:
    """The functions of the nodes; of the interface stai they are not known."""
    calls = node_calls(network) if network.surface.interface.value != STAI else ()
    return LayerCalls(run_function(network.name), calls) if calls else None


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


def _asked(network: CubeNetwork, board: Board, wanted: Placement) -> tuple[Need, Wish]:
    """What the planner of memories is asked for."""
    surface = network.surface
    need = Need(
        weights=surface.weights,
        activations=sum(surface.activations),
        input=offsets(surface.inputs)[-1],
        output=offsets(surface.outputs)[-1],
    )
    arenas = placing.default_arenas(board)
    first = [memory for memory in arenas if memory.name == board.st_memory]
    others = [memory for memory in arenas if memory not in first]
    return need, Wish(wanted, arenas=(*first, *others))


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
