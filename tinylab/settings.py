"""What a user may choose and tinylab remembers, each option declared once.

An option is a flag of the command line, a field of the settings screen, or both; all take
name, range and explanation from here. The terminal interface remembers what is set in it;
`--headless` takes nothing but its flags, so that a script gives the same result on every desk.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path

from tinylab import paths
from tinylab.errors import InputError, OutputError, SettingsFileError

Value = bool | int | float | str | None


@dataclass(frozen=True)
class Option:
    """One thing to choose. `default` None means: what suits, as `unset` says in words."""

    name: str
    title: str
    explanation: str
    default: Value
    kind: type
    choices: tuple[str, ...] = ()
    low: float = 0
    high: float = 0
    unit: str = ""
    unset: str = ""
    flag: str = ""

    @property
    def takes(self) -> str:
        """What may be given, in words: `a number from 1 to 10,000,000`."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.kind in (int, float):
            return f"{self.unit or 'a number'} from {self.low:,g} to {self.high:,.0f}"
        return "yes or no" if self.kind is bool else "a text"

    def check(self, value: Value) -> Value:
        """`value` if it may be given. Raises InputError, which names what may."""
        if not self._allows(value):
            raise InputError(
                f"{self.flag or self.title} {value} cannot be used.",
                remedy=f"It takes {self.takes}.",
            )
        return float(value) if self.kind is float and type(value) is int else value

    def parse(self, text: str) -> Value:
        """The value that a user wrote; nothing written is the default. Raises InputError."""
        text = text.strip()
        if not text:
            return self.default
        try:
            return self.check(self.kind(text))
        except ValueError:
            raise InputError(
                f"'{text}' is no {'whole ' if self.kind is int else ''}number.",
                remedy=f"{self.title} takes {self.takes}.",
            ) from None

    def _allows(self, value: Value) -> bool:
        if value is None:
            return self.default is None
        if self.choices:
            return value in self.choices
        if self.kind in (int, float):
            number = type(value) is int or (self.kind is float and type(value) is float)
            return number and self.low <= float(value) <= self.high
        return type(value) is self.kind


AUTO, SWD, UART = LINKS = ("auto", "swd", "uart")

MEASURING: tuple[Option, ...] = (
    Option(
        "compression",
        "Weight compression",
        "Keeps the weights of large dense layers as codes into a table of floats: x4 in 8 bits,"
        " x8 in 4. auto takes the least that fits, and the result says what accuracy it cost.",
        None,
        str,
        choices=("none", "x4", "x8", "auto"),
        unset="as the model says",
        flag="--compression",
    ),
    Option(
        "inferences",
        "Inferences",
        "How many inferences a run measures at least.",
        None,
        int,
        low=1,
        high=10_000_000,
        unset="100 on silicon, 3 to 100 on a virtual board",
        flag="--inferences",
    ),
    Option(
        "min_time_s",
        "Least time",
        "How many seconds of the board's time a run measures at least.",
        None,
        float,
        low=0,
        high=3600,
        unit="seconds",
        unset="1 s on silicon",
        flag="--min-time",
    ),
    Option(
        "warmup",
        "Warm-up",
        "How many inferences run first, are shown, and are left out of the figures.",
        None,
        int,
        low=0,
        high=1_000_000,
        unset="10 on silicon, 1 on a virtual board",
        flag="--warmup",
    ),
    Option(
        "mass_erase",
        "Erase all first",
        "Erases the whole flash of a board before it is programmed, what other programs keep there"
        " too; otherwise only the sectors that are needed.",
        False,
        bool,
        flag="--mass-erase",
    ),
    Option(
        "link",
        "Link",
        "How samples leave the board: over SWD while it runs, or over the serial port that its"
        " probe carries, which is slower. auto is SWD, and the port when SWD loses samples or"
        " cannot be read; the result says which it was.",
        "auto",
        str,
        choices=LINKS,
        flag="--link",
    ),
    Option(
        "fail_fast",
        "Stop at the first failure",
        "Ends the whole plan when one run of it fails.",
        False,
        bool,
        flag="--fail-fast",
    ),
    Option(
        "optimization",
        "Optimisation by ST's tool",
        "What ST's code generator optimises for: the time of an inference, the RAM it takes, or"
        " both. It goes with the runtime cubeai.",
        None,
        str,
        choices=("balanced", "time", "ram"),
        unset="balanced",
        flag="--optimization",
    ),
    Option(
        "st_tool",
        "ST's code generator",
        "The stedgeai or stm32ai to take for the runtime cubeai: its file, or the folder of its"
        " installation.",
        None,
        str,
        unset="what STEDGEAI_CORE_DIR or X_CUBE_AI_DIR names, or the newest there is",
        flag="--st-tool",
    ),
)
"""How to measure."""

