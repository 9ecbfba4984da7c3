"""Applications written for X-CUBE-AI compile unchanged, and get its answers."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import compiled, networks, qemu
from tests.fakes.emulated_images import WithHooks
from tests.fakes.layers.arithmetic import expected
from tests.fakes.qemu import MACHINES, Machine
from tinylab.codegen.generate import Generated, generate
from tinylab.codegen.target import Target

ERRORS = """\
no place for the handle: 0 0x10 0x10
error of no network: 0 0x10 0x10
error of a stranger: 0 0x10 0x10
info of no network: 0 0x00 0x00
run of no network: 0 0x00 0x00
destroy a stranger: 1 0x00 0x00
create: 0 0x00 0x00
run before init: 0 0x11 0x30
first of two errors: 0 0x11 0x30
the first is kept: 0 0x11 0x30
and then forgotten: 0 0x00 0x00
forward before init: 0 0x11 0x30
init with nothing: 0 0x14 0x11
no weights: 0 0x30 0x12
weights too small: 0 0x30 0x12
weights of another network: 0 0x30 0x12
weights on an odd halfword: 0 0x30 0x12
no activations: 0 0x30 0x13
activations too small: 0 0x30 0x13
activations on an odd address: 0 0x30 0x13
all right: 1 0x00 0x00
nowhere to create: 0 0x10 0x10
no list of activations: 0 0x30 0x13
no activations in the list: 0 0x30 0x13
activations on an odd halfword: 0 0x30 0x13
weights of activations: 0 0x30 0x12
own weights: 0 0x00 0x00
own weights, too: 0 0x00 0x00
all right at once: 0 0x00 0x00
no input: 0 0x12 0x17
input without data: 0 0x12 0x17
input on an odd address: 0 0x12 0x17
input of bytes: 0 0x12 0x19
input too large: 0 0x12 0x18
input too small: 0 0x12 0x18
no batches: 0 0x12 0x21
no output: 0 0x13 0x17
output without data: 0 0x13 0x17
output on an odd halfword: 0 0x13 0x17
output of bytes: 0 0x13 0x19
output too large: 0 0x13 0x18
output too small: 0 0x13 0x18
more outputs than inputs: 0 0x13 0x21
one batch: 1 0x00 0x00
two batches: 2 0x00 0x00
forward: 1 0x00 0x00
destroy: 1 0x00 0x00
run after destroy: 0 0x10 0x10
"""


@pytest.fixture
def host(tmp_path: Path) -> compiled.Compiler:
    return compiled.for_host(tmp_path)


def built(compiler: compiled.Compiler, generated: Generated, application: str) -> Path:
    kernels = compiled.kernel_objects(compiler)
    objects = compiled.network_objects(compiler, generated, application)
    return compiler.program("application", objects + kernels)


def test_every_misuse_is_answered_by_its_error(host: compiled.Compiler) -> None:
    program = built(host, generate(networks.human_activity()), "cubeai_errors.c")
    done = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout == ERRORS.replace("forward: 1", "forward: 2")


PRINTED = """
char printed[4096];
int printed_bytes;
int _write(int file, const char *text, int count) {
  (void)file;
  for (int i = 0; i < count && printed_bytes < (int)sizeof printed; ++i)
    printed[printed_bytes++] = text[i];
  return count;
}
"""
"""Where the standard output of a board goes."""


@pytest.mark.parametrize("machine", MACHINES, ids=lambda one: one.core)
def test_misuse_is_answered_by_the_same_errors_on_a_board(machine: Machine, tmp_path: Path) -> None:
    """The core stops at faults: of absent memory, and of accesses that must be aligned."""
    generated = generate(networks.human_activity(), target=Target(machine.core))
    for name, data in generated.files.items():
        (tmp_path / name).write_bytes(data)
    sources = [*tmp_path.glob("*.c"), compiled.APPLICATIONS / "cubeai_errors.c"]
    sources += compiled.used_kernels(sources)
    includes = [f"-I{one}" for one in (tmp_path, *compiled.KERNEL_FOLDERS)]
    image = qemu.build(machine, tmp_path, {"printed.c": PRINTED}, [*includes, *sources])
    memory, _ = WithHooks(image).finish()
    assert not image.words(memory, "unexpected_exception", 1).any()
    [count] = image.words(memory, "printed_bytes", 1).tolist()
    text = image.bytes(memory, "printed", count).decode()
    assert text == ERRORS.replace("forward: 1", "forward: 2")


def test_create_and_init_buffers_and_report(host: compiled.Compiler) -> None:
    network = networks.human_activity()
    program = built(host, generate(network, macc=24120), "cubeai_7_application.c")
    given = np.random.default_rng(1).standard_normal(network.input_shape).astype(np.float32)
    done = subprocess.run([str(program)], input=given.tobytes(), capture_output=True, check=True)
    assert np.frombuffer(done.stdout, np.float32) == pytest.approx(expected(network, given))
    told = dict(line.split(" ", 1) for line in done.stderr.decode().splitlines())
    assert told["model"] == "network"
    assert told["signature"] == network.sha256
    assert told["tool"].startswith("tinylab ")
    assert told["macc"] == "24120"
    assert told["nodes"] == "5"
    assert told["buffers"] == "1 1"
    assert told["input"] == "26 1 3 312"
    assert told["output"] == "1 1 3 12"
    assert told["activations"] == "1 1 1552 1552"
    assert told["params"] == "1 1 48300 48300"


@pytest.mark.parametrize("machine", [compiled.CORTEX_M4, compiled.CORTEX_M7])
@pytest.mark.parametrize("compression", ["none", "x4", "x8"])
def test_compiles_for_the_boards_without_a_warning(
    tmp_path: Path, machine: tuple[str, ...], compression: str
) -> None:
    compiler = compiled.for_board(tmp_path, machine)
    assert compiled.kernel_objects(compiler)
    generated = generate(networks.image_classification(), compression)
    assert compiled.network_objects(compiler, generated, "cubeai_application.c")


def test_weights_are_constant_data_on_a_cache_line(tmp_path: Path) -> None:
    compiler = compiled.for_board(tmp_path, compiled.CORTEX_M7)
    generated = generate(networks.house_price())
    objects = compiled.network_objects(compiler, generated, "cubeai_application.c")
    data = next(path for path in objects if path.stem == "network_data")
    command = ["arm-none-eabi-readelf", "-SW", str(data)]
    sections = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = next(line for line in sections.splitlines() if ".rodata.ai_network_weights" in line)
    size, *rest = line.split("PROGBITS")[1].split()[2:]
    assert int(size, 16) == 26136
    assert "A" in rest
    assert "W" not in rest
    assert rest[-1] == "32"


def test_two_networks_in_one_program(host: compiled.Compiler) -> None:
    """Names follow the network's name, so nothing collides."""
    first = generate(networks.house_price())
    second = generate(networks.human_activity(), name="gesture")
    both = replace(first, files={**first.files, **second.files})
    assert built(host, both, "cubeai_application.c")


def test_headers_compile_as_cpp(tmp_path: Path) -> None:
    for name, data in generate(networks.house_price()).files.items():
        (tmp_path / name).write_bytes(data)
    source = tmp_path / "application.cpp"
    source.write_text(
        '#include "network.h"\n#include "network_data.h"\n'
        "ai_buffer input[] = AI_NETWORK_IN;\n"
        "ai_buffer arena = AI_NETWORK_DATA_ACTIVATIONS(nullptr);\n"
    )
    command = ["arm-none-eabi-g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
    includes = [f"-I{folder}" for folder in (tmp_path, *compiled.KERNEL_FOLDERS)]
    done = subprocess.run([*command, *includes, str(source)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
