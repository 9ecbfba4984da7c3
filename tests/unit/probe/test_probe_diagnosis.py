"""What is said of a probe and its board, from what was found of them."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest
import usb.core
from pyocd.core import exceptions

from tinylab.boards.catalog import by_name
from tinylab.probe import error_mapping, stlink
from tinylab.probe.chip import Chip, ReadProtection
from tinylab.probe.diagnosis import (
    ADD_BOARD,
    Diagnosis,
    Facts,
    board_problem,
    open_failure,
    unsupported,
)
from tinylab.probe.error_mapping import Trouble
from tinylab.probe.usb_sysfs import User

WB = by_name("nucleo_wb55rg")
CHIP = Chip(WB.identity.device_id, WB.identity.cpuid, ReadProtection.NONE)
WELL = Facts("066A", "V2J45M31", "0839", WB, 3.3, CHIP)
STRANGE = replace(WELL, board=None, board_id="9999")
OLD = "V2J20M10"


def usb_error(number: int | None, text: str = "text") -> Exception:
    outer = exceptions.ProbeError("USB Error")
    outer.__cause__ = usb.core.USBError(text, None, number)
    return outer


# A probe that cannot be opened


@pytest.mark.parametrize(
    ("product_id", "sentence", "remedy"),
    [
        (0x3744, "This ST-Link/V1 is not supported.", "Use an ST-Link/V2, V2-1 or STLINK-V3."),
        (
            0x374D,
            "This STLINK-V3 in bootloader mode is not supported.",
            "complete its firmware update",
        ),
    ],
)
def test_st_links_without_a_driver(product_id: int, sentence: str, remedy: str) -> None:
    found = unsupported(product_id)
    assert (found.trouble, found.problem) == (Trouble.UNSUPPORTED, sentence)
    assert remedy in str(found.remedy)
    assert product_id in stlink.UNSUPPORTED


ERRORS = [
    (usb_error(errno.EACCES), Trouble.NO_PERMISSION, "No permission to open probe 066A."),
    (usb_error(errno.ENODEV), Trouble.UNPLUGGED, "Probe 066A was unplugged."),
    (usb_error(errno.EBUSY), Trouble.IN_USE, "in use by openocd (process 4711)."),
    (usb_error(None), Trouble.NO_ANSWER, "The board on probe 066A cannot be reached."),
    (
        exceptions.TransferError(error_mapping.NO_TARGET),
        Trouble.NO_POWER,
        "The board on probe 066A does not answer; it may have no power.",
    ),
]


@pytest.mark.parametrize(("error", "trouble", "sentence"), ERRORS, ids=lambda value: str(value))
def test_why_a_probe_cannot_be_opened(error: Exception, trouble: Trouble, sentence: str) -> None:
    found = open_failure(error, "066A", [User(4711, "openocd")])
    assert found.trouble is trouble
    assert sentence in str(found.problem)
    assert found.remedy
    assert found.remark is None


@pytest.mark.parametrize("said", error_mapping.OLD_FIRMWARE)
@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        (OLD, f"The firmware {OLD} of probe 066A is too old; V2J24 or later is required."),
        ("V3J1M1", "The firmware of probe 066A is too old."),
        (None, "The firmware of probe 066A is too old."),
    ],
)
def test_old_firmware_is_told_with_its_version(
    said: str, version: str | None, sentence: str
) -> None:
    found = open_failure(exceptions.ProbeError(f"this is an {said}"), "066A", (), version)
    assert (found.trouble, found.problem) == (Trouble.OLD_FIRMWARE, sentence)
    assert found.remedy == error_mapping.FIRMWARE_REMEDY


def test_an_old_version_explains_no_other_trouble() -> None:
    found = open_failure(usb_error(errno.ENODEV), "066A", (), OLD)
    assert found.problem == "Probe 066A was unplugged."


# The board behind one that can


def test_a_board_in_good_health() -> None:
    assert board_problem(WELL) == Diagnosis()


@pytest.mark.parametrize(("volts", "powered"), [(0.0, False), (0.99, False), (1.0, True)])
def test_a_board_without_power_is_told_by_its_voltage(volts: float, powered: bool) -> None:
    found = board_problem(replace(WELL, chip=None, volts=volts))
    assert (found.trouble is Trouble.NO_POWER) is not powered
    if not powered:
        assert found.problem == f"The board on probe 066A has no power: {volts:.1f} V."
        assert found.remedy == error_mapping.POWER_REMEDY


def test_a_chip_that_answers_has_power_whatever_the_probe_measures() -> None:
    assert board_problem(replace(WELL, volts=0.0)) == Diagnosis()


@pytest.mark.parametrize("volts", [3.3, None])
def test_a_board_that_does_not_answer_can_still_be_tried(volts: float | None) -> None:
    found = board_problem(replace(WELL, chip=None, volts=volts))
    told = "no chip answers (3.3 V)" if volts else "no chip answers"
    assert (found.trouble, found.problem) == (Trouble.NO_ANSWER, None)
    assert found.remark == f"On probe 066A {told}."
    assert "level 2" in str(found.remedy)


@pytest.mark.parametrize("level", ReadProtection)
def test_only_a_level_that_locks_is_a_problem(level: ReadProtection) -> None:
    found = board_problem(replace(WELL, chip=replace(CHIP, read_protection=level)))
    locked = level in (ReadProtection.LEVEL_1, ReadProtection.LEVEL_2)
    assert (found.trouble is Trouble.READ_PROTECTED) is locked
    assert (found == Diagnosis()) is not locked
    if locked:
        assert f"read-protected ({level})" in str(found.problem)


def test_a_level_that_could_not_be_read_is_no_problem() -> None:
    assert board_problem(replace(WELL, chip=replace(CHIP, read_protection=None))) == Diagnosis()


@pytest.mark.parametrize(
    ("board", "device_id", "name"),
    [
        (WB, WB.identity.device_id, "nucleo_wb55rg"),
        (replace(WB, name="mine"), WB.identity.device_id, "mine"),
        (None, WB.identity.device_id, "nucleo_wb55rg"),
        (None, 0x999, "BOARD"),
    ],
)
def test_unlocking_names_the_board_or_one_with_the_same_chip(
    board: object, device_id: int, name: str
) -> None:
    locked = Chip(device_id, None, ReadProtection.LEVEL_1)
    found = board_problem(replace(WELL, board=board, chip=locked))  # type: ignore[arg-type]
    assert f"`tinylab option-bytes {name}#066A --unlock --yes`" in str(found.remedy)


def test_a_board_that_is_not_in_the_catalogue() -> None:
    found = board_problem(STRANGE)
    assert (found.trouble, found.problem) == (Trouble.UNKNOWN_BOARD, None)
    assert "The board 9999 on probe 066A is not in the catalogue; " in str(found.remark)
    assert str(found.remark).endswith("its chip reports DEV_ID 0x495, CPUID 0x410FC241.")
    assert "`--on nucleo_wb55rg#066A`" in str(found.remedy)
    assert str(found.remedy).endswith(ADD_BOARD)


def test_a_probe_that_does_not_say_which_board_it_is_on() -> None:
    found = board_problem(replace(STRANGE, board_id=None))
    assert "Probe 066A does not report its board; " in str(found.remark)
    assert "Telling the board takes" not in str(found.remedy)


def test_firmware_that_is_too_old_to_tell_its_board() -> None:
    found = board_problem(replace(STRANGE, board_id=None, firmware="V2J30M20"))
    assert f"Reporting the board requires firmware V2J36. {error_mapping.FIRMWARE_REMEDY}" in str(
        found.remedy
    )


@pytest.mark.parametrize(
    "chip", [None, Chip(None, 0x410FC241, None), Chip(0x999, 0x410FC241, None)], ids=str
)
def test_a_chip_that_no_board_has_is_taken_for_none(chip: Chip | None) -> None:
    found = board_problem(replace(STRANGE, chip=chip))
    assert found.trouble is Trouble.UNKNOWN_BOARD
    assert found.remedy == ADD_BOARD
    if chip is None:
        assert str(found.remark).endswith("; no chip answers (3.3 V).")
