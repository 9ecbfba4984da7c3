"""PlatformIO's own folder, without its registry."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import semantic_version
from platformio.dependencies import get_core_dependencies

from tinylab.build import platformio_core


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path))


def test_scons_package_is_the_version_that_platformio_wants() -> None:
    package = json.loads(
        (platformio_core.provide_core() / "packages/tool-scons/package.json").read_bytes()
    )
    wanted = semantic_version.SimpleSpec(get_core_dependencies()["tool-scons"])
    assert semantic_version.Version(package["version"]) in wanted


@pytest.mark.parametrize(
    ("scons", "package"), [("4.11.1", "4.41101.0"), ("4.8", "4.40800.0"), ("4.10.0", "4.41000.0")]
)
def test_registry_numbers_of_scons(scons: str, package: str) -> None:
    assert platformio_core.scons_package_version(scons) == package


def test_made_once_however_many_ask(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        folders = set(pool.map(lambda _: platformio_core.provide_core(), range(8)))
    assert folders == {platformio_core.core_folder()}
    assert [path.name for path in platformio_core.home().iterdir()] == ["core"]


def test_two_first_builds_at_once_do_not_race_for_a_folder() -> None:
    """PlatformIO would make it, and fail when another was faster."""
    assert (platformio_core.provide_core() / ".cache" / "downloads").is_dir()
