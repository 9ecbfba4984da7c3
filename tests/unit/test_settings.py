"""What is remembered from one start to the next, and what may be chosen at all."""

from __future__ import annotations

import json
import os
from dataclasses import fields, replace
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinylab import settings
from tinylab.bench.plan.plan import Options
from tinylab.errors import InputError, OutputError
from tinylab.options.option import Option
from tinylab.settings import OPTIONS, Settings, option


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "config"
    monkeypatch.setenv("TINYLAB_CONFIG_DIR", str(made))
    return made


def write(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "settings.json").write_text(text)


def test_nothing_saved_is_the_defaults_and_leaves_nothing_behind(folder: Path) -> None:
    assert settings.load() == Settings()
    assert list(folder.iterdir()) == []


def test_every_option_has_its_declared_default_there_and_in_a_plan() -> None:
    for one in OPTIONS:
        assert getattr(Settings(), one.name) == one.default
    for one in settings.MEASURING:
        assert getattr(Options(), one.name) == one.default


def another(one: Option) -> object:
    """A value that the option takes and that is not its default."""
    if one.choices:
        return next(choice for choice in reversed(one.choices) if choice != one.default)
    if one.kind is bool:
        return not one.default
    return one.kind(one.high) if one.kind in (int, float) else "/srv/Bilder für Folien"


