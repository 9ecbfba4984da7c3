"""The build compiles the kernels that a network calls, and no others."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fakes import compiled, networks
from tinylab.codegen.generate import generate


def symbols(path: Path) -> tuple[set[str], set[str]]:
    """The kernels that an object file defines, and those that it requires."""
    listed = subprocess.run(["nm", path], capture_output=True, text=True, check=True).stdout
    fields = [line.split()[-2:] for line in listed.splitlines() if " tl_" in line]
    defined = {name for kind, name in fields if kind in "TDR"}
    return defined, {name for kind, name in fields if kind == "U"}


def test_a_network_gets_what_it_calls_and_what_that_calls(tmp_path: Path) -> None:
    for name, data in generate(networks.human_activity()).files.items():
        (tmp_path / name).write_bytes(data)
    used = [source.name for source in compiled.used_kernels(tmp_path.glob("*.c"))]
    assert "tl_dense_f32.c" in used
    assert "tl_conv_s8.c" not in used
    assert used == sorted(used)


@pytest.mark.skipif(not shutil.which("gcc"), reason="no gcc for this machine")
def test_every_function_that_links_is_found(tmp_path: Path) -> None:
    """For each kernel, those that its object requires are among those found from its source."""
    sources = sorted(compiled.KERNELS.glob("*.c"))
    subprocess.run(["gcc", "-c", "-O0", *sources], cwd=tmp_path, check=True)
    made = {source.name: symbols(tmp_path / f"{source.stem}.o") for source in sources}
    where = {name: source for source, (defined, _) in made.items() for name in defined}
    assert len(where) > len(sources) / 2
    for source in sources:
        found = {one.name for one in compiled.used_kernels([source])}
        required = {where[name] for name in made[source.name][1] if name in where}
        assert required <= found, source.name
        assert not made[source.name][0] or source.name in found, source.name
