"""Folders that ST's tools generated are read as they are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.fakes import networks
from tests.fakes.cubeai import StandIn
from tests.fakes.cubeai.folder import COMMAND_LINE, PACK
from tinylab.codegen.cubeai import Interface, Version, read_folder
from tinylab.codegen.cubeai.macros import Macros
from tinylab.codegen.tensor import Tensor
from tinylab.errors import CubeAiError, GenerationError, InputError

HOUSE = networks.house_price()
FLOATS = (Tensor("float32", 19), Tensor("float32", 1))


def folder(tmp_path: Path, *kinds: object, **options: object) -> Path:
    """A stand-in without a library, which nothing here needs."""
    made = StandIn(HOUSE, *kinds, cores=(), **options)  # type: ignore[arg-type]
    return made.write(tmp_path / "generated")


@pytest.mark.parametrize(
    ("interface", "version"),
    [
        ("ai_5", (5, 0, 0)),
        ("ai_5", (5, 1, 2)),
        ("ai_5", (5, 2, 0)),
        ("ai_5", (6, 0, 0)),
        ("ai_7", (7, 1, 0)),
        ("ai_7", (7, 3, 0)),
        ("ai_7", (8, 1, 0)),
        ("ai_7", (9, 0, 0)),
        ("ai_7", (9, 1, 0)),
        ("ai_7", (10, 2, 0)),
        ("stai", (10, 0, 0)),
        ("stai", (11, 0, 0)),
    ],
)
def test_every_interface_and_version(
    tmp_path: Path, interface: str, version: tuple[int, int, int]
) -> None:
    [network] = read_folder(folder(tmp_path, interface, version)).networks
    surface = network.surface
    assert surface.interface is Interface(interface)
    assert surface.version == network.headers_version == Version(*version)
    assert (*surface.inputs, *surface.outputs) == FLOATS
    assert surface.activations == (304,)
    assert surface.weights == 26_136
    assert (network.parameters, network.macc, network.compression) == (6_534, 6_771, "none")
    assert surface.origin == HOUSE.name
    names = {path.name for path in network.sources}
    assert {"network.c", "network_data.c"} <= names
    assert ("network_data_params.c" in names) == (interface == "ai_7")


@pytest.mark.parametrize(
    ("interface", "version"),
    [("ai_5", (6, 0, 0)), ("ai_7", (7, 2, 0)), ("ai_7", (10, 2, 0)), ("stai", (10, 2, 0))],
)
@pytest.mark.parametrize(("kind", "zero"), [("int8", -3), ("uint8", 125)])
def test_quantised_inputs_and_outputs(
    tmp_path: Path, interface: str, version: tuple[int, int, int], kind: str, zero: int
) -> None:
    [network] = read_folder(folder(tmp_path, interface, version, kind=kind)).networks
    assert network.surface.inputs == (Tensor(kind, 19, 0.0078125, zero),)
    assert network.surface.outputs == (Tensor(kind, 1, 0.0078125, zero),)


@pytest.mark.parametrize("interface", ["ai_7", "stai"])
def test_several_blocks_of_activations(tmp_path: Path, interface: str) -> None:
    [network] = read_folder(folder(tmp_path, interface, (10, 2, 0), inside=True)).networks
    assert network.surface.activations == (304, 88)


@pytest.mark.parametrize("layout", [COMMAND_LINE, PACK])
def test_every_layout(tmp_path: Path, layout: tuple[str, str, str]) -> None:
    root = folder(tmp_path, layout=layout)
    library = root / layout[2].format(core="M4") / "NetworkRuntime600_CM4_GCC.a"
    library.parent.mkdir(parents=True)
    library.touch()
    [network] = read_folder(root).networks
    assert network.include == root / layout[1]
    assert network.libraries == (library,)


def test_a_name_of_its_own_and_a_whole_project_around_it(tmp_path: Path) -> None:
    project = tmp_path / "project"
    folder(project / "CM7", name="gesture")
    (project / "Drivers" / "HAL").mkdir(parents=True)
    (project / "Drivers" / "HAL" / "network.h").write_text('#define AI_NETWORK_MODEL_NAME "x"\n')
    (project / "main.c").write_text("int main(void) { return 0; }\n")
    [network] = read_folder(project).networks
    assert network.name == "gesture"
    assert network.folder == project / "CM7" / "generated" / "X-CUBE-AI" / "App"


def test_the_tools_own_copy_is_no_second_network(tmp_path: Path) -> None:
    root = folder(tmp_path)
    shutil.copytree(root / "X-CUBE-AI" / "App", root / ".ai" / "output")
    [network] = read_folder(root).networks
    assert network.folder == root / "X-CUBE-AI" / "App"


def test_several_networks_share_one_library(tmp_path: Path) -> None:
    folder(tmp_path, name="first")
    root = folder(tmp_path, name="second")
    (root / "Middlewares/ST/AI/Lib").mkdir()
    (root / "Middlewares/ST/AI/Lib/NetworkRuntime600_CM4_GCC.a").touch()
    first, second = read_folder(root).networks
    assert (first.name, second.name) == ("first", "second")
    assert first.libraries == second.libraries != ()


def test_sources_apart_from_headers(tmp_path: Path) -> None:
    root = folder(tmp_path)
    (root / "Src").mkdir()
    for path in (root / "X-CUBE-AI/App").glob("*.c"):
        path.rename(root / "Src" / path.name)
    [network] = read_folder(root).networks
    assert all(path.parent.name == "Src" for path in network.sources)


def test_headers_and_libraries_of_a_pack(tmp_path: Path) -> None:
    root = folder(tmp_path)
    pack = tmp_path / "pack"
    shutil.move(root / "Middlewares", pack / "Middlewares")
    library = pack / "Middlewares/ST/AI/Lib/GCC/ARMCortexM4/NetworkRuntime600_CM4_GCC.a"
    library.parent.mkdir(parents=True)
    library.touch()
    [network] = read_folder(root, libraries=[pack]).networks
    assert network.include == pack / "Middlewares/ST/AI/Inc"
    assert network.libraries == (library,)


def test_without_a_report_the_generated_code_tells_the_cost(tmp_path: Path) -> None:
    for interface in ("ai_5", "stai"):
        version = (6, 0, 0) if interface == "ai_5" else (11, 0, 0)
        root = folder(tmp_path / interface, interface, version, report=False)
        [network] = read_folder(root).networks
        assert (network.parameters, network.macc, network.compression) == (None, 6_771, None)


def test_a_report_of_another_generation_is_not_believed(tmp_path: Path) -> None:
    root = folder(tmp_path)
    report = root / "X-CUBE-AI/App/network_generate_report.txt"
    report.write_text(report.read_text().replace("26,136", "99,999"))
    [network] = read_folder(root).networks
    assert network.report is None


def test_reports_in_json(tmp_path: Path) -> None:
    root = folder(tmp_path, report=False)
    (root / ".ai").mkdir()
    info = {"memory_footprint": {"weights": 26_136}, "graphs": [{"nodes": [{"macc": 6_771}]}]}
    newer = root / ".ai" / "network_policy.onnx_c_info.json"
    newer.write_text(json.dumps(info))
    [network] = read_folder(root).networks
    assert network.report is not None
    assert (network.report.path, network.report.macc) == (newer, 6_771)
    newer.unlink()
    layers = [{"extras": {"n_macc": 6_000, "n_params": 6_534}}, {"extras": {"n_macc": 771}}]
    (root / ".ai" / "network_report.json").write_text(json.dumps({"layers": layers}))
    [network] = read_folder(root).networks
    assert (network.macc, network.parameters) == (6_771, 6_534)
    (root / ".ai" / "network_report.json").write_text("{")
    [network] = read_folder(root).networks
    assert network.report is None


MISSING = {
    "X-CUBE-AI/App/network.c": "has no network.c",
    "X-CUBE-AI/App/network_data.c": "has no network_data.c",
    "X-CUBE-AI/App/network.h": "but no network.h",
    "Middlewares/ST/AI/Inc/ai_platform.h": "ST's header ai_platform.h is not below",
}


@pytest.mark.parametrize("missing", MISSING)
def test_what_is_missing_is_named(tmp_path: Path, missing: str) -> None:
    root = folder(tmp_path)
    (root / missing).unlink()
    with pytest.raises(CubeAiError, match=MISSING[missing]) as caught:
        read_folder(root)
    assert caught.value.remedy
    assert caught.value.exit_code == 4


def test_missing_parameters_of_the_data(tmp_path: Path) -> None:
    root = folder(tmp_path, "ai_7", (8, 0, 0))
    (root / "X-CUBE-AI/App/network_data_params.c").unlink()
    with pytest.raises(CubeAiError, match=r"has no network_data_params\.c"):
        read_folder(root)


def test_what_is_no_generated_folder(tmp_path: Path) -> None:
    (tmp_path / "file.txt").touch()
    (tmp_path / "main.h").write_text("#define NETWORK 1\n")
    for path, said in (
        (tmp_path / "nowhere", "does not exist"),
        (tmp_path / "file.txt", "is not a folder"),
        (tmp_path, "contains no network generated by ST's tools"),
    ):
        with pytest.raises(InputError, match=said) as caught:
            read_folder(path)
        assert caught.value.exit_code == 2
        assert caught.value.remedy


def test_formats_that_the_bench_cannot_fill(tmp_path: Path) -> None:
    root = folder(tmp_path)
    header = root / "X-CUBE-AI/App/network.h"
    header.write_text(header.read_text().replace("AI_BUFFER_FORMAT_FLOAT", "AI_BUFFER_FORMAT_S1"))
    with pytest.raises(GenerationError, match="AI_BUFFER_FORMAT_S1"):
        read_folder(root)


def test_versions() -> None:
    assert Version.of_tools(6, 0, 0) == Version(6, 0, 0)
    assert Version.of_tools(9, 0, 0) == Version(9, 0, 0)
    assert Version.of_tools(1, 0, 0) == Version(9, 1, 0), "ST Edge AI Core counts anew"
    assert Version.of_tools(2, 2, 0) == Version(10, 2, 0)
    assert Version.of_headers(4, 1, 0) == Version(5, 0, 0), "as the headers of 5.0 say"
    assert Version.of_headers(9, 1, 0) == Version(9, 1, 0)
    assert Version.of_library("NetworkRuntime600_CM4_GCC.a") == Version(6, 0, 0)
    assert Version.of_library("libNetworkRuntime1020_CM7_GCC.a") == Version(10, 2, 0)
    assert Version.of_library("network_runtime.a") is None
    assert Version(5, 1, 0).fits(Version(5, 1, 2))
    assert not Version(7, 1, 0).fits(Version(7, 2, 0))


def test_macros() -> None:
    macros = Macros(
        [
            "#define A (2 * 3U)\n#define B (A + \\\n 4)\n#define F(x) ((x) + A)\n"
            '#define NAME "a \\"name"\n/* #define C 1 */\n#define S (0.5e-2f)\n#define L B + F(1)\n'
            "#define AGAIN AGAIN\n"
        ]
    )
    assert macros.number("B") == 10
    assert macros.number("C") is None
    assert macros.number("L") is None
    assert macros.number("AGAIN") is None
    assert macros.real("S") == 0.005
    assert "F" not in macros
