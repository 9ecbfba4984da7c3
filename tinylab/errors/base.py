"""What all errors have: exit codes, kinds, and the base of the tree."""

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
    """Identifies the kind of error for programs; each class has its own."""

    BAD_INPUT = "bad_input"
    UNKNOWN_NAME = "unknown_name"
    MODEL_FILE = "model_file"
    CLOCK = "clock"
    OUTPUT_FILE = "output_file"
    SETTINGS_FILE = "settings_file"
    STATION = "station"
    NOT_ATTACHED = "not_attached"
    SEVERAL_ATTACHED = "several_attached"
    WRONG_BOARD = "wrong_board"
    NO_PERMISSION = "no_permission"
    PROBE_BUSY = "probe_busy"
    SERIAL_PORT = "serial_port"
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
    FLASH_PROTECTED = "flash_protected"
    FLASH_VERIFY = "flash_verify"
    BOARD_RESET = "board_reset"
    BOARD_SILENT = "board_silent"
    MEASUREMENT = "measurement"
    OUTPUT_WRONG = "output_wrong"
    CLOCK_WRONG = "clock_wrong"
    WRONG_IMAGE = "wrong_image"
    CORE_FAULT = "core_fault"
    CORE_HALTED = "core_halted"
    RUNTIME_REFUSED = "runtime_refused"
    TIME_LIMIT = "time_limit"
    PROTOCOL = "protocol"
    INTERNAL = "internal"
    INTERRUPTED = "interrupted"


@dataclass(eq=False, repr=False)
class TinylabError(Exception):
    """Base of the tree: a sentence, a remedy, and optionally what a tool printed.

    A class may add fields to these three. Each has a default, and a type that JSON can hold.
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
        """Names of the fields that this kind adds to the text fields."""
        words = {one.name for one in fields(TinylabError)}
        return tuple(one.name for one in fields(cls) if one.name not in words)

    @property
    def fields(self) -> dict[str, Any]:
        """Those fields with their values."""
        return {name: getattr(self, name) for name in self.field_names()}


class InternalError(TinylabError):
    """A bug in tinylab: an exception that is not raised on purpose."""

    exit_code = ExitCode.INTERNAL
    kind = ErrorKind.INTERNAL

    @classmethod
    def of(cls, error: BaseException, *, remedy: str, details: str = "") -> InternalError:
        message = f"Internal error in tinylab: {type(error).__name__}: {error}."
        return cls(message, remedy=remedy, details=details)


class Interrupted(TinylabError):
    """The user asked to stop."""

    exit_code = ExitCode.INTERRUPTED
    kind = ErrorKind.INTERRUPTED


def every_error() -> tuple[type[TinylabError], ...]:
    """Every kind of error, in the order of `ErrorKind`: general ones before special ones.

    A class without a kind of its own counts as the one it descends from.
    """
    found: list[type[TinylabError]] = [TinylabError]
    for one in found:
        found.extend(one.__subclasses__())
    kinds = {one.kind: one for one in found if "kind" in vars(one)}
    return tuple(kinds[kind] for kind in ErrorKind)
