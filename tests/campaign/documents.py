"""Changes documents that users give or keep: baselines, settings, board files, errors."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.campaign.commands import command, first_fault
from tests.fakes.records import changed, record, session
from tinylab import settings
from tinylab.boards import clocks
from tinylab.boards.board_file import read_board
from tinylab.cli.stored.baseline import baseline, saved
from tinylab.errors import InputError, LinkError, TinylabError
from tinylab.results.documents import convert, parse
from tinylab.results.error_record import ErrorRecord
from tinylab.results.record import RunDocument

TITLE = "changed JSON and TOML: used, or refused with the reason and a remedy"
LIMIT_S = 10.0
BOARD = Path(__file__).parents[1] / "fakes" / "boards" / "nucleo_f411re.toml"
NOW = RunDocument("0.2.0", "now", (changed(record(), model_sha256="ab" * 32),))
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 0.5, 1e308, -1e308, 10**18, 10**30, "", "x", "nan", [], {}, [[]],
    {"a": {}}, [0] * 100, "\x00", "\x1b[2J", "=1+1", "é" * 50, "2025-01-01T00:00:00",
)  # fmt: skip
TEXTS = (
    b"", b"[" * 50_000, b"{\"a\":" * 50_000, b"\xff\xfe", b"NaN", b"1e999", b"9" * 6_000, b"{}",
    b"[]", b"null", b"\"\\ud800\"", b"a = " + b"[" * 50_000, b"a = " + b"9" * 6_000, b"a.b" * 5_000,
    b"x = nan", b"[[a]]\n" * 20_000, b"\x00" * 1_000,
)  # fmt: skip


def attempts(numbers: random.Random, folder: Path) -> Iterator[str | None]:
    os.environ["TINYLAB_CONFIG_DIR"] = str(folder / "config")
    (folder / "config" / "boards").mkdir(parents=True)
    while True:
        seed = numbers.getrandbits(64)
        chance = random.Random(seed)
        name, tried = chance.choice(list(KINDS.items()))
        begun = time.monotonic()
        lost = tried(folder, chance)
        if lost is None and time.monotonic() - begun > LIMIT_S:
            lost = f"took {time.monotonic() - begun:.0f} s"
        yield None if lost is None else f"{name} {seed}: {lost}"


def _changed_json(value: Any, chance: random.Random) -> bytes:
    made = json.loads(json.dumps(value))
    for _ in range(chance.randrange(1, 5)):
        places = list(_places(made))
        if not places:
            break
        container, key = chance.choice(places)
        if chance.random() < 0.3:
            del container[key]
        else:
            container[key] = deepcopy(chance.choice(ODD))
    return _damaged(json.dumps(made).encode(), chance)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) in a JSON value."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


def _damaged(text: bytes, chance: random.Random) -> bytes:
    """Mostly as it is; else another text, or with wrong bytes, or cut."""
    dice = chance.random()
    if dice < 0.1:
        return chance.choice(TEXTS)
    damaged = bytearray(text)
    if dice < 0.25:
        for _ in range(chance.randrange(1, 8)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    elif dice < 0.3:
        del damaged[chance.randrange(len(damaged)) :]
    return bytes(damaged)


def _told(error: TinylabError) -> str | None:
    return None if error.message and error.remedy else f"no remedy: {error.message}"


def _baseline(folder: Path, chance: random.Random) -> str | None:
    path = folder / "before.json"
    path.write_bytes(_changed_json(session().to_json(), chance))
    return _judged(str(path))


def _baselines(folder: Path, chance: random.Random) -> str | None:
    path = folder / "before.toml"
    path.unlink(missing_ok=True)
    with redirect_stderr(None):
        saved(f"{path}:main", NOW)
    changed_lines = _changed_lines(path.read_text(), chance)
    path.write_bytes(_damaged(changed_lines, chance))
    lost = _judged(f"{path}:main")
    try:
        with redirect_stderr(None):
            saved(f"{path}:main", NOW)
    except InputError as error:
        return lost or _told(error)
    return lost or _judged(f"{path}:main")


def _judged(name: str) -> str | None:
    try:
        before = baseline(name)
        assert before is not None
        found = before.judge(NOW)
    except InputError as error:
        return _told(error)
    json.dumps([asdict(one) for one in found], allow_nan=False)
    return None if all(one.text for one in found) else "a judgement without words"


def _settings(folder: Path, chance: random.Random) -> str | None:
    saved = {one.name: one.default for one in settings.OPTIONS} | {"models": ["a.keras"]}
    settings.location().write_bytes(_changed_json(saved, chance))
    try:
        found = settings.load()
    except settings.DamagedSettings as error:
        found = error.usable
        if _told(error):
            return _told(error)
    settings.save(settings.Settings(seen_hint=not found.seen_hint), found)
    json.loads(settings.location().read_text())
    return None


def _board(folder: Path, chance: random.Random) -> str | None:
    path = folder / "config" / "boards" / "mine.toml"
    path.write_bytes(_damaged(_changed_lines(BOARD.read_text(), chance), chance))
    try:
        clocks.limits(read_board(path))
    except InputError as error:
        return _told(error)
    return None


def _changed_lines(text: str, chance: random.Random) -> bytes:
    """Of TOML: other values, or none."""
    lines = text.splitlines()
    for _ in range(chance.randrange(1, 4)):
        number = chance.randrange(len(lines))
        key, equals, _ = lines[number].partition(" = ")
        value = chance.choice([*map(str, ODD), "0x1000", "nan", "-inf", "[1, 2]", "1979-05-27"])
        lines[number] = f"{key}{equals}{value}" if equals and chance.random() < 0.8 else ""
    return "\n".join(lines).encode()


def _boards(folder: Path, chance: random.Random) -> str | None:
    """The command, with a file of another name each time, because boards are read once."""
    for old in (folder / "config" / "boards").iterdir():
        old.unlink()
    lost = _board(folder, chance)
    return lost or first_fault(command("boards", "--json"))


def _error(_: Path, chance: random.Random) -> str | None:
    error = LinkError("The board went away.", remedy="Bring it back.")
    text = _changed_json(ErrorRecord.of(error).__dict__, chance)
    try:
        found = convert(ErrorRecord, parse(text, "an error"), "an error")
        again = found.error()
    except InputError as refused:
        return None if refused.message else "no reason"
    return None if isinstance(again, TinylabError) else "it became another exception"


KINDS: dict[str, Callable[[Path, random.Random], str | None]] = {
    "baseline": _baseline,
    "baselines": _baselines,
    "settings": _settings,
    "board": _board,
    "boards": _boards,
    "error": _error,
}
