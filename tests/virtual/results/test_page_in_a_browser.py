"""The HTML page in Debian's chromium: no request, no error, and it prints."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fakes.records import session
from tinylab.export.html_report import render_html

CHROMIUM = shutil.which("chromium")
OFFLINE = (
    "--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--enable-logging=stderr", "--v=0",
)  # fmt: skip

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


def browser(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    page = folder / "page.html"
    page.write_text(render_html(session()), encoding="utf-8")
    profile = f"--user-data-dir={folder / 'profile'}"
    return subprocess.run(
        [str(CHROMIUM), *OFFLINE, profile, *words, page.as_uri()],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip


def test_the_page_opens_without_errors(tmp_path: Path) -> None:
    done = browser(tmp_path, "--dump-dom")
    assert "CONSOLE" not in done.stderr, done.stderr
    assert done.stdout.count("<figure") > 1
    assert "Inferences per second" in done.stdout


def test_the_page_prints(tmp_path: Path) -> None:
    made = tmp_path / "page.pdf"
    browser(tmp_path, f"--print-to-pdf={made}")
    pages = re.findall(rb"/Type\s*/Page\b", made.read_bytes())
    assert 2 <= len(pages) <= 12
