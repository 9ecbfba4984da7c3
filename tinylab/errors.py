"""Every error that tinylab raises on purpose.

    TinylabError                       (never raised itself)
    |-- InputError              2      arguments, unknown names, unusable files
    |   |-- UnknownName
    |   |-- ModelFileError
    |   |-- ClockError
    |   `-- OutputError
    |-- StationError            3      the board asked for cannot be had
    |-- BuildError              4
    |   |-- DoesNotFit
    |   |-- GenerationError
    |   |-- NoCompiler
    |   |-- NoTool
    |   |-- CubeAiError
    |   `-- CompileError
    |-- LinkError               5      flashing or talking to the board failed
    |   |-- Unplugged
    |   |-- SignalError
    |   `-- SerialLineError
    |-- MeasurementError        6      what was measured cannot be trusted
    `-- Interrupted           130      the user said stop

An error is one sentence about what happened, and one about what to do.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import IntEnum, StrEnum
from typing import Any, ClassVar


class ExitCode(IntEnum):
    """Exit codes of the `tinylab` command."""

    OK = 0
    REGRESSION = 1
    INPUT = 2
    STATION = 3
    BUILD = 4
    LINK = 5
    MEASUREMENT = 6
    INTERNAL = 70
    """EX_SOFTWARE of sysexits.h."""
    INTERRUPTED = 130


class ErrorKind(StrEnum):
    """What a program asks for; each class of errors has one of its own."""

    BAD_INPUT = "bad_input"
    UNKNOWN_NAME = "unknown_name"
    MODEL_FILE = "model_file"
    CLOCK = "clock"
    OUTPUT_FILE = "output_file"
    SETTINGS_FILE = "settings_file"
    STATION = "station"
    BUILD = "build"
    DOES_NOT_FIT = "does_not_fit"
    GENERATION = "generation"
    NO_COMPILER = "no_compiler"
    NO_ST_TOOL = "no_st_tool"
    CUBEAI_CODE = "cubeai_code"
    COMPILE_ERROR = "compile_error"
    LINK = "link"
    UNPLUGGED = "unplugged"
    SWD_SIGNAL = "swd_signal"
    SERIAL_LINE = "serial_line"
    MEASUREMENT = "measurement"
    INTERNAL = "internal"
    INTERRUPTED = "interrupted"


@dataclass(eq=False, repr=False)
class TinylabError(Exception):
    """Base of the tree: a sentence, a remedy, and optionally what a tool printed.

    What programs read are `kind` and the fields that a class adds to these three. Each of them
    has a default, and a type that JSON can hold.
    """

    exit_code: ClassVar[ExitCode]
    kind: ClassVar[ErrorKind]

    message: str
    remedy: str = field(default="", kw_only=True)
    details: str = field(default="", kw_only=True)

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()

    @classmethod
    def field_names(cls) -> tuple[str, ...]:
        """Of the fields that this kind of error has beside its words."""
        words = {one.name for one in fields(TinylabError)}
        return tuple(one.name for one in fields(cls) if one.name not in words)

    @property
    def fields(self) -> dict[str, Any]:
        """Those fields with their values."""
        return {name: getattr(self, name) for name in self.field_names()}


class InputError(TinylabError):
    """Something the user gave cannot be used."""

    exit_code = ExitCode.INPUT
    kind = ErrorKind.BAD_INPUT


class UnknownName(InputError):
    """A model, board or format of that name is not in the catalogue."""

    kind = ErrorKind.UNKNOWN_NAME


class ModelFileError(InputError):
    """A model file is broken, refused, or uses what is not supported."""

    kind = ErrorKind.MODEL_FILE


class ClockError(InputError):
    """The part cannot run at the frequency asked for."""

    kind = ErrorKind.CLOCK


class OutputError(InputError):
    """A result file cannot be written."""

    kind = ErrorKind.OUTPUT_FILE


@dataclass(eq=False, repr=False)
class SettingsFileError(InputError):
    """The settings file says what cannot be used."""

    kind = ErrorKind.SETTINGS_FILE
    path: str = field(default="", kw_only=True)


class StationError(TinylabError):
    """The board asked for is not attached or cannot be opened."""

    exit_code = ExitCode.STATION
    kind = ErrorKind.STATION


class BuildError(TinylabError):
    """No image came out."""

    exit_code = ExitCode.BUILD
    kind = ErrorKind.BUILD


class DoesNotFit(BuildError):
    """The network needs more flash or RAM than the board has."""

    kind = ErrorKind.DOES_NOT_FIT


class GenerationError(BuildError):
    """The network cannot be turned into C."""

    kind = ErrorKind.GENERATION


class NoCompiler(BuildError):
    """The Arm compiler is not installed."""

    kind = ErrorKind.NO_COMPILER


class NoTool(BuildError):
    """ST's code generator is not on this machine, or it does not run."""

    kind = ErrorKind.NO_ST_TOOL


class CubeAiError(BuildError):
    """Code that ST's tools generated, or ST's library for it, cannot be used."""

    kind = ErrorKind.CUBEAI_CODE


class CompileError(BuildError):
    """The compiler or the linker said no; `details` holds its words."""

    kind = ErrorKind.COMPILE_ERROR


class LinkError(TinylabError):
    """Flashing failed, or the board stopped answering."""

    exit_code = ExitCode.LINK
    kind = ErrorKind.LINK


class Unplugged(LinkError):
    """The probe went away while it was in use."""

    kind = ErrorKind.UNPLUGGED


class SignalError(LinkError):
    """Transfers over SWD fail, also at the slowest clock, though probe and board are there."""

    kind = ErrorKind.SWD_SIGNAL


class SerialLineError(LinkError):
    """What the board sends over its serial port comes damaged, or not at all."""

    kind = ErrorKind.SERIAL_LINE


class MeasurementError(TinylabError):
    """The figures cannot be trusted: wrong output, wrong image, wrong clock, fault."""

    exit_code = ExitCode.MEASUREMENT
    kind = ErrorKind.MEASUREMENT


class InternalError(TinylabError):
    """A bug in tinylab: an exception that nothing in it raises on purpose."""

    exit_code = ExitCode.INTERNAL
    kind = ErrorKind.INTERNAL


class Interrupted(TinylabError):
    """The user asked to stop."""

    exit_code = ExitCode.INTERRUPTED
    kind = ErrorKind.INTERRUPTED


def every_error() -> tuple[type[TinylabError], ...]:
    """Every kind of error; one stands before those that descend from it.

    A class without a kind of its own counts as the one it descends from.
    """
    found: list[type[TinylabError]] = [TinylabError]
    for kind in found:
        found.extend(kind.__subclasses__())
    return tuple(kind for kind in found if "kind" in vars(kind))
