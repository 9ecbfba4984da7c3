"""A board that a user describes: read like those of the catalogue, its mistakes told by key."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tinylab.boards import calibration, catalog, clocks
from tinylab.boards.board import Core
from tinylab.boards.board_file import read_board
from tinylab.cli.main import main
from tinylab.errors import ExitCode, InputError

MADE_UP = Path(__file__).parents[2] / "fakes" / "boards" / "nucleo_f411re.toml"

Change = Callable[[str], str]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for the user's boards."""
    monkeypatch.setenv("TINYLAB_CONFIG_DIR", str(tmp_path))
    folder = tmp_path / "boards"
    folder.mkdir()
    return folder


def test_a_board_of_the_users_stands_among_the_others(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own / "mine.toml").write_text(MADE_UP.read_text())
    more = {board.name for board in catalog.all_boards()}
    monkeypatch.setenv("TINYLAB_CONFIG_DIR", str(tmp_path / "nothing there"))
    shipped = {board.name for board in catalog.all_boards()}
    assert more - shipped == {"nucleo_f411re"}
    assert shipped < more
    assert not (tmp_path / "nothing there").exists()


def test_its_clocks_are_solved(own: Path) -> None:
    (own / "mine.toml").write_text(MADE_UP.read_text())
    board = catalog.by_name("NUCLEO_F411RE")
    assert catalog.by_board_id("0740A") is board
    settings = clocks.solve(board, 100e6)
    assert (settings.hz, settings.wait_states) == (100_000_000, 3)
    assert settings.description.endswith("scale 1")


def test_it_is_listed(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (own / "mine.toml").write_text(MADE_UP.read_text())
    assert main(["boards"]) == ExitCode.OK
    line = next(one for one in capsys.readouterr().out.splitlines() if "nucleo_f411re" in one)
    assert "STM32F411RE" in line
    assert line.rstrip().endswith("unknown")


def test_a_file_without_an_error_takes_what_is_known_of_its_core(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(without_section("expected_error")(MADE_UP.read_text()))
    board = read_board(path)
    found = calibration.expected_error("nucleo_f411re", Core.CORTEX_M4)
    assert (board.expected_error_percent, board.expected_error_source) == found


@pytest.mark.parametrize("percent", [None, 7.5])
def test_a_file_with_an_error_of_its_own_uses_that(percent: float | None, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = without_section("expected_error")(MADE_UP.read_text())
    own = "" if percent is None else f"percent = {percent}\n"
    path.write_text(f'{text}\n[expected_error]\n{own}source = "one network at 100 MHz"\n')
    board = read_board(path)
    assert board.expected_error_percent == percent
    assert board.expected_error_source == "one network at 100 MHz"


def without_section(name: str) -> Change:
    return lambda text: re.sub(rf"^\[{name}\]\n(?:[^\[\n].*\n|\n)*", "", text, flags=re.MULTILINE)


def without(line: str) -> Change:
    return lambda text: "\n".join(
        one for one in text.splitlines() if not one.startswith(f"{line} =")
    )


def instead(old: str, new: str) -> Change:
    return lambda text: text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (without("title"), "it lacks the key title"),
        (without("device_id"), "[identity] lacks the key device_id"),
        (without("hsi_hz"), "[clocks] lacks the key hsi_hz"),
        (without("serial_apb"), "[clocks] lacks the key serial_apb"),
        (without("wait_state_limits_hz"), "[clocks] lacks the key wait_state_limits_hz"),
        (without("icache_lines"), "[timing] lacks the key icache_lines"),
        (without("RCC"), "[peripherals] lacks the key RCC"),
        (instead("[serial]", "[usart]"), "it lacks the key serial"),
        (instead("title =", "tittle = ''\ntitle ="), "unknown key tittle"),
        (instead("tx =", "cts = 'PA0'\ntx ="), "unknown key serial.cts"),
        (instead('"cortex-m4"', '"cortex-m0"'), "expected one of cortex-m33, cortex-m4, cortex-m7"),
        (instead('family = "f4"', 'family = "f1"'), "family is 'f1'; expected one of f4, f7, h7"),
        (instead('kind = "f4"', 'kind = "f1"'), "flash.kind is 'f1'; expected one of f4, f7, h7"),
        (instead("0x431", '"0x431"'), "identity.device_id is '0x431'; expected a whole number"),
        (instead("[16, 30", '["16", 30'), "common_clocks_mhz[0] is '16'; expected a number"),
        (instead("[16, 30", "[17.77, 30"), "cannot run at 17.77 MHz"),
        (
            instead("[2, 4, 6, 8]", "2"),
            "clocks.pll_p is 2; expected a list, each one of 2, 4, 6, 8",
        ),
        (
            instead("[4, 0x4000]", "[5, 0x4000]"),
            "[flash] is inconsistent: the sectors fill 0x84000 bytes",
        ),
        (
            instead("[4, 0x4000]", "4"),
            "flash.sectors[0] is 4; expected a list of 2, each a whole number",
        ),
        (instead('"nucleo_f411re"', '"Nucleo F411"'), "expected lower-case letters"),
        (instead("base = 0x2000_0000", "base = 0x0801_0000"), "overlap"),
        (
            instead("size = 0x2_0000", "size = 0x2_0001"),
            "ram[0].size is 0x20001; expected a whole number above 0, in multiples of 0x1000",
        ),
        (instead("[expected_error]", "[expected_error]\npercent = true"), "percent is True"),
        (
            instead("[clocks]", "[interrupts]\nTIM2 = ['28']\n[clocks]"),
            "interrupts.TIM2[0] is '28'; expected a whole number",
        ),
        (instead("[expected_error]", "[expected_error"), "it is not valid TOML"),
        (instead("nucleo_f411re", "nucleo_f446re"), "defines a board called nucleo_f446re too"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_is_told_with_file_key_and_remedy(
    change: Change, what: str, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = own / "mine.toml"
    path.write_text(change(MADE_UP.read_text()))
    assert path.read_text() != MADE_UP.read_text()
    assert main(["boards"]) == ExitCode.INPUT
    said = " ".join(capsys.readouterr().err.split())
    assert f"The board file {path} cannot be used:" in said
    assert what in said
    assert "move it out of that folder" in said
    assert "Traceback" not in said


def test_a_file_that_cannot_be_read_is_told(own: Path) -> None:
    (own / "mine.toml").mkdir()
    with pytest.raises(InputError, match=r"mine\.toml cannot be used: Is a directory"):
        catalog.all_boards()


def test_what_is_no_board_file_is_left_alone(own: Path) -> None:
    (own / "notes.txt").write_text("not a board")
    assert "nucleo_wb55rg" in {board.name for board in catalog.all_boards()}


def test_the_interface_tells_before_it_opens(
    own: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    (own / "mine.toml").write_text("name = 1")
    assert main([]) == ExitCode.INPUT
    assert "mine.toml" in capsys.readouterr().err


def test_every_shipped_file_is_called_as_its_board() -> None:
    for path in catalog.DATA.glob("*.toml"):
        assert read_board(path).name == path.stem
