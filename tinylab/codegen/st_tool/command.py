"""Builds the command line of one version of ST's tool from a request."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tinylab.codegen.compress import Compression
from tinylab.codegen.cubeai.version import Version
from tinylab.codegen.st_tool.version import Grammar, ToolVersion
from tinylab.errors import GenerationError

TYPES = {".keras": "keras", ".h5": "keras", ".hdf5": "keras", ".tflite": "tflite", ".onnx": "onnx"}
"""The value of `--type` for a model file with that suffix."""

FACTORS = {Compression.NONE: "1", Compression.X4: "4", Compression.X8: "8"}
WORDS = {Compression.NONE: "none", Compression.X4: "low", Compression.X8: "high"}
"""Up to 7.0 the tool takes factors, later versions take words. The available documents do not
state the factor of each word. `low` and `high` are the ends of its lossy scale; the actual size
of the weights is in ST's report. The tool's default, `lossless`, is never used."""

SERIES_COUNTS = Version(8, 0)
"""In earlier versions, `--series` applies to relocatable networks only and supports few series."""
SERIES_INSTEAD = {"stm32wb": "stm32l4"}
"""A series with the same core, for a tool that does not list the first."""
ST_GOALS = {"speed": "time"}
"""What the tool calls a goal, where it has another name for it."""
MODEL, WORKSPACE, OUTPUT = "model", "workspace", "output"
"""Names in the temporary folder in which the tool runs. They are relative and ASCII: a path that
is not ASCII makes ST's own compiler fail (E103)."""


@dataclass(frozen=True)
class Request:
    """What to generate. `mcu` is a part number, such as `STM32H723ZG`; `name` is the C prefix."""

    model: Path
    mcu: str
    compression: Compression = Compression.NONE
    optimize: str | None = None
    """One of `options.measuring.GOALS`; None is the tool's default, balanced."""
    name: str = "network"
    sha256: str = ""
    """Of the model's content as it was loaded; empty if only ST's tool reads it."""

    @property
    def series(self) -> str:
        """`stm32h7`."""
        return self.mcu[:7].lower()


def check_type(model: Path, version: ToolVersion) -> None:
    """Raises GenerationError if this version does not read that type of file.

    The documents of 5.2 and 7.0 list .h5 and .hdf5 for Keras. .keras files are reported to
    work with ST Edge AI Core. Whether the last `stm32ai`, 8.1, reads them is unknown.
    """
    if model.suffix not in TYPES:
        raise GenerationError(
            f"{version} does not read {model.name}.", remedy=f"It reads {', '.join(TYPES)}."
        )
    if model.suffix == ".keras" and version.name == "stm32ai":
        raise GenerationError(
            f"{version} does not read .keras files such as {model.name}.",
            remedy="Give the model as .tflite or .h5, or install ST Edge AI Core.",
        )


def arguments(request: Request, version: ToolVersion, grammar: Grammar) -> list[str]:
    """The command-line arguments. Raises GenerationError if this version does not support them."""
    check_type(request.model, version)
    words = WORDS if grammar.words else FACTORS
    line = [
        *("generate", "--model", MODEL + request.model.suffix),
        *("--type", TYPES[request.model.suffix], "--name", request.name),
        *("--compression", words[request.compression]),
        *_target(request, version, grammar),
        *_optimization(request, version, grammar),
        *("--workspace", WORKSPACE, "--output", OUTPUT),
    ]
    if version.name == "stm32ai":
        # As CubeMX does; with ST Edge AI Core this is the default.
        line += [one for one in ("--allocate-inputs", "--allocate-outputs") if grammar.has(one)]
    # Without the progress bar, which would fill the log.
    return line + [one for one in ("--quiet",) if grammar.has(one)]


def _target(request: Request, version: ToolVersion, grammar: Grammar) -> list[str]:
    series = request.series
    if grammar.targets and series not in grammar.targets:
        series = SERIES_INSTEAD.get(series, series)
    if grammar.targets and series not in grammar.targets:
        raise GenerationError(
            f"{version} does not support the {request.mcu}.",
            remedy=f"It supports {', '.join(sorted(grammar.targets))}.",
        )
    if grammar.has("--series"):
        # 8.0 also has `--target`, for a file that describes memories.
        return ["--series", series] if version.pack >= SERIES_COUNTS else []
    return ["--target", series] if grammar.has("--target") else []


def _optimization(request: Request, version: ToolVersion, grammar: Grammar) -> list[str]:
    if request.optimize is None:
        return []
    if not grammar.has("--optimization"):
        raise GenerationError(
            f"{version} has no option for what it optimises.",
            remedy="Remove --optimize, or install X-CUBE-AI 7.3 or newer.",
        )
    return ["--optimization", ST_GOALS.get(request.optimize, request.optimize)]
