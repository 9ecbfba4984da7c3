"""PlatformIO's own folder, without its registry."""

from __future__ import annotations

import json
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import semantic_version
from platformio.dependencies import get_core_dependencies

from tinylab.build import platformio_core, safe_folder
from tinylab.errors import BuildError


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


@pytest.mark.parametrize("name", ["appstate.json", "packages/tool-scons/scons.py"])
def test_a_folder_that_lost_a_file_is_made_anew(name: str) -> None:
    (platformio_core.provide_core() / name).unlink()
    assert (platformio_core.provide_core() / name).is_file()


@pytest.mark.parametrize("name", ["do$lar", "per%cent", "a  b", "q'uote", "new\nline", "co,mma"])
def test_a_cache_with_a_name_that_no_build_bears_keeps_the_builds_elsewhere(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    usual = platformio_core.home()
    homes = []
    for cache in (tmp_path / name, tmp_path / f"{name}2"):
        monkeypatch.setenv("TINYLAB_CACHE_DIR", str(cache))
        homes.append(platformio_core.home())
    assert usual.parent == tmp_path
    assert len(set(homes)) == 2, "each cache has its own"
    assert all(safe_folder.is_safe(home) for home in homes)


def test_a_folder_of_someone_else_is_not_built_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In /tmp anybody can make the folder first; what is in it would be compiled and run."""
    monkeypatch.setattr(safe_folder, "ELSEWHERE", ())
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    root = tmp_path / f"tinylab-{os.getuid()}"
    root.mkdir()
    root.chmod(0o777)
    with pytest.raises(BuildError):
        safe_folder.for_cache(tmp_path / "do$lar")
    root.rmdir()
    root.symlink_to(tmp_path)
    with pytest.raises(BuildError):
        safe_folder.for_cache(tmp_path / "do$lar")
    root.unlink()
    assert safe_folder.for_cache(tmp_path / "do$lar").is_relative_to(root)
