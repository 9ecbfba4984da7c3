"""Files and folders are there whole or not at all."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tinylab import atomic_files


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_content_is_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    atomic_files.write(tmp_path / "a.json", "é")
    atomic_files.write(tmp_path / "b.bin", b"\xff")
    assert (tmp_path / "a.json").read_bytes() == "é".encode()
    assert (tmp_path / "b.bin").read_bytes() == b"\xff"
    assert left_in(tmp_path) == ["a.json", "b.bin"]


def test_a_new_file_has_the_usual_mode_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    usual, kept = tmp_path / "usual", tmp_path / "kept"
    usual.touch()
    atomic_files.write(tmp_path / "new", "")
    kept.touch(mode=0o600)
    atomic_files.write(kept, "more")
    assert (tmp_path / "new").stat().st_mode == usual.stat().st_mode
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_symbolic_link_stays_and_leads_to_the_new_content(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "file", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    atomic_files.write(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert left_in(tmp_path / "elsewhere") == ["file"]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    atomic_files.write(pipe, "through")
    reader.join()
    assert read == [b"through"]
    assert pipe.is_fifo()


def full(_descriptor: int) -> None:
    raise OSError(28, "No space left on device")


def test_on_a_full_disk_the_old_content_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        atomic_files.write(file, "new")
    assert file.read_text() == "old"
    assert left_in(tmp_path) == ["file"]


KILLED = """
import os, signal, sys
from pathlib import Path
from tinylab import atomic_files
os.fsync = lambda number: os.kill(os.getpid(), signal.SIGKILL)
atomic_files.write(Path(sys.argv[1]), "new")
"""


@pytest.mark.parametrize("name", ["kept.json", "x" * 200])
def test_what_a_killed_process_left_half_written_is_removed_by_the_next(
    name: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_text("old")
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", KILLED, str(file)], check=False)
        assert done.returncode == -signal.SIGKILL
    assert file.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2, "the second has removed what the first left"
    other = tmp_path / f".{name[:100]}.mine.part"
    other.touch()
    atomic_files.write(file, "newer")
    assert file.read_text() == "newer"
    assert set(tmp_path.iterdir()) == {file, other}


def test_content_is_on_the_disk_before_it_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.append(left_in(tmp_path)))
    atomic_files.write(tmp_path / "file", "x")
    [[fresh]] = seen
    assert fresh != "file"


def test_a_folder_in_the_place_is_refused_and_nothing_left(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        atomic_files.write(tmp_path / "taken", "x")
    assert left_in(tmp_path) == ["taken"]


def test_a_check_changes_nothing_and_tells_what_writing_would(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    atomic_files.check(file)
    assert (file.read_text(), left_in(tmp_path)) == ("old", ["file"])
    with pytest.raises(FileNotFoundError):
        atomic_files.check(tmp_path / "missing" / "file")


def test_several_threads_may_write_the_same_file(tmp_path: Path) -> None:
    contents = [str(number) * 50_000 for number in range(8)]
    threads = [
        threading.Thread(target=atomic_files.write, args=(tmp_path / "file", text))
        for text in contents
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "file").read_text() in contents
    assert left_in(tmp_path) == ["file"]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path))
    return tmp_path


def test_a_folder_appears_when_it_is_filled(cache: Path) -> None:
    final = cache / "kind" / "key"
    with atomic_files.new_folder(final) as fresh:
        (fresh / "file").write_text("x")
        assert not final.exists()
    assert left_in(final) == ["file"]
    assert left_in(cache / "temporary") == []


def test_a_folder_whose_filling_failed_never_appears(cache: Path) -> None:
    final = cache / "key"
    with pytest.raises(FileNotFoundError), atomic_files.new_folder(final) as fresh:
        (fresh / "missing" / "file").touch()
    assert not final.exists()
    assert left_in(cache / "temporary") == []


def test_a_folder_that_is_there_is_not_touched(cache: Path) -> None:
    final = cache / "key"
    final.mkdir()
    (final / "old").touch()
    with pytest.raises(OSError, match="key"), atomic_files.new_folder(final) as fresh:
        (fresh / "new").touch()
    assert left_in(final) == ["old"]


def test_a_folder_on_another_disk_appears_whole(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    final, rename = cache / "elsewhere" / "key", Path.rename

    def across_disks(self: Path, target: Path) -> Path:
        if self.parent != target.parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        assert left_in(self) == ["file"], "it is whole when it takes its place"
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", across_disks)
    with atomic_files.new_folder(final) as fresh:
        (fresh / "file").write_text("x")
    assert left_in(final) == ["file"]
    assert left_in(final.parent) == ["key"]
