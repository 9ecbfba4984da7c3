"""The build compiles the kernels that a network calls, and no others."""

from __future__ import annotations

import runpy
import subprocess
from pathlib import Path

from tests.fakes import compiled, networks
from tinylab.codegen.generate import generate


def symbols(path: Path) -> tuple[set[str], set[str]]:
    """The kernels that an object file defines, and those that it requires."""
    listed = subprocess.run(
        ["arm-none-eabi-nm", path], capture_output=True, text=True, check=True
    ).stdout
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


def test_every_function_that_links_is_found(tmp_path: Path) -> None:
    """For each kernel, those that its object requires are among those found from its source."""
    sources = sorted(path for path in compiled.KERNELS.rglob("*") if path.suffix in (".c", ".S"))
    includes = [f"-I{folder}" for folder in compiled.KERNEL_FOLDERS]
    compiler = ["arm-none-eabi-gcc", "-c", "-O0", *compiled.CORTEX_M7]
    subprocess.run([*compiler, *includes, *sources], cwd=tmp_path, check=True)
    made = {source.name: symbols(tmp_path / f"{source.stem}.o") for source in sources}
    where = {name: source for source, (defined, _) in made.items() for name in defined}
    assert len(where) > len(sources) / 2
    for source in sources:
        found = {one.name for one in compiled.used_kernels([source])}
        required = {where[name] for name in made[source.name][1] if name in where}
        assert required <= found, source.name
        assert not made[source.name][0] or source.name in found, source.name


def test_assembly_is_chosen_by_its_global_names(tmp_path: Path) -> None:
    (tmp_path / "fast").mkdir()
    fast = tmp_path / "fast" / "tl_fast.S"
    fast.write_text(".syntax unified\n.global tl_fast\ntl_fast:\n  b tl_plain\n")
    (tmp_path / "tl_plain.c").write_text("void tl_plain(void) {}\n")
    caller = tmp_path / "caller.txt"
    caller.write_text("tl_fast();\n")
    choose = runpy.run_path(str(compiled.USED))["used_kernels"]
    assert choose(tmp_path, [caller]) == [fast, tmp_path / "tl_plain.c"]