THEMES = ("dark", "light", "contrast")
PICTURE_THEMES = ("light", "dark")

LOOKS: tuple[Option, ...] = (
    Option(
        "theme",
        "Colours",
        "Of the screen; contrast is for bright rooms and tired eyes. NO_COLOR=1 switches colours"
        " off altogether.",
        "dark",
        str,
        choices=THEMES,
    ),
    Option(
        "published",
        "Published figures",
        "Shows the published study's figures under ours, where it has one. The key p does too.",
        False,
        bool,
    ),
    Option(
        "picture_theme",
        "Pictures",
        "Whether pictures for reports are dark on light or light on dark.",
        "light",
        str,
        choices=PICTURE_THEMES,
        flag="--screenshot-theme",
    ),
    Option(
        "picture_format",
        "Picture format",
        "svg stays sharp at any size; png goes into every program.",
        "svg",
        str,
        choices=("svg", "png"),
    ),
    Option(
        "picture_folder",
        "Folder for pictures",
        "Where the key x puts them; the folder tinylab was started in unless you name one.",
        "",
        str,
        unset="where tinylab was started",
    ),
)
"""How it looks."""

OPTIONS = (*MEASURING, *LOOKS)


def option(name: str) -> Option:
    """The option of that name."""
    return next(one for one in OPTIONS if one.name == name)


@dataclass(frozen=True)
class Settings:
    """Everything that is remembered from one start to the next."""

    compression: str | None = None
    inferences: int | None = None
    min_time_s: float | None = None
    warmup: int | None = None
    mass_erase: bool = False
    link: str = AUTO
    fail_fast: bool = False
    optimization: str | None = None
    st_tool: str | None = None
    theme: str = "dark"
    published: bool = False
    picture_theme: str = "light"
    picture_format: str = "svg"
    picture_folder: str = ""
    models: tuple[str, ...] = ()
    """Files that the user added to the catalogue."""
    seen_hint: bool = False

    def with_value(self, name: str, value: Value) -> Settings:
        """The same settings but for one option. Raises InputError if it does not allow that."""
        return replace(self, **{name: option(name).check(value)})  # type: ignore[arg-type]


DEFAULTS = Settings()


class DamagedSettings(SettingsFileError):
    """The file says what cannot be used; `usable` is what could be."""

    def __init__(self, path: Path, why: str, usable: Settings = DEFAULTS) -> None:
        super().__init__(
            f"The settings in {path} cannot be used: {why}.",
            remedy="Mend or remove that file; until then the defaults hold for these.",
            path=str(path),
        )
        self.usable = usable


def location() -> Path:
    return paths.config() / "settings.json"


def load() -> Settings:
    """What was saved last; the defaults when nothing was.

    Raises DamagedSettings when the file cannot be read or says what no option allows, InputError
    when there is no folder for it.
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
        bad.append("its models are no list of files")
        models = []
    settings = replace(settings, models=tuple(models), seen_hint=saved.get("seen_hint") is True)
    if bad:
        raise DamagedSettings(path, "; ".join(bad), settings)
    return settings


def save(settings: Settings, before: Settings = DEFAULTS) -> None:
    """Writes what has changed since `before`, whole or not at all.

    The rest of the file stays: what a newer tinylab put there, what another one that is open
    has changed meanwhile, what cannot be used. A file that cannot be read is moved aside.
    Raises OutputError.
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
            remedy="Free the folder, or name another one in TINYLAB_CONFIG_DIR.",
        ) from error


def _write(path: Path, changed: dict[str, object], models_before: set[str]) -> None:
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
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_text(json.dumps({**known, **changed}, indent=2) + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def _read(path: Path) -> Mapping[str, object]:
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DamagedSettings(path, str(error)) from error
    if not isinstance(saved, dict):
        raise DamagedSettings(path, "it is no object")
    return saved
