"""Whatever stands where a part of a generated folder is expected has an answer, at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes import networks
from tests.fakes.cubeai import StandIn
from tinylab import plain_files
from tinylab.bench.prepare import st_code
from tinylab.boards import catalog
from tinylab.codegen.cubeai import files, read_folder
from tinylab.errors import CubeAiError, GenerationError, InputError

HOUSE = networks.house_price()
APP, INC, LIB = "X-CUBE-AI/App", "Middlewares/ST/AI/Inc", "Middlewares/ST/AI/Lib"
LIBRARY = f"{LIB}/NetworkRuntime910_CM4_GCC.a"
REPORT = f"{APP}/network_generate_report.txt"
PARTS = (
    f"{APP}/network.h", f"{APP}/network_config.h", f"{APP}/network.c", f"{APP}/network_data.c",
    f"{APP}/network_data_params.h", f"{APP}/network_data_params.c", f"{INC}/ai_platform.h",
    f"{INC}/core_datatypes.h", LIBRARY,
)  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = StandIn(HOUSE, "ai_7", (9, 1, 0), cores=()).write(tmp_path / "generated")
    (made / LIB).mkdir()
    (made / LIBRARY).write_bytes(b"!<arch>\n")
    return made


def pipe(path: Path) -> None:
    os.mkfifo(path)


def huge(path: Path) -> None:
    path.touch()
    os.truncate(path, 5 * 1024**3)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def outside(path: Path) -> None:
    generated = next(parent for parent in path.parents if parent.name == "generated")
    other = generated.parent / f"outside{path.suffix}"
    other.write_text("#define AI_NETWORK_MODEL_NAME\n")
    path.symlink_to(other)


def dangling(path: Path) -> None:
    path.symlink_to("nowhere.h")


def circle(path: Path) -> None:
    path.symlink_to(path.name)


def folder(path: Path) -> None:
    path.mkdir()


STANDS_THERE: dict[Callable[[Path], None], str] = {
    pipe: "is not a regular file",
    huge: "is larger than",
    device: "is a link that leaves the folder",
    outside: "is a link that leaves the folder",
    dangling: "is a link to a file that does not exist",
    circle: "is a link to a file that does not exist",
    folder: "is a folder, not a file",
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", STANDS_THERE)
def test_no_part_is_anything_but_a_file_in_the_folder(
    root: Path, part: str, kind: Callable[[Path], None]
) -> None:
    (root / part).unlink()
    kind(root / part)
    with pytest.raises(CubeAiError, match=STANDS_THERE[kind]) as caught:
        read_folder(root)
    assert part in caught.value.message
    assert caught.value.remedy


def test_a_report_that_cannot_be_used_is_told_and_does_without(root: Path) -> None:
    (root / REPORT).unlink()
    outside(root / REPORT)
    [network] = read_folder(root).networks
    assert network.report is None
    [note] = network.notes
    assert note.startswith("ST's report was not read: ")
    assert note.endswith("is a link that leaves the folder, and is not followed")


def test_a_linked_folder_outside_is_named_when_something_is_missing(
    root: Path, tmp_path: Path
) -> None:
    (root / "Middlewares").rename(tmp_path / "pack")
    (root / "Middlewares").symlink_to(tmp_path / "pack")
    with pytest.raises(CubeAiError, match="Middlewares is a link that leaves") as caught:
        read_folder(root)
    assert caught.value.remedy == "Copy the file or folder that it names to this place."
    (root / "X-CUBE-AI").rename(tmp_path / "app")
    (root / "X-CUBE-AI").symlink_to(tmp_path / "app")
    with pytest.raises(InputError, match=r"no network .* is a link that leaves"):
        read_folder(root)


def test_links_within_the_folder_are_followed(root: Path, tmp_path: Path) -> None:
    (root / "kept").mkdir()
    (root / PARTS[2]).rename(root / "kept" / "code.c")
    (root / PARTS[2]).symlink_to(root / "kept" / "code.c")
    (tmp_path / "link").symlink_to(root)
    for path in (root, tmp_path / "link"):
        [network] = read_folder(path).networks
        assert network.sources[0] == root / PARTS[2]


def test_what_is_exchanged_after_it_was_read(root: Path) -> None:
    [network] = read_folder(root).networks
    (root / PARTS[3]).unlink()
    pipe(root / PARTS[3])
    with pytest.raises(OSError, match="it is not a regular file"):
        network.sha256  # noqa: B018
    (root / LIBRARY).unlink()
    pipe(root / LIBRARY)
    with pytest.raises(CubeAiError, match=r"_GCC\.a cannot be read: it is not a regular file"):
        st_code.prepare(network, "house price", None, catalog.by_name("nucleo_wb55rg"))


def test_only_so_much_of_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"1234")
    assert plain_files.read(path, 4) == b"1234"
    for other, said in ((path, "it is larger than"), (tmp_path, "it is not a regular file")):
        with pytest.raises(OSError, match=said):
            plain_files.read(other, 3)


def test_more_files_than_any_project_has(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    most = sum(1 for _ in root.rglob("*"))
    monkeypatch.setattr(files, "MOST_ENTRIES", most)
    assert read_folder(root).networks
    (root / "another.h").touch()
    with pytest.raises(InputError, match=f"more than {most} files and folders") as caught:
        read_folder(root)
    assert caught.value.remedy


def test_names_that_are_not_utf_8(root: Path) -> None:
    """ST's tools write ASCII; other names in the folder belong to somebody else."""
    before = read_folder(root).networks[0].sha256
    for place in (root / APP, root / INC, root / LIB, root):
        for name in (b"network_\xff.h", b"\xff.h", b"\xff.c", b"network_data\xff.c"):
            Path(os.fsdecode(os.fsencode(place) + b"/" + name)).write_bytes(b"\xff")
    [network] = read_folder(root).networks
    assert network.sha256 == before
    assert all(path.name.isascii() for path in (*network.headers, *network.platform_headers))


