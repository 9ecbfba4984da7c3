"""Real builds in folders and environments that PlatformIO, SCons and GCC are not made for."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.virtual.build.test_build_project import ONES, WB55, small_project
from tinylab.build import project
from tinylab.build.image import Image
from tinylab.errors import BuildError

FLAGS = (
    "CFLAGS", "CXXFLAGS", "CPPFLAGS", "ASFLAGS", "LDFLAGS", "MAKEFLAGS", "SCONSFLAGS",
    "PLATFORMIO_BUILD_FLAGS", "PLATFORMIO_BUILD_SRC_FLAGS", "PLATFORMIO_BUILD_UNFLAGS",
    "PLATFORMIO_DEFAULT_ENVS", "PLATFORMIO_RUN_JOBS", "PLATFORMIO_EXTRA_SCRIPTS",
    "GCC_COMPARE_DEBUG", "GNUTARGET", "LDEMULATION", "SOURCE_DATE_EPOCH", "PYTHONOPTIMIZE",
)  # fmt: skip
PLACES = (
    "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "COMPILER_PATH",
    "GCC_EXEC_PREFIX", "PYTHONPATH", "PYTHONHOME", "PYTHONEXEPATH", "PLATFORMIO_CORE_DIR",
    "PLATFORMIO_SRC_DIR", "PLATFORMIO_LIB_DIR", "PLATFORMIO_BUILD_DIR", "PLATFORMIO_INCLUDE_DIR",
    "PLATFORMIO_WORKSPACE_DIR", "PLATFORMIO_PACKAGES_DIR", "DEPENDENCIES_OUTPUT",
)  # fmt: skip


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    return small_project(tmp_path / "projects")


def built(cache: Path, projects: Path, monkeypatch: pytest.MonkeyPatch) -> Image:
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(cache))
    image = project.build(WB55, ONES, projects=projects)
    assert not image.cached
    assert image.elf.is_relative_to(cache.absolute())
    return image


@pytest.fixture
def plain(tmp_path: Path, projects: Path, monkeypatch: pytest.MonkeyPatch) -> Image:
    return built(tmp_path / "plain", projects, monkeypatch)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize(
    "name",
    ["do$lar", "a  b # é %(x)s", "q'uo\"te`touch hit`$(touch hit);touch hit\nline\udcff"],
)
def test_any_name_of_the_cache_builds_the_same_image(
    name: str, plain: Image, projects: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = built(temporary.with_name(name), projects, monkeypatch)
    assert (image.sha256, image.build_id) == (plain.sha256, plain.build_id)
    assert not list(temporary.parent.rglob("hit")), "a part of the name was executed"


def test_a_relative_cache_is_where_the_user_is(
    plain: Image, tmp_path: Path, projects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert built(Path("relative"), projects, monkeypatch).sha256 == plain.sha256


def test_with_no_safe_folder_the_remedy_is_named(
    projects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinylab.build.safe_folder.ELSEWHERE", ())
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "no$where"))
    with pytest.raises(BuildError) as caught:
        built(tmp_path / "do$lar", projects, monkeypatch)
    assert "TINYLAB_CACHE_DIR" in caught.value.remedy


def test_variables_of_the_user_change_nothing(
    plain: Image, projects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, home = tmp_path / "bad", tmp_path / "home"
    for package in ("SCons", "platformio"):
        (bad / package).mkdir(parents=True)
        (bad / package / "__init__.py").write_text("raise SystemExit('of the user')")
    (bad / "stdint.h").write_text("#error of the user\n")
    site = home / ".scons" / "site_scons"
    site.mkdir(parents=True)
    (site / "site_init.py").write_text("raise SystemExit('of the user')")
    for name in FLAGS:
        monkeypatch.setenv(name, "-O0 -Dint=broken --broken")
    for name in PLACES:
        monkeypatch.setenv(name, str(bad))
    monkeypatch.setenv("HOME", str(home))

    image = built(tmp_path / "hostile", projects, monkeypatch)
    assert (image.sha256, image.build_id) == (plain.sha256, plain.build_id)
    assert image.toolchain == plain.toolchain
