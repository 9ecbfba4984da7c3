"""A board that a user describes: read like those of the catalogue, its mistakes told by key."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.message import Message

from tests.fakes.scripted import Scripted
from tinylab.boards import calibration, catalog, clocks
from tinylab.boards.board import Core
from tinylab.boards.board_file import read_board
from tinylab.cli.arguments import parse
from tinylab.cli.headless import headless
from tinylab.cli.main import main
from tinylab.errors import ExitCode, InputError, UnknownName
from tinylab.screens.messages import SelectionReady, Troubled
from tinylab.screens.selection import StartRequest
from tinylab.screens.threads import make_selection

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


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("folder", "it is not a regular file"),
        ("fifo", "it is not a regular file"),
        ("/dev/zero", "it is not a regular file"),
        ("/nowhere", "No such file or directory"),
        ("sparse", "it is larger than 1 MiB"),
        ("latin-1", "it is not UTF-8 text"),
        ("nested", "it is nested too deeply"),
        ("digits", "it is not valid TOML: Exceeds the limit"),
        ("wide", "max_hz has a number of more than 64 bits"),
        ("nan", "percent has nan, which is no number"),
        ("sectors", "[flash] is inconsistent: there are more than 4,096 sectors"),
        ("high", "the memory SRAM1 ends beyond the address space"),
        ("factors", "clocks.pll_m[1] is 1000000000; expected a whole number above 0"),
    ],
)
def test_a_file_that_cannot_be_read_makes_no_other_board_unavailable(
    kind: str, why: str, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, text = own / "mine.toml", MADE_UP.read_text()
    contents: dict[str, bytes] = {
        "latin-1": "title = 'é'".encode("latin-1"),
        "nested": b"a = " + b"[" * 100_000,
        "digits": b"a = " + b"9" * 5_000,
        "wide": text.replace("max_hz = 100_000_000", f"max_hz = {10**30}").encode(),
        "nan": text.replace("[expected_error]", "[expected_error]\npercent = nan").encode(),
        "sectors": text.replace("[4, 0x4000]", "[1_000_000_000, 1]").encode(),
        "high": text.replace("size = 0x2_0000", "size = 0xE000_1000").encode(),
        "factors": text.replace("pll_m = [2, 63]", "pll_m = [2, 1_000_000_000]").encode(),
    }
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "sparse":
        path.touch()
        os.truncate(path, 5 * 1024**3)
    elif kind in contents:
        path.write_bytes(contents[kind])
    else:
        path.symlink_to(kind)
    assert catalog.by_name("nucleo_wb55rg") in catalog.all_boards()
    assert main(["boards", "--json"]) == ExitCode.INPUT
    said = capsys.readouterr()
    assert len(json.loads(said.out)) == len(list(catalog.DATA.glob("*.toml")))
    assert f"{path} cannot be used: {why}" in said.err
    with pytest.raises(UnknownName, match="no board called") as caught:
        catalog.by_name("nucleo_f411re")
    assert f"{path} cannot be used: {why}" in caught.value.details


NUMBERS = re.compile(r"0[xb][0-9A-Fa-f_]+|\b\d[\d_]*\b")
VALUES = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.sampled_from(["0", "1", "-1", "nan", "inf", "1e308", "[]", "{}", "''", "true", "[[]]"]),
    st.sampled_from(["0x1000", "1979-05-27", "[1, 2]", "['a']", "[[1, 1]]", "9" * 40]),
)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 200), VALUES), min_size=1, max_size=3))
def test_any_number_is_used_or_told(changes: list[tuple[int, str]]) -> None:
    text = MADE_UP.read_text()
    places = list(NUMBERS.finditer(text))
    for place, value in sorted(
        {number % len(places): value for number, value in changes}.items(), reverse=True
    ):
        text = text[: places[place].start()] + value + text[places[place].end() :]
    _used_or_told(text.encode())


@settings(max_examples=60)
@given(st.data())
def test_any_damage_is_told(data: st.DataObject) -> None:
    text = bytearray(MADE_UP.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text) - 1))
        length = data.draw(st.sampled_from([0, 1, 1, 2, 40]))
        text[start : start + length] = data.draw(st.binary(max_size=4))
    _used_or_told(bytes(text))


def _used_or_told(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mine.toml")
        path.write_bytes(content)
        told: InputError | None = None
        try:
            clocks.limits(read_board(path))
        except InputError as error:
            told = error
        if told is not None:
            assert f"{path} cannot be used: " in told.message
            assert told.remedy


def test_a_run_on_another_board_is_warned(
    own: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (own / "mine.toml").write_text("name = 1")
    arguments = parse(["run", "--on", "sim:nucleo_wb55rg@48", "--model", "house_price"])
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(own.parent))
    assert headless(arguments, Scripted()) == ExitCode.OK
    assert capsys.readouterr().err.count("mine.toml cannot be used") == 1


def test_what_is_no_board_file_is_left_alone(own: Path) -> None:
    (own / "notes.txt").write_text("not a board")
    assert "nucleo_wb55rg" in {board.name for board in catalog.all_boards()}


def test_the_interface_opens_and_tells(own: Path) -> None:
    (own / "mine.toml").write_text("name = 1")
    posted: list[Message] = []
    make_selection(StartRequest, posted.append)
    ready, troubled = posted
    assert isinstance(ready, SelectionReady)
    assert ready.trouble is None
    assert isinstance(troubled, Troubled)
    assert "mine.toml cannot be used" in troubled.error.message


def test_every_shipped_file_is_called_as_its_board() -> None:
    for path in catalog.DATA.glob("*.toml"):
        assert read_board(path).name == path.stem
