"""Text from elsewhere as it is shown: nothing in it acts on a terminal, nothing is hidden."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given

from tests import hostile_text
from tinylab.display_text import ascii_of, json_text, one_line, visible

HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co"}


def hidden(text: str, but: str = "") -> set[str]:
    return {sign for sign in text if unicodedata.category(sign) in HIDDEN and sign not in but}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, größer, 漢字, µs ± 1", "plain, größer, 漢字, µs ± 1"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31m\x7f\x00", r"\x9b31m\x7f\x00"),
        ("a\u202eb\u2066\u200b\ufeff", r"a\u202eb\u2066\u200b\ufeff"),
        ("a\u2028b\u2029c\x85", r"a\u2028b\u2029c\x85"),
        ("\udcff", r"\udcff"),
        ("\U000e0041", r"\U000e0041"),
        ("over\rwritten", r"over\x0dwritten"),
        ("one\r\ntwo\n\tthree\xa0four", "one\ntwo\n\tthree\xa0four"),
    ],
)
def test_only_what_is_not_seen_as_itself_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_name_stays_in_its_line() -> None:
    assert one_line("a\nb\tc\r\nd\re") == r"a\nb\tc\nd\x0de"


@given(hostile_text.names)
def test_no_sign_is_hidden(name: str) -> None:
    assert not hidden(visible(name), but="\n\t")
    assert not hidden(one_line(name))
    assert visible(visible(name)) == visible(name)


@given(hostile_text.names)
def test_json_keeps_the_exact_text_and_no_terminal_acts_on_it(name: str) -> None:
    text = json_text({name: [name, 1, None]})
    assert json.loads(text) == {name: [name, 1, None]}
    assert not hidden(text, but="\n")


@given(hostile_text.names)
def test_ascii_is_ascii(name: str) -> None:
    assert ascii_of(name).isascii()
    assert ascii_of("12 µs ± 1 %, é, …") == "12 us +- 1 %, e, ..."
