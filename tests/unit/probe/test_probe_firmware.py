"""How old a probe's firmware is, from versions whose day is known."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from tinylab.probe import probe_firmware


@pytest.mark.parametrize(
    ("version", "out_by", "newest", "outdated"),
    [
        ("V2J37M26", "2020-05-11", "V2J46", True),
        ("V2J34S7", "2020-03-31", "V2J46", True),
        ("V2J45M31", "2025-05-26", "V2J46", True),
        ("V2J46M33", "2025-05-26", "V2J46", False),
        ("V2J60M33", None, "V2J46", False),
        ("V3J7M2B4S1", "2021-03-15", "V3J16", True),
        ("V4J6B2P6", "2025-05-23", "V4J6", False),
    ],
)
def test_a_version_is_as_old_as_the_next_one_that_somebody_wrote_of(
    version: str, out_by: str | None, newest: str, outdated: bool
) -> None:
    found = probe_firmware.age(version)
    assert found is not None
    assert (found.out_by, found.newest, found.outdated) == (out_by, newest, outdated)


@pytest.mark.parametrize("version", [None, "", "V9J1", "nonsense"])
def test_what_nobody_knows_has_no_age(version: str | None) -> None:
    assert probe_firmware.age(version) is None
    assert probe_firmware.needed_for_board_id(version) is None


def test_the_age_in_words() -> None:
    assert (
        str(probe_firmware.age("V2J37M26"))
        == "from 2020-05-11 or earlier; V2J46 is newer (2025-05-26)"
    )
    assert (
        str(probe_firmware.age("V2J46S7")) == "from 2025-05-26 or earlier, the newest known version"
    )
    assert str(probe_firmware.age("V3J99")).startswith("newer than V3J16")


@pytest.mark.parametrize(
    ("version", "needed"),
    [("V2J35M26", "V2J36"), ("V2J36M26", None), ("V3J5M2", "V3J6"), ("V4J6", None)],
)
def test_which_version_tells_its_board(version: str, needed: str | None) -> None:
    assert probe_firmware.needed_for_board_id(version) == needed


@pytest.mark.parametrize("hardware", probe_firmware.SIGHTINGS)
def test_versions_and_days_go_up_together_and_each_has_its_source(hardware: int) -> None:
    rows = probe_firmware.SIGHTINGS[hardware]
    assert all(source for _, _, source in rows)
    for before, after in pairwise((number, date.fromisoformat(day)) for number, day, _ in rows):
        assert before[0] < after[0]
        assert before[1] <= after[1]
