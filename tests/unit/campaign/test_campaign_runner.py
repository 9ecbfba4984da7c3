"""The runner of campaigns counts what was tried, survived and lost, and loses nothing itself."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.campaign import runner
from tinylab import paths


@dataclass
class Played:
    """A campaign of these attempts; an exception is raised. `folders` are those it was given."""

    plays: list[str | Exception | None]
    TITLE: str = "played attempts"
    folders: list[Path] = field(default_factory=list)
    drawn: list[float] = field(default_factory=list)
    closed: int = 0

    def attempts(self, numbers: random.Random, folder: Path) -> Iterator[str | None]:
        assert list(folder.iterdir()) == []
        self.folders.append(folder)
        (folder / "left").touch()
        try:
            while self.plays:
                self.drawn.append(numbers.random())
                play = self.plays.pop(0)
                if isinstance(play, Exception):
                    raise play
                yield play
        finally:
            self.closed += 1


def counted(*plays: str | Exception | None, seconds: float = 60.0) -> tuple[runner.Count, Played]:
    played = Played(list(plays))
    return runner.count(played, random.Random(1), seconds), played


def test_attempts_are_counted_to_their_end_and_leave_no_folder() -> None:
    found, played = counted(None, "it broke", None)
    assert (found.tried, found.survived, found.losses) == (3, 2, ["it broke"])
    assert found.to_json() == {"tried": 3, "survived": 2, "lost": ["it broke"]}
    assert not any(folder.exists() for folder in played.folders)


def test_when_the_time_is_up_it_ends_after_one_attempt_and_is_closed() -> None:
    found, played = counted(None, None, None, seconds=0.0)
    assert found.tried == 1
    assert played.closed == 1


def test_an_exception_is_a_loss_and_the_campaign_goes_on_in_a_new_folder() -> None:
    found, played = counted(None, KeyError("xpsr"), None, ValueError("bad"))
    assert (found.tried, found.survived) == (4, 2)
    first, second = found.losses
    assert first.startswith("KeyError in test_campaign_runner.py:")
    assert "xpsr" in first
    assert "bad" in second
    assert len(played.folders) == 3
    assert len(set(played.drawn)) == 4, "the random numbers are not begun again"


def test_what_fails_at_once_ends_when_the_time_is_up() -> None:
    found, _ = counted(*[OSError("no")] * 5, seconds=0.0)
    assert (found.tried, found.survived) == (1, 0)


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> dict[str, Played]:
    made = {"good": Played([None, None]), "bad": Played([None, "it broke"])}
    monkeypatch.setattr(runner, "campaigns", lambda: made)
    for name in runner.FOLDERS:  # what main sets is undone afterwards
        monkeypatch.setenv(f"TINYLAB_{name}_DIR", os.environ[f"TINYLAB_{name}_DIR"])
    return made


def test_main_prints_the_counts_and_fails_if_anything_was_lost(
    played: dict[str, Played], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = paths.data()
    monkeypatch.setattr(sys, "argv", ["runner", "--minutes", "1"])
    assert runner.main() == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:7] == ["good", "2", "tried", "2", "survived", "0", "lost"]
    assert lines[1].split()[:7] == ["bad", "2", "tried", "1", "survived", "1", "lost"]
    assert lines[2] == "    lost: it broke"
    assert os.environ["TINYLAB_DATA_DIR"] != str(before), "the user's results are left alone"


def test_main_runs_what_is_named_with_repeatable_numbers(
    played: dict[str, Played], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = []
    for seed in ("1", "1", "2"):
        played["good"].plays, played["good"].drawn = [None, None], []
        monkeypatch.setattr(sys, "argv", ["runner", "--json", "--seed", seed, "good"])
        assert runner.main() == 0
        assert json.loads(capsys.readouterr().out) == {
            "good": {"tried": 2, "survived": 2, "lost": []}
        }
        drawn.append(played["good"].drawn)
    assert drawn[0] == drawn[1] != drawn[2]
    monkeypatch.setattr(sys, "argv", ["runner", "godo"])
    with pytest.raises(SystemExit):
        runner.main()
    assert "there are good, bad" in capsys.readouterr().err


def test_every_module_is_a_campaign_with_a_title() -> None:
    found = runner.campaigns()
    assert {"kills", "disks", "database", "documents", "frames", "soak"} <= found.keys()
    for name, campaign in found.items():
        assert campaign.TITLE, name
        assert callable(campaign.attempts)
