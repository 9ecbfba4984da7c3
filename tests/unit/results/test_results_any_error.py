"""Error documents with any content: an error again, or refused with the reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinylab.errors import InputError, TinylabError, every_error
from tinylab.results.documents import convert, parse
from tinylab.results.error_record import ErrorRecord

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
KINDS = [kind.kind.value for kind in every_error()]
NAMES = sorted({name for kind in every_error() for name in kind.field_names()})
FIELDS = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4)


def record_of(document: object) -> ErrorRecord:
    return convert(ErrorRecord, parse(json.dumps(document), "an error"), "an error")


@settings(max_examples=150)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "exit_code": st.integers() | JSON,
            "message": st.text(max_size=9) | JSON,
            "remedy": st.text(max_size=9) | JSON,
            "kind": st.sampled_from(KINDS) | JSON,
            "fields": FIELDS | JSON,
        },
    )
)
def test_any_document_is_an_error_again_or_refused(document: dict[str, Any]) -> None:
    try:
        found = record_of(document).error()
    except InputError:
        return
    assert isinstance(found, TinylabError)
    assert found.message == document["message"]


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.kind.value)
def test_every_kind_comes_back_with_its_message(kind: type[TinylabError]) -> None:
    stored = ErrorRecord.of(kind("It went wrong.", remedy="Do it again."))
    again = record_of(stored.__dict__).error()
    assert type(again) is kind
    assert (again.message, again.remedy) == ("It went wrong.", "Do it again.")
