"""The saved settings, in a file of the user's.

The terminal interface saves its options. `tinylab run` uses only its flags, so that a script gives
the same result for every user.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from tinylab import atomic_files, paths, text_files
from tinylab.errors import InputError, OutputError, SettingsFileError
from tinylab.options.looks import Looks
from tinylab.options.measuring import Measuring
from tinylab.options.option import Option, Value, options_of
from tinylab.plain_files import MIB


@dataclass(frozen=True)
class Settings(Looks, Measuring):
    """Every option of its bases, and other saved state."""

    models: tuple[str, ...] = ()
    """Files that the user added to the catalogue."""
    seen_hint: bool = False

    def with_value(self, name: str, value: Value) -> Settings:
        """The same settings except one option. Raises InputError if the value is not allowed."""
        one = option(name)
        return replace(self, **{name: one.check(value, one.title)})  # type: ignore[arg-type]


LARGEST = MIB
DEFAULTS = Settings()
MEASURING = options_of(Measuring)
OPTIONS = options_of(Settings)


def option(name: str) -> Option:
    """The option of that name."""
    return next(one for one in OPTIONS if one.name == name)


class DamagedSettings(SettingsFileError):
    """The file has values that cannot be used; `usable` has the others."""

    def __init__(self, path: Path, why: str, usable: Settings = DEFAULTS) -> None:
        super().__init__(
            f"The settings in {path} cannot be used: {why}.",
            remedy="Correct or delete that file; until then the defaults apply to these.",
            path=str(path),
        )
        self.usable = usable


def location() -> Path:
    return paths.config() / "settings.json"


def load() -> Settings:
    """The saved settings; the defaults if there are none.

    Raises DamagedSettings if the file cannot be read or has values that are not allowed, InputError
    if its folder cannot be created.
    """
    path = location()
    if not path.exists():
        return Settings()
    saved = _read(path)
    settings, bad = Settings(), []
    for one in OPTIONS:
        if one.name not in saved:
            continue
        try:
            settings = settings.with_value(one.name, saved[one.name])  # type: ignore[arg-type]
        except InputError as error:
            bad.append(str(error).rstrip("."))
    models = saved.get("models", [])
    if not isinstance(models, list) or not all(isinstance(name, str) for name in models):
        bad.append("models is not a list of files")
        models = []
    settings = replace(settings, models=tuple(models), seen_hint=saved.get("seen_hint") is True)
    if bad:
        raise DamagedSettings(path, "; ".join(bad), settings)
    return settings


def save(settings: Settings, before: Settings = DEFAULTS) -> None:
    """Writes what has changed since `before`, whole or not at all.

    The rest of the file is kept: keys of a newer tinylab, changes of another open tinylab, and
    values that cannot be used. A file that cannot be read is moved aside. Raises OutputError.
    """
    changed = {
        field.name: getattr(settings, field.name)
        for field in fields(settings)
        if getattr(settings, field.name) != getattr(before, field.name)
    }
    path = location()
    try:
        _write(path, changed, set(before.models))
    except OSError as error:
        raise OutputError(
            f"The settings cannot be saved: {error}.",
            remedy="Make the folder writable, or set another one in TINYLAB_CONFIG_DIR.",
        ) from error


def _write(path: Path, changed: dict[str, object], models_before: set[str]) -> None:
    if not atomic_files.is_replaceable(path):  # writing to a pipe would wait
        raise OSError(f"{path} is not a file")
    try:
        known = _read(path) if path.exists() else {}
    except DamagedSettings:
        if path.is_file():
            path.replace(path.with_name(f"{path.name}.damaged"))
        known = {}
    models, listed = changed.get("models"), known.get("models")
    if isinstance(models, tuple) and isinstance(listed, list):
        others = [name for name in listed if name not in models_before and name not in models]
        changed["models"] = [*models, *others]
    atomic_files.write(path, json.dumps({**known, **changed}, indent=2) + "\n")


def _read(path: Path) -> Mapping[str, object]:
    try:
        saved = json.loads(text_files.read(path, LARGEST))
    except InputError as error:
        raise DamagedSettings(path, error.message) from error
    except RecursionError as error:
        raise DamagedSettings(path, "it is nested too deeply") from error
    except ValueError as error:
        raise DamagedSettings(path, str(error)) from error
    if not isinstance(saved, dict):
        raise DamagedSettings(path, "it is not an object")
    return saved
