"""Finding the compiler. Small scripts stand for compilers of several makers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tinylab.build.toolchain import find_compiler
from tinylab.errors import NoCompiler

DEBIAN = "arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205"
ARM = "arm-none-eabi-gcc (Arm GNU Toolchain 13.2.rel1 (Build arm-13.7)) 13.2.1 20231009"
XPACK = "arm-none-eabi-gcc (xPack GNU Arm Embedded GCC aarch64) 14.2.1 20241119"


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv("TINYLAB_ARM_TOOLCHAIN", raising=False)


def compiler(folder: Path, version: str, specs: str = "/lib/nano.specs") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "arm-none-eabi-gcc"
    path.write_text(
        "#!/bin/sh\n"
        f"case $1 in --version) echo '{version}';; *) echo '{specs}';; esac\n"
        f"echo $1 >> '{folder}/asked'\n"
    )
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (DEBIAN, "arm-none-eabi-gcc 12.2.1 20221205"),
        (ARM, "arm-none-eabi-gcc 13.2.1 20231009"),
        (XPACK, "arm-none-eabi-gcc 14.2.1 20241119"),
        ("something else", "something else"),
    ],
)
def test_version_is_shown_in_one_form(tmp_path: Path, line: str, shown: str) -> None:
    compiler(tmp_path / "path", line)
    assert find_compiler(tmp_path).version == shown


def test_order_is_variable_then_path_then_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = compiler(tmp_path / "toolchain-gccarmnoneeabi" / "bin", DEBIAN)
    assert find_compiler(tmp_path).path == package
    on_path = compiler(tmp_path / "path", DEBIAN)
    assert find_compiler(tmp_path).path == on_path
    named = compiler(tmp_path / "named" / "bin", ARM)
    monkeypatch.setenv("TINYLAB_ARM_TOOLCHAIN", str(tmp_path / "named"))
    assert find_compiler(tmp_path).path == named


def test_asked_once_until_the_compiler_changes(tmp_path: Path) -> None:
    path = compiler(tmp_path / "path", DEBIAN)
    asked = path.with_name("asked")
    find_compiler(tmp_path)
    before = asked.read_text()
    assert find_compiler(tmp_path).version.endswith("20221205")
    assert asked.read_text() == before

    compiler(tmp_path / "path", ARM)
    os.utime(path, ns=(1, 1))
    assert find_compiler(tmp_path).version.endswith("20231009")


def test_compiler_without_c_library(tmp_path: Path) -> None:
    compiler(tmp_path / "path", DEBIAN, specs="nano.specs")
    with pytest.raises(NoCompiler, match="no C library") as caught:
        find_compiler(tmp_path)
    assert "libnewlib-arm-none-eabi" in caught.value.remedy


def test_variable_that_names_no_toolchain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler(tmp_path / "path", DEBIAN)
    monkeypatch.setenv("TINYLAB_ARM_TOOLCHAIN", str(tmp_path / "nothing"))
    with pytest.raises(NoCompiler, match=rf"in {tmp_path}/nothing \(from TINYLAB_ARM_TOOLCHAIN"):
        find_compiler(tmp_path)


def test_compiler_that_does_not_run(tmp_path: Path) -> None:
    path = compiler(tmp_path / "path", DEBIAN)
    path.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(NoCompiler, match="cannot be run"):
        find_compiler(tmp_path)


def test_in_a_cache_that_cannot_be_written_the_version_is_asked_each_time(tmp_path: Path) -> None:
    """A folder in the place of the record stops root as well."""
    (tmp_path / "cache" / "compiler.json").mkdir(parents=True)
    compiler(tmp_path / "path", DEBIAN)
    for _ in range(2):
        assert find_compiler(tmp_path).version == "arm-none-eabi-gcc 12.2.1 20221205"
    asked = (tmp_path / "path" / "asked").read_text().split()
    assert asked == ["-print-file-name=nano.specs", "--version"] * 2


def test_the_compiler_is_asked_without_variables_that_change_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = compiler(tmp_path / "path", DEBIAN)
    path.write_text(path.read_text().replace("#!/bin/sh\n", "#!/bin/sh\nset >> $0.set\n"))
    for name in ("GCC_EXEC_PREFIX", "COMPILER_PATH", "CPATH", "LANG", "LC_ALL"):
        monkeypatch.setenv(name, "/of/the/user")
    find_compiler(tmp_path)
    seen = Path(f"{path}.set").read_text()
    assert "LC_ALL='C'" in seen or "LC_ALL=C" in seen
    assert not [name for name in ("GCC_EXEC", "COMPILER_PATH", "CPATH") if name in seen]
