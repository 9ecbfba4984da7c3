"""No image was built."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.errors.base import ErrorKind, ExitCode, TinylabError


class BuildError(TinylabError):
    """No image was built."""

    exit_code = ExitCode.BUILD
    kind = ErrorKind.BUILD


@dataclass(eq=False, repr=False, kw_only=True)
class DoesNotFit(BuildError):
    """The network needs more flash or RAM than the board has."""

    kind = ErrorKind.DOES_NOT_FIT
    flash_missing: int = 0
    ram_missing: int = 0
    fitting_compression: str | None = None
    """The compression with which it fits; None: none, or unknown."""


@dataclass(eq=False, repr=False, kw_only=True)
class GenerationError(BuildError):
    """The network cannot be turned into C."""

    kind = ErrorKind.GENERATION
    layer: str | None = None


class NoCompiler(BuildError):
    """The Arm compiler is not installed."""

    kind = ErrorKind.NO_COMPILER


class NoTool(BuildError):
    """ST's code generator is not on this machine, or it does not run."""

    kind = ErrorKind.NO_ST_TOOL


class CubeAiError(BuildError):
    """Code that ST's tools generated, or ST's library for it, cannot be used."""

    kind = ErrorKind.CUBEAI_CODE


@dataclass(eq=False, repr=False, kw_only=True)
class CompileError(BuildError):
    """The compiler or the linker failed; `details` has its output.

    `errors` has one of its messages each; `file` and `line` are of the first, if it has any.
    """

    kind = ErrorKind.COMPILE_ERROR
    file: str | None = None
    line: int | None = None
    errors: tuple[str, ...] = ()
