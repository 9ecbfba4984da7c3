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

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the `tinylab` command."""

    OK = 0
    REGRESSION = 1
    INPUT = 2
    STATION = 3
    BUILD = 4
    LINK = 5
    MEASUREMENT = 6
    INTERRUPTED = 130


class TinylabError(Exception):
    """Base of the tree: a sentence, a remedy, and optionally what a tool printed."""

    exit_code: ExitCode = ExitCode.INPUT

    def __init__(self, message: str, *, remedy: str = "", details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class InputError(TinylabError):
    """Something the user gave cannot be used."""

    exit_code = ExitCode.INPUT


class UnknownName(InputError):
    """A model, board or format of that name is not in the catalogue."""


class ModelFileError(InputError):
    """A model file is broken, refused, or uses what is not supported."""


class ClockError(InputError):
    """The part cannot run at the frequency asked for."""


class OutputError(InputError):
    """A result file cannot be written."""


class StationError(TinylabError):
    """The board asked for is not attached or cannot be opened."""

    exit_code = ExitCode.STATION


class BuildError(TinylabError):
    """No image came out."""

    exit_code = ExitCode.BUILD


class DoesNotFit(BuildError):
    """The network needs more flash or RAM than the board has."""


class GenerationError(BuildError):
    """The network cannot be turned into C."""


class NoCompiler(BuildError):
    """The Arm compiler is not installed."""


class NoTool(BuildError):
    """ST's code generator is not on this machine, or it does not run."""


class CubeAiError(BuildError):
    """Code that ST's tools generated, or ST's library for it, cannot be used."""


class CompileError(BuildError):
    """The compiler or the linker said no; `details` holds its words."""


class LinkError(TinylabError):
    """Flashing failed, or the board stopped answering."""

    exit_code = ExitCode.LINK


class Unplugged(LinkError):
    """The probe went away while it was in use."""


class SignalError(LinkError):
    """Transfers over SWD fail, also at the slowest clock, though probe and board are there."""


class SerialLineError(LinkError):
    """What the board sends over its serial port comes damaged, or not at all."""


class MeasurementError(TinylabError):
    """The figures cannot be trusted: wrong output, wrong image, wrong clock, fault."""

    exit_code = ExitCode.MEASUREMENT


class Interrupted(TinylabError):
    """The user asked to stop."""

    exit_code = ExitCode.INTERRUPTED
