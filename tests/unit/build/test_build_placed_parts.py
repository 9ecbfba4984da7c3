"""What linker and start-up code are told of parts in RAM, and what is read back from an image."""

from __future__ import annotations

from pathlib import Path

import pytest

from tinylab import paths
from tinylab.boards import catalog
from tinylab.boards.placement import Layout, Placement, default_layout
from tinylab.build import placed_parts, project
from tinylab.build.platformio_run import Outcome
from tinylab.errors import DoesNotFit

H7 = catalog.by_name("nucleo_h723zg")
DTCM, AXI = H7.ram
PROJECTS = paths.platformio_projects()
ITCM, SRAM1, SRAM2 = H7.other_ram[:3]


def test_nothing_is_copied_by_default() -> None:
    layout = default_layout(H7)
    assert layout.activations == (DTCM, AXI)
    assert b"SECTIONS" not in placed_parts.linker_sections(H7, layout)
    assert b"{" not in placed_parts.linker_sections(H7, layout)
    assert b"#define" not in placed_parts.header(layout, DTCM)


def test_parts_have_their_bytes_in_flash_and_a_line_in_the_table() -> None:
    text = placed_parts.linker_sections(H7, Layout((DTCM,), weights=AXI, code=ITCM)).decode()
    assert "} > RAM1 AT> FLASH :placed_weights" in text
    assert "} > RAM2 AT> FLASH :placed_code" in text
    assert text.count("LOADADDR(") == text.count("SIZEOF(") == 2


def test_clocks_of_memories_that_have_none_after_a_reset_are_enabled_once() -> None:
    text = placed_parts.header(Layout((SRAM1,), weights=SRAM1, code=SRAM2), SRAM1).decode()
    assert "#define TL_COPIES" in text
    assert "{0x580244dcu, 29u}, {0x580244dcu, 30u}" in text
    assert "TL_COPIES" not in placed_parts.header(Layout((SRAM1,)), SRAM1).decode()


def test_where_parts_are_is_read_from_the_image() -> None:
    sections = {".activations": AXI.base + 64, ".placed_weights": DTCM.base, ".text": 0x800_0040}
    found = placed_parts.linked(H7, sections, scratch=True)
    assert str(found) == "weights=dtcm,activations=axi,scratch=axi,code=flash"
    assert placed_parts.linked(H7, sections, scratch=False).scratch is None
    assert placed_parts.linked(H7, {".text": 0x800_0040}, scratch=True) == Placement()


def test_the_build_id_depends_on_the_placement() -> None:
    layouts = [
        default_layout(H7),
        Layout((AXI, DTCM)),
        Layout((AXI,)),
        Layout((DTCM, AXI), weights=DTCM),
        Layout((DTCM, AXI), weights=AXI),
        Layout((DTCM, AXI), code=AXI),
        Layout((DTCM, AXI), scratch=AXI),
    ]
    texts = {
        b"".join(
            data
            for name, data in sorted(project.project_files(H7, {}, PROJECTS, layout=one).items())
            if name.startswith("bench/boards")
        )
        for one in layouts
    }
    assert len(texts) == len(layouts)


@pytest.mark.parametrize(("region", "remedy"), [("RAM2", "code=flash"), ("FLASH", "Compress")])
def test_code_that_is_too_large_for_its_memory_says_what_fits(
    region: str, remedy: str, tmp_path: Path
) -> None:
    said = f"ld: region `{region}' overflowed by 1234 bytes"
    with pytest.raises(DoesNotFit, match="1,234 bytes") as caught:
        project._link_where_it_fits(
            H7, Layout((DTCM,), code=ITCM), lambda arena: Outcome(False, (said,)), tmp_path
        )
    assert remedy in caught.value.remedy
    assert ("ITCM" in caught.value.message) == (region == "RAM2")
