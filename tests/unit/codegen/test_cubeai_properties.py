"""Properties of the readers of generated folders, for any text and any bytes."""

from __future__ import annotations

import string
from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import networks
from tests.fakes.cubeai import StandIn
from tests.fakes.cubeai.surface import tools_of
from tinylab.codegen.cubeai import Version, read_folder
from tinylab.codegen.cubeai.declarations import Declarations
from tinylab.codegen.cubeai.files import Tree
from tinylab.codegen.cubeai.macros import Macros, real, whole
from tinylab.codegen.cubeai.report import find_report
from tinylab.errors import TinylabError

HOUSE = networks.house_price()
NAMES = st.sampled_from(["A", "B", "C", "AI_X_IN_1_SIZE"])
ATOMS = st.one_of(
    NAMES,
    st.integers(-(10**30), 10**30).map(str),
    st.sampled_from(["0x10U", "7UL", "9" * 4_500, "010", "1.5f", '"text"', "sizeof(x)"]),
)
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "<<", "|", ",", " "]), inner)
        .map("".join)
        .map(lambda text: f"({text})")
    ),
    max_leaves=8,
)
DEFINES = st.lists(st.tuples(NAMES, EXPRESSIONS).map(lambda d: f"#define {d[0]} {d[1]}\n"))
TEXT = st.text(string.printable + "\0é/*#\\", max_size=200)


@settings(max_examples=100)
@given(DEFINES, TEXT)
def test_every_macro_is_a_number_of_64_bits_or_none(defines: list[str], noise: str) -> None:
    macros = Macros(["".join(defines) + noise])
    for name in ("A", "B", "C", "AI_X_IN_1_SIZE"):
        value = macros.number(name)
        assert value is None or abs(value) < 1 << 64
        assert macros.real(name) is None or isinstance(macros.real(name), float)
        assert isinstance(macros.text(name), str)


@settings(max_examples=100)
@given(st.integers(0, 2**31), st.integers(0, 2**31), st.sampled_from(["", "U", "UL", "u"]))
def test_arithmetic_is_that_of_c(first: int, second: int, suffix: str) -> None:
    text = f"#define A ({first}{suffix} + B * 2)\n#define B ({second}{suffix})\n"
    assert Macros([text]).number("A") == first + second * 2


@settings(max_examples=100)
@given(TEXT)
def test_numbers_are_finite_or_none(text: str) -> None:
    value = real(text)
    assert value is None or value - value == 0.0
    digits = "".join(sign for sign in text if sign in "0123456789,")
    assert whole(digits) is None or 0 <= (whole(digits) or 0) < 10**18


@settings(max_examples=100)
@given(st.floats(1e-9, 1e3), st.integers(-128, 127), st.sampled_from(["S8", "U8", "FLOAT"]))
def test_declarations_come_back(scale: float, zero: int, kind: str) -> None:
    code = (
        f"AI_ARRAY_OBJ_DECLARE(\n  x_array, AI_ARRAY_FORMAT_{kind}|AI_FMT_FLAG_IS_IO,\n  NULL)\n"
        f"AI_INTQ_INFO_LIST_OBJ_DECLARE(x_intq, C, 0, 1, AI_PACK_INTQ_INFO(\n"
        f"  AI_PACK_INTQ_SCALE({scale!r}f), AI_PACK_INTQ_ZP({zero})))\n"
        "AI_TENSOR_OBJ_DECLARE(x, AI_STATIC, 0, 0x0, AI_SHAPE_INIT(4, 1), 1, &x_array, &x_intq)\n"
        "AI_TENSOR_LIST_IO_OBJ_INIT(AI_FLAG_NONE, AI_NETWORK_IN_NUM , &x)"
    )
    [found] = Declarations(code).side("AI_NETWORK_IN_NUM")
    assert found.format == f"AI_ARRAY_FORMAT_{kind}"
    assert (found.scale, found.zero_point) == (float(repr(scale)), zero)


@settings(max_examples=100)
@given(st.lists(st.sampled_from([
    "AI_TENSOR_OBJ_DECLARE(", "AI_ARRAY_OBJ_DECLARE(x", "(AI_FLAG_NONE, N,", "&x", ",", ")", "1",
    "AI_PACK_INTQ_SCALE(", "AI_PACK_INTQ_ZP(-", "9" * 5_000, "NULL", "\n", "AI_ARRAY_FORMAT_",
])))  # fmt: skip
def test_any_declarations_are_read(pieces: list[str]) -> None:
    for found in Declarations("".join(pieces)).side("N"):
        assert found.scale is None or found.scale - found.scale == 0.0


@settings(max_examples=100)
@given(st.integers(5, 12), st.integers(0, 9), st.integers(0, 9))
def test_versions_come_back_from_every_place(major: int, minor: int, micro: int) -> None:
    version = Version(major, minor, micro)
    assert Version.of_tools(*tools_of((major, minor, micro))) == version
    assert Version.of_library(f"NetworkRuntime{major}{minor}{micro}_CM4_GCC.a") == version


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_any_library_name_has_a_version_or_none(name: str) -> None:
    found = Version.of_library(name)
    assert found is None or found.major < 100


@settings(max_examples=60)
@given(st.sampled_from(["network_generate_report.txt", "network_c_info.json"]), st.data())
def test_any_report_is_read_or_ignored(tmp_path: Path, name: str, data: st.DataObject) -> None:
    place = tmp_path / "report"
    place.mkdir(exist_ok=True)
    for old in place.iterdir():
        old.unlink()
    pieces = st.sampled_from(
        [b"macc : ", b"params # : ", b"1,000 items\n", b"9" * 4_500, b"\n", b"weights (ro) : 7 B\n",
         b'{"layers": [', b'{"extras": {"n_macc": -1}}', b"]}", b"[" * 5_000, b"\xff\0", b"NaN"]
    )  # fmt: skip
    (place / name).write_bytes(b"".join(data.draw(st.lists(pieces, max_size=12))))
    report = find_report(Tree.of(place.resolve()), "network", place.resolve(), 7)
    for number in (report.macc, report.parameters) if report else ():
        assert number is None or 0 <= number < 1 << 63


@settings(max_examples=60)
@given(st.data())
def test_any_damage_to_a_folder_is_an_error_of_ours(tmp_path: Path, data: st.DataObject) -> None:
    root = tmp_path / "generated"
    if not root.exists():
        StandIn(HOUSE, "ai_7", (7, 2, 0), kind="int8", cores=()).write(root)
    app = root / "X-CUBE-AI/App"
    names = ("network.h", "network.c", "network_data_params.h", "network_config.h")
    path = app / data.draw(st.sampled_from(names))
    whole_file = path.read_bytes()
    begin = data.draw(st.integers(0, len(whole_file)))
    count = data.draw(st.integers(0, 40))
    other = data.draw(st.binary(max_size=8))
    path.write_bytes(whole_file[:begin] + other + whole_file[begin + count :])
    try:
        with suppress(TinylabError):
            for network in read_folder(root).networks:
                assert network.surface.inputs
                assert network.activations >= 0
                assert network.headers_version is None or network.headers_version.major > 0
    finally:
        path.write_bytes(whole_file)
