"""From a model's name to an image for a board: load, choose, generate, build."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

from tinylab.bench.plan.plan import Job, Options
from tinylab.bench.plan.workloads import Workload
from tinylab.bench.prepare import given_samples, own_code, st_code, st_model
from tinylab.bench.prepare.loaded_model import Loaded, file_of, load_model, type_of
from tinylab.bench.prepare.own_code import AUTO
from tinylab.bench.prepare.prepared_network import (
    PreparedNetwork,
)
from tinylab.bench.prepare.st_outputs import Golden, TfliteFile
from tinylab.boards import placement
from tinylab.boards.board import Board
from tinylab.build.image import BuildProgress, Image
from tinylab.build.project import build
from tinylab.codegen.compress import Compression
from tinylab.codegen.st_tool.generate import Progress
from tinylab.errors import BuildError, ModelFileError, UnknownName
from tinylab.results.identity import CUBEAI, RunIdentity
from tinylab.stream import frames
from tinylab.zoo import catalog, load
from tinylab.zoo.processes import interpreter


class ImagePipeline:
    """Caches models, code and images in a session, so that each is made once."""

    def __init__(self, models: Sequence[str] = ()) -> None:
        self._unread = models
        """The models that the session will load; one process reads all of them."""
        self._loaded: dict[str, Loaded] = {}
        self._prepared: dict[tuple[str, str, str, str | None], PreparedNetwork] = {}
        self._refused: dict[tuple[str, str, str, str | None], BuildError] = {}
        self._images: dict[PreparedNetwork, Image] = {}
        self._lock = threading.Lock()
        self._turns: dict[tuple[str, str, str, str | None], threading.Lock] = {}

    def load(self, model: str, cancelled: Callable[[], bool]) -> Loaded:
        """The network called `model`, or in the file of that name.

        Raises InputError, or Interrupted when cancelled, also while another station loads.
        """
        with load.held(self._lock, cancelled):
            if self._unread:
                unread, self._unread = self._unread, ()
                # An error in a file is reported when its model is loaded.
                load.load_each(list(_files(unread)), cancelled)
            if model not in self._loaded:
                self._loaded[model] = load_model(catalog.find(model), cancelled)
            return self._loaded[model]

    def load_for(self, workload: Workload, cancelled: Callable[[], bool]) -> Loaded | None:
        """The workload's network; None if ST's code has no model, or if tinylab cannot read it and
        ST's tool or the LiteRT interpreter may.

        Raises InputError or Interrupted.
        """
        if not workload.loads:
            return None
        try:
            return self.load(workload.model, cancelled)
        except ModelFileError:
            if workload.runtime == CUBEAI and (
                workload.generated is None or _tflite(workload, cancelled) is not None
            ):
                return None
            raise

    def prepare(
        self,
        workload: Workload,
        loaded: Loaded | None,
        board: Board,
        options: Options,
        progress: Callable[[Progress], None],
        cancelled: Callable[[], bool],
    ) -> PreparedNetwork:
        """Code for `board`. Raises DoesNotFit, GenerationError, NoTool, CubeAiError, InputError,
        or Interrupted when cancelled.
        """
        key = (workload.name, workload.runtime, board.name, options.compression)
        with self._turns.setdefault(key, threading.Lock()):  # two boards may be of one kind
            if key in self._refused:
                raise self._refused[key]
            if key not in self._prepared:
                try:
                    made = _prepare(workload, loaded, board, options, progress, cancelled)
                except BuildError as error:
                    # ST's tool can take minutes: the result is used for the next clock.
                    self._refused[key] = error
                    raise
                self._prepared[key] = made
            return self._prepared[key]

    def build(
        self,
        prepared: PreparedNetwork,
        board: Board,
        progress: Callable[[BuildProgress], None],
        cancelled: Callable[[], bool],
    ) -> Image:
        """The image for the `board` it was prepared for. Raises BuildError or Interrupted."""
        if prepared not in self._images:
            files = dict(prepared.files)
            files["tinylab_mailbox.h"] = frames.c_header().encode()
            self._images[prepared] = build(
                board,
                files,
                settings=prepared.settings,
                layout=prepared.layout,
                progress=progress,
                cancelled=cancelled,
            )
        return self._images[prepared]


def _files(names: Sequence[str]) -> Iterator[Path]:
    """The files of those models that exist."""
    for name in names:
        with suppress(UnknownName):
            yield file_of(catalog.find(name))


def identify(job: Job, loaded: Loaded, compression: str | None) -> RunIdentity:
    """The job's identity, completed from its model's file.

    `compression` is the requested one, None: as the model specifies. Code that ST has generated is
    not changed, and `auto` is not resolved yet.
    """
    wanted = compression or loaded.default_compression
    decided = wanted != AUTO and job.workload.generated is None
    return replace(
        job.identity,
        parameters=loaded.parameters,
        macc=loaded.macc,
        compression=wanted if decided else None,
        model_sha256=loaded.network.sha256,
        number_type=type_of(loaded.network),
    )


def _prepare(
    workload: Workload,
    loaded: Loaded | None,
    board: Board,
    options: Options,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> PreparedNetwork:
    """Selects the code: tinylab's own, ST's in a folder, or ST's through ST's tool."""
    if workload.runtime != CUBEAI and workload.generated is None:
        assert loaded is not None
        asked = _asked(loaded, options)
        prepared = own_code.prepare(loaded, board, options, asked, cancelled)
        return given_samples.completed(prepared, loaded, asked(), workload.runtime, cancelled)
    # On random inputs, LiteRT itself is the reference of quantised files.
    random = options.data is None and (loaded is None or loaded.golden is None)
    plain = loaded is None or not loaded.network.keeps_states
    interpreted = loaded is None or (plain and random and loaded.network.is_quantised)
    file = _tflite(workload, cancelled) if interpreted else None
    own = loaded if file is None else None
    model: Golden | TfliteFile | None = file
    if own is not None:
        asked = _asked(own, options)
        model = Golden(own.network, lambda: asked().inputs, cancelled)
    elif options.data is not None:
        raise given_samples.unread(workload.title)
    if workload.generated is not None:
        wanted = placement.parse(options.place)
        prepared = st_code.prepare(workload.generated, workload.title, model, board, wanted)
    else:
        # `auto` is resolved by the requirements of tinylab's own code.
        level = _level(loaded, board, options)
        prepared = st_model.prepare(workload, model, level, board, options, progress, cancelled)
    given = asked() if own is not None else None
    return given_samples.completed(prepared, own, given, workload.runtime, cancelled)


def _level(loaded: Loaded | None, board: Board, options: Options) -> Compression:
    """The compression that ST's tool is asked for."""
    if loaded is not None:
        return own_code.choose(loaded, board, options).compression.compression
    return Compression.NONE


def _asked(loaded: Loaded, options: Options) -> Callable[[], given_samples.Given]:
    """Makes the inputs once, and only when it is called: of a network that is known to fit."""
    return cache(lambda: given_samples.given(loaded, options.data, reset=options.reset_state))


def _tflite(workload: Workload, cancelled: Callable[[], bool]) -> TfliteFile | None:
    """The workload's model, if it is a .tflite file."""
    if not workload.loads:
        return None
    file = file_of(catalog.find(workload.model))
    sha256 = interpreter.sha256_of(file)
    return TfliteFile(file, cancelled, sha256) if sha256 else None