def test_bytes_that_are_not_utf_8_and_nul(root: Path) -> None:
    for name in ("network.h", "network_data_params.h", "network.c"):
        path = root / APP / name
        path.write_bytes(b"/* \xff\xfe\0 */\n" + path.read_bytes() + b"\0\xff")
    [network] = read_folder(root).networks
    assert network.surface.weights == 26_136


def test_two_networks_of_one_name(root: Path) -> None:
    StandIn(HOUSE, "ai_7", (9, 1, 0), cores=()).write(root / "CM7")
    first, second = read_folder(root).networks
    assert first.name == second.name == "network"
    assert first.folder != second.folder
    assert all(path.is_relative_to(first.folder) for path in first.sources)
    assert all(path.is_relative_to(second.folder) for path in second.sources)


DIGITS = "9" * 4_500
SIZES = ("-26136", DIGITS, f"(1{'0' * 30})", "(1 << 70)", "A", "(4 * B)", "", '"text"', "(1 / 0)",
         "(2147483647 * 2)", "((((", "-" * 2000 + "1", "1or 2", "sizeof(int)")  # fmt: skip
CIRCLE = "\n#define A B\n#define B (A + 1)\n"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("AI_NETWORK_DATA_WEIGHTS_SIZE", "network_data_params.h"),
        ("AI_NETWORK_DATA_ACTIVATION_1_SIZE", "network_data_params.h"),
        ("AI_NETWORK_IN_1_SIZE", "network.h"),
        ("AI_NETWORK_OUT_1_SIZE", "network.h"),
    ],
)
def test_sizes_that_are_none(root: Path, name: str, file: str, size: str) -> None:
    header = root / APP / file
    header.write_text(header.read_text() + CIRCLE + f"#define {name} {size}\n")
    with pytest.raises(GenerationError, match=f"{name} is not a possible number") as caught:
        read_folder(root)
    assert caught.value.remedy


@pytest.mark.parametrize("count", ["0", "-1", DIGITS, "A"])
def test_no_inputs(root: Path, count: str) -> None:
    header = root / APP / "network.h"
    header.write_text(header.read_text() + CIRCLE + f"#define AI_NETWORK_IN_NUM ({count})\n")
    with pytest.raises(GenerationError, match="has no number of inputs and outputs"):
        read_folder(root)


def test_a_hundred_inputs_of_which_one_is_described(root: Path) -> None:
    header = root / APP / "network.h"
    header.write_text(header.read_text() + "#define AI_NETWORK_IN_NUM (1 << 62)\n")
    with pytest.raises(GenerationError, match="AI_NETWORK_IN_2 has the format 'unknown'"):
        read_folder(root)


@pytest.mark.parametrize(
    ("scale", "zero"), [("0.0f", "0"), ("-1.0f", "0"), ("0.5f", "200"), ("0.5f", "-129")]
)
def test_quantisation_that_cannot_be(tmp_path: Path, scale: str, zero: str) -> None:
    made = StandIn(HOUSE, "ai_7", (9, 1, 0), kind="int8", cores=()).write(tmp_path / "generated")
    code = made / APP / "network.c"
    text = code.read_text().replace("SCALE(0.0078125f)", f"SCALE({scale})")
    code.write_text(text.replace("ZP(-3)", f"ZP({zero})"))
    with pytest.raises(GenerationError, match="are not possible for int8"):
        read_folder(made)


@pytest.mark.parametrize("scale", ["1e999f", "nan", "1.2.3f", "", "0.5f, 0.5f"])
def test_a_scale_that_is_no_number_is_unknown(tmp_path: Path, scale: str) -> None:
    made = StandIn(HOUSE, "ai_7", (9, 1, 0), kind="int8", cores=()).write(tmp_path / "generated")
    code = made / APP / "network.c"
    code.write_text(code.read_text().replace("SCALE(0.0078125f)", f"SCALE({scale})"))
    [network] = read_folder(made).networks
    assert network.surface.inputs[0].scale is None


def test_numbers_in_reports_that_are_too_long(root: Path) -> None:
    report = root / REPORT
    report.write_text(report.read_text().replace("6,771", DIGITS))
    [network] = read_folder(root).networks
    assert network.report is not None
    assert network.report.macc is None
    report.unlink()
    for text in (f'{{"layers": [{{"extras": {{"n_macc": {DIGITS}}}}}]}}', "[" * 100_000):
        (root / APP / "network_c_info.json").write_text(text)
        [network] = read_folder(root).networks
        assert network.report is None or network.report.macc is None


def test_text_that_makes_searches_slow(root: Path) -> None:
    """Comments without an end, macros that grow a thousandfold, lists without a bracket."""
    header, code = root / APP / "network_config.h", root / APP / "network.c"
    header.write_text(header.read_text() + "/* " * 60_000)
    grown = "".join(f"#define G{i} {f'G{i + 1} ' * 400}\n" for i in range(8))
    data = root / APP / "network_data_params.h"
    data.write_text(data.read_text() + grown + "#define AI_NETWORK_DATA_WEIGHTS_SIZE G0\n")
    code.write_text(
        code.read_text()
        + "(AI_FLAG_NONE, AI_NETWORK_OUT_NUM, "
        + "&x," * 500_000
        + "(AI_FLAG_NONE, AI_NETWORK_IN_NUM, " * 50_000
        + "AI_TENSOR_OBJ_DECLARE(x, " * 50_000
    )
    with pytest.raises(GenerationError, match="WEIGHTS_SIZE is not a possible number"):
        read_folder(root)
