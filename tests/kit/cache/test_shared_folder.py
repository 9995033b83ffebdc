"""The folder in memory: where there is one, whose it is, and when it goes."""

import logging
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from plugin_server.kit.cache.shared_folder import is_in_memory, shared_folder
from plugin_server.observe.workers import shared_memory_folder

needs_memory = pytest.mark.skipif(
    not shared_memory_folder() or not is_in_memory(Path(shared_memory_folder() or "/")),
    reason="no files in memory here",
)
HOLD = """
import sys
from plugin_server.kit.cache.shared_folder import shared_folder
with shared_folder(sys.argv[1], 1) as folder:
    print(folder.path, flush=True)
    sys.stdin.read()
"""


@needs_memory
def test_it_is_private_and_goes_in_the_end() -> None:
    with shared_folder(shared_memory_folder(), 1) as folder:
        assert folder
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
        assert folder.size == 2**20
        (folder.path / "file").write_text("something")
    assert not folder.path.exists()


@needs_memory
def test_what_a_server_that_was_killed_has_left_the_next_removes() -> None:
    command = [sys.executable, "-c", HOLD, str(shared_memory_folder())]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        left = Path(process.stdout.readline().strip())
        with shared_folder(shared_memory_folder(), 1):
            assert left.exists()  # it is in use
        process.kill()
    assert left.exists()
    with shared_folder(shared_memory_folder(), 1):
        assert not left.exists()


@pytest.mark.parametrize("place", [None, "/nowhere"])
def test_without_memory_nothing_is_shared_and_one_line_says_so(
    place: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), shared_folder(place, 1) as folder:
        assert folder is None
    assert [each.levelname for each in caplog.records] == ["INFO"]


@pytest.mark.parametrize(
    ("mounts", "is_memory"),
    [
        ("tmpfs /dev/shm tmpfs rw 0 0", True),
        ("tmpfs /dev/shm tmpfs rw 0 0\n/dev/sda /dev/shm ext4 rw 0 0", False),
        ("/dev/sda / ext4 rw 0 0", False),
    ],
)
def test_a_place_on_a_disk_is_no_memory(tmp_path: Path, mounts: str, is_memory: bool) -> None:
    listed = tmp_path / "mounts"
    listed.write_text(f"{mounts}\n")
    assert is_in_memory(Path("/dev/shm"), listed) is is_memory
    assert not is_in_memory(Path("/dev/shm"), tmp_path / "none")
