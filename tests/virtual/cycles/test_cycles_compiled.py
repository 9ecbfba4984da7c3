"""Where compiled hooks are kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tinylab import paths
from tinylab.boards.board import Core
from tinylab.sim.cycles import precompile
from tinylab.sim.cycles.compiled import numba_cache

AHEAD = (
    "from tinylab.boards.board import Core; "
    "from tinylab.sim.cycles.precompile import compile_ahead; "
    "compile_ahead(Core.CORTEX_M4, lambda: False, lambda text, done: print(done))"
)
COMPILE = "from tinylab.sim.cycles.cortex_m4 import model"


def python(code: str, environment: dict[str, str]) -> str:
    """What it prints."""
    kept = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, check=True, env=kept | environment, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def compiled_files(folder: Path) -> set[Path]:
    return set(folder.rglob("*.nb[ic]"))


def test_compiled_hooks_are_kept_in_tinylabs_cache_and_not_beside_the_package(
    tmp_path: Path,
) -> None:
    python(COMPILE, {"TINYLAB_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(paths.PACKAGE.parent)})
    made = compiled_files(tmp_path / "numba")
    assert {path.suffix for path in made} == {".nbi", ".nbc"}
    assert not compiled_files(paths.PACKAGE)
    times = {path: path.stat().st_mtime_ns for path in made}
    python(COMPILE, {"TINYLAB_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(paths.PACKAGE.parent)})
    assert {path: path.stat().st_mtime_ns for path in compiled_files(tmp_path)} == times


def test_hooks_compiled_ahead_are_those_that_are_loaded(tmp_path: Path) -> None:
    environment = {"TINYLAB_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(paths.PACKAGE.parent)}
    printed = python(AHEAD, environment)
    assert [float(share) for share in printed.split()] == sorted(map(float, printed.split()))
    assert len(set(printed.split())) > 2, "it grows while it is compiled"
    times = {path: path.stat().st_mtime_ns for path in compiled_files(tmp_path)}
    assert times
    python(COMPILE, environment)
    assert {path: path.stat().st_mtime_ns for path in compiled_files(tmp_path)} == times


def test_hooks_are_compiled_ahead_once_and_again_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    started = tmp_path / "started"
    for code, starts in ((1, 1), (0, 2), (0, 2)):
        script = f"open({str(started)!r}, 'a').write('x'); raise SystemExit({code})"
        monkeypatch.setattr(precompile, "COMMAND", (sys.executable, "-c", script))
        precompile.compile_ahead(Core.CORTEX_M7, lambda: False)
        assert len(started.read_text()) == starts


def test_compiling_ahead_says_what_takes_so_long_and_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    script = "print('a warning'); print('compiled 40 %'); print('compiled 100 %')"
    monkeypatch.setattr(precompile, "COMMAND", (sys.executable, "-c", script))
    told: list[tuple[str, float]] = []
    for _ in range(2):
        precompile.compile_ahead(
            Core.CORTEX_M33, lambda: False, lambda text, done: told.append((text, done))
        )
    assert {text for text, _ in told} == {"compiling the Cortex-M33 cycle model (once; about 10 s)"}
    assert [done for _, done in told] == [0.0, 0.4, 1.0]


def test_without_a_place_to_keep_them_hooks_are_compiled_all_the_same(tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.touch()
    python(
        "from tinylab.sim.cycles.compiled.numba_setup import CACHE_VARIABLE; import os;"
        "assert os.path.isdir(os.path.dirname(os.environ[CACHE_VARIABLE]))",
        {"TINYLAB_CACHE_DIR": str(nowhere), "PYTHONPATH": str(paths.PACKAGE.parent)},
    )


IN_VAIN = """
import os
from pathlib import Path
from tinylab.boards.board import Core
from tinylab.sim.cycles.precompile import compile_ahead
compile_ahead(Core.CORTEX_M4, lambda: False, lambda text, done: print(text))
files = lambda: set(Path(os.environ["NUMBA_CACHE_DIR"]).rglob("*.nbc"))
ahead = files()
from tinylab.sim.cycles.cortex_m4 import model
assert ahead and files() == ahead, "what was compiled ahead is loaded"
"""


def test_without_a_place_to_keep_them_hooks_are_compiled_once_and_not_beside_the_package(
    tmp_path: Path,
) -> None:
    """A file in the place of the folder stops root as well."""
    cache, temporary = tmp_path / "cache", tmp_path / "temporary"
    for folder in (cache, temporary):
        folder.mkdir()
    (cache / "numba").touch()
    environment = {"TINYLAB_CACHE_DIR": str(cache), "TMPDIR": str(temporary)}
    told = python(IN_VAIN, environment | {"PYTHONPATH": str(paths.PACKAGE.parent)})
    assert "(each time, as the cache cannot be written; about 10 s)" in told
    assert not compiled_files(paths.PACKAGE)
    assert not compiled_files(tmp_path), "they go with the process"


SYMBOL_PART = """
import sys
from importlib import import_module
from numba import from_dtype
model = import_module(f"tinylab.sim.cycles.{sys.argv[1]}.model")
print(from_dtype(model.STATE).mangling_args)
"""


def test_models_that_separate_processes_compiled_share_no_symbols() -> None:
    """What two processes cached is loaded by a third: the same symbol would be one function."""

    def part(core: str) -> str:
        command = [sys.executable, "-c", SYMBOL_PART, core]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    cores = ("cortex_m4", "cortex_m7", "cortex_m33")
    assert len({part(core) for core in cores}) == len(cores)
    assert part("cortex_m4") == part("cortex_m4")


HOOK = """
from tinylab.sim.cycles.compiled.numba_setup import hook

@hook
def nothing(engine, address, size, user):
    pass

print(nothing.address != 0, nothing.cache_hits)
"""


@pytest.mark.parametrize("damage", [b"", b"\x80\x05garbage", b"x" * 10_000])
def test_damaged_files_of_the_cache_are_compiled_again(damage: bytes, tmp_path: Path) -> None:
    environment = {"TINYLAB_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(paths.PACKAGE.parent)}
    script = tmp_path / "script.py"
    script.write_text(HOOK)
    code = f"import sys, runpy; sys.argv = ['x']; runpy.run_path({str(script)!r})"
    assert python(code, environment) == "True 0\n"
    for suffix in ("nbi", "nbc"):
        assert python(code, environment) == "True 1\n"
        files = list((tmp_path / "numba").rglob(f"*.{suffix}"))
        assert files
        for file in files:
            file.write_bytes(damage)
        assert python(code, environment) == "True 0\n"


def test_what_a_killed_compilation_left_is_swept(tmp_path: Path) -> None:
    old, new = tmp_path / "a" / "m.nbi.tmp.0123", tmp_path / "m.nbc.tmp.4567"
    old.parent.mkdir()
    for file in (old, new):
        file.touch()
    os.utime(old, (0, 0))
    numba_cache.sweep(tmp_path)
    assert not old.exists()
    assert new.exists()
