"""What the user gave cannot be used."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.errors.base import ErrorKind, ExitCode, TinylabError


class InputError(TinylabError):
    """Something the user gave cannot be used."""

    exit_code = ExitCode.INPUT
    kind = ErrorKind.BAD_INPUT


class UnknownName(InputError):
    """A model, board or format of that name is not in the catalogue."""

    kind = ErrorKind.UNKNOWN_NAME


@dataclass(eq=False, repr=False, kw_only=True)
class ModelFileError(InputError):
    """A model file is damaged, rejected, or uses something that is not supported."""

    kind = ErrorKind.MODEL_FILE
    layer: str | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class ClockError(InputError):
    """The part cannot run at the requested frequency."""

    kind = ErrorKind.CLOCK
    asked_hz: float | None = None
    nearest_hz: tuple[float, ...] = ()


class OutputError(InputError):
    """A result file cannot be written."""

    kind = ErrorKind.OUTPUT_FILE


@dataclass(eq=False, repr=False, kw_only=True)
class SettingsFileError(InputError):
    """The settings file has values that cannot be used."""

    kind = ErrorKind.SETTINGS_FILE
    path: str = ""