def test_every_field_comes_back_as_it_was_saved(folder: Path) -> None:
    options = {one.name: another(one) for one in OPTIONS}
    chosen = Settings(**options, models=("/srv/ä.tflite", "/srv/b.keras"), seen_hint=True)  # type: ignore[arg-type]
    for field in fields(Settings):
        assert getattr(chosen, field.name) != getattr(Settings(), field.name), field.name
    settings.save(chosen)
    assert settings.load() == chosen
    assert [path.name for path in folder.iterdir()] == ["settings.json"]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("inferences", " 10000000 ", 10_000_000),
        ("inferences", "", None),
        ("min_time_s", "2", 2.0),
        ("min_time_s", "0", 0.0),
        ("warmup", "0", 0),
        ("compression", "auto", "auto"),
        ("compression", "  ", None),
        ("picture_folder", "~/papers", "~/papers"),
        ("picture_theme", "", "light"),
    ],
)
def test_what_a_user_writes_becomes_a_value(name: str, text: str, value: object) -> None:
    parsed = option(name).parse(text)
    assert (parsed, type(parsed)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("inferences", "0", "a whole number from 1 to 10,000,000"),
        ("inferences", "10000001", "a whole number from 1 to 10,000,000"),
        ("inferences", "1.5", "a whole number from 1 to 10,000,000"),
        ("min_time_s", "-0.1", "seconds from 0 to 3,600"),
        ("min_time_s", "nan", "seconds from 0 to 3,600"),
        ("min_time_s", "inf", "seconds from 0 to 3,600"),
        ("min_time_s", "soon", "seconds from 0 to 3,600"),
        ("warmup", "-1", "a whole number from 0 to 1,000,000"),
        ("compression", "X4", "one of none, x4, x8, auto"),
        ("picture_theme", "contrast", "one of light, dark"),
        ("theme", "pink", "one of dark, light, contrast"),
    ],
)
def test_what_cannot_be_used_is_named_with_what_can(name: str, text: str, allowed: str) -> None:
    with pytest.raises(InputError) as caught:
        option(name).parse(text)
    assert caught.value.message.endswith(f" takes {allowed}, not '{text}'.")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("inferences", True),
        ("inferences", 5.0),
        ("min_time_s", "1"),
        ("fail_fast", 1),
        ("fail_fast", None),
        ("theme", None),
        ("picture_folder", 7),
    ],
)
def test_a_value_of_another_kind_is_refused(name: str, value: settings.Value) -> None:
    with pytest.raises(InputError, match=" takes "):
        Settings().with_value(name, value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "Expecting property name"),
        ("\x00", "Expecting value"),
        ("[]", "it is not an object"),
        ('"dark"', "it is not an object"),
        ('{"inferences": 0}', "a whole number from 1 to 10,000,000"),
        ('{"theme": "pink"}', "one of dark, light, contrast"),
        ('{"theme": ["dark"]}', "one of dark, light, contrast"),
        ('{"min_time_s": NaN}', "seconds from 0 to 3,600"),
        ('{"models": "a.tflite"}', "models is not a list of files"),
        ('{"models": [1]}', "models is not a list of files"),
        ('{"theme": ' + "[" * 100_000, "it is nested too deeply"),
        ('{"inferences": ' + "9" * 5_000 + "}", "Exceeds the limit"),
        ('{"inferences": 1e999}', "a whole number from 1 to 10,000,000"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_a_way_out(
    folder: Path, text: str, says: str
) -> None:
    write(folder, text)
    with pytest.raises(InputError) as caught:
        settings.load()
    assert str(folder / "settings.json") in caught.value.message
    assert says in caught.value.message
    assert "until then the defaults apply" in caught.value.remedy


def test_a_damaged_file_does_not_keep_new_settings_from_being_saved(folder: Path) -> None:
    write(folder, "{")
    settings.save(Settings(theme="light"))
    assert settings.load() == Settings(theme="light")
    assert (folder / "settings.json.damaged").read_text() == "{"


def test_one_value_that_cannot_be_used_spoils_no_other_and_stays_in_the_file(folder: Path) -> None:
    write(folder, '{"theme": "solarized", "inferences": 7, "models": ["/a.keras"]}')
    with pytest.raises(settings.DamagedSettings, match="solarized") as caught:
        settings.load()
    usable = caught.value.usable
    assert usable == Settings(inferences=7, models=("/a.keras",))
    settings.save(replace(usable, seen_hint=True), usable)
    saved = json.loads((folder / "settings.json").read_text())
    assert saved == {
        "theme": "solarized",
        "inferences": 7,
        "models": ["/a.keras"],
        "seen_hint": True,
    }


def test_two_that_are_open_at_once_take_nothing_from_each_other(folder: Path) -> None:
    begun = Settings(models=("/old.keras",))
    settings.save(begun)
    settings.save(replace(begun, models=("/old.keras", "/one.keras")), begun)
    settings.save(replace(begun, models=("/two.keras",), warmup=5), begun)
    assert settings.load() == Settings(models=("/two.keras", "/one.keras"), warmup=5)


def test_an_option_set_back_to_its_default_is_saved(folder: Path) -> None:
    settings.save(Settings(inferences=5))
    settings.save(Settings(), Settings(inferences=5))
    assert settings.load() == Settings()


def test_what_a_newer_tinylab_saved_is_passed_over_and_stays(folder: Path) -> None:
    write(folder, '{"warmup": 3, "hologram": {"depth": 2}}')
    assert settings.load() == Settings(warmup=3)
    settings.save(Settings(warmup=4))
    saved = json.loads((folder / "settings.json").read_text())
    assert saved["hologram"] == {"depth": 2}
    assert saved["warmup"] == 4


def test_a_file_of_an_older_tinylab_leaves_the_rest_at_its_defaults(folder: Path) -> None:
    write(folder, '{"min_time_s": 2}')
    assert settings.load() == Settings(min_time_s=2.0)


def test_settings_that_cannot_be_saved_say_where_they_may_be(folder: Path) -> None:
    (folder / "settings.json").mkdir(parents=True)
    with pytest.raises(OutputError, match="cannot be saved") as caught:
        settings.save(Settings())
    assert "TINYLAB_CONFIG_DIR" in caught.value.remedy
    assert [path.name for path in folder.iterdir()] == ["settings.json"]


def test_a_file_in_the_place_of_the_folder_is_an_error_of_the_users(folder: Path) -> None:
    folder.write_text("not a folder")
    for use in (settings.load, lambda: settings.save(Settings())):
        with pytest.raises(OutputError, match="cannot be created") as caught:
            use()
        assert "TINYLAB_CONFIG_DIR" in caught.value.remedy
    assert folder.read_text() == "not a folder"


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("folder", "it is not a regular file"),
        ("fifo", "it is not a regular file"),
        ("/dev/zero", "it is not a regular file"),
        ("sparse", "it is larger than 1 MiB"),
        ("latin-1", "it is not UTF-8 text"),
    ],
)
def test_what_is_no_text_file_is_told_at_once(kind: str, says: str, folder: Path) -> None:
    path = folder / "settings.json"
    folder.mkdir(exist_ok=True)
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "latin-1":
        path.write_bytes('{"theme": "é"}'.encode("latin-1"))
    elif kind == "sparse":
        path.touch()
        os.truncate(path, 5 * 1024**3)
    else:
        path.symlink_to(kind)
    with pytest.raises(settings.DamagedSettings, match=says):
        settings.load()
    if kind in ("folder", "fifo", "/dev/zero"):
        with pytest.raises(OutputError, match="is not a file"):
            settings.save(Settings(theme="light"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
KNOWN = st.sampled_from([*(one.name for one in settings.OPTIONS), "models", "seen_hint"])


@hypothesis.settings(max_examples=60)
@given(st.one_of(st.dictionaries(KNOWN, JSON, max_size=6).map(json.dumps), st.text(max_size=20)))
def test_any_file_gives_settings_that_can_be_used_and_saved(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    write(folder, text)
    try:
        found = settings.load()
    except settings.DamagedSettings as error:
        found = error.usable
    assert settings.option("theme").check(found.theme) == found.theme
    settings.save(replace(found, seen_hint=not found.seen_hint), found)
    assert isinstance(json.loads((folder / "settings.json").read_text()), dict)
