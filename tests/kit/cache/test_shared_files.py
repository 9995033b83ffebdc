"""The cache that the processes of one machine share in memory: entries and load locks; bounded, private."""

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.kit.cached_number import FRESH, NUMBER, Kit, get, held_up
from support.waiting import wait_for, wait_until

from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.cache.account_cache import CachedValue
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.cache.shared import pack
from plugin_server.kit.cache.shared_files import FileShared
from plugin_server.kit.cache.shared_folder import SharedFolder

MEGABYTE = 2**20


@pytest.fixture
def folder(tmp_path: Path) -> SharedFolder:
    return SharedFolder(tmp_path, MEGABYTE)


@pytest.fixture
def two(make_cache: Callable[..., Cache], folder: SharedFolder) -> tuple[Cache, Cache]:
    """Two processes' caches."""
    return make_cache(shared=FileShared(folder)), make_cache(shared=FileShared(folder))


def files(folder: SharedFolder) -> list[Path]:
    """Return what is there; a folder may be dropped meanwhile, which ``Path.rglob`` does not take well."""
    walk = os.walk(folder.path / "accounts")
    return [Path(place) / name for place, _, names in walk for name in names]


def test_one_process_renews_ahead_for_all(two: tuple[Cache, Cache], kit: Kit, clock: Any) -> None:
    get(two[0], kit)
    get(two[1], kit)
    clock.advance(FRESH // 2)
    with held_up(kit):
        for cache in two:
            assert get(cache, kit, fresh=True) == CachedValue(
                1, FRESH // 2, loaded=False, stale=False
            )
        wait_until(lambda: kit.requested == 2)
    for cache in two:
        wait_for(lambda each=cache: get(each, kit), CachedValue(2, 0, loaded=False, stale=False))
    assert kit.requested == 2


def test_an_uninstallation_empties_all(
    two: tuple[Cache, Cache], kit: Kit, folder: SharedFolder
) -> None:
    get(two[0], kit)
    assert files(folder)
    two[0].evict("26")
    assert files(folder) == []
    assert get(two[1], kit).value == 2


def test_an_account_that_went_elsewhere_is_swept_though_nobody_requests_it(
    make_cache: Callable[..., Cache], folder: SharedFolder
) -> None:
    FileShared(folder).save("26", "number", lambda: b"1", 1.0)
    FileShared(folder).save("27", "number", lambda: b"1", 1.0)
    connected = {"27"}
    make_cache(shared=FileShared(folder), is_connected=connected.__contains__, sweep_interval=0.02)
    wait_until(lambda: len(files(folder)) == 1)
    assert FileShared(folder).find("27", "number", newer_than=0)


def test_the_sweep_takes_what_is_too_old_or_was_left_unfinished(folder: SharedFolder) -> None:
    shared = FileShared(folder)
    for account_id in ("26", "27", "28"):
        shared.save(account_id, "number", lambda: b"1", 1.0)
    shared.save_visit("26", 1.0, 2.0)
    old, young, unfinished = (shared._path(each, "number") for each in ("26", "27", "28"))
    os.utime(old, (0, 0))
    unfinished.rename(unfinished.with_name(".number"))
    shared.sweep(lambda _: True)
    assert files(folder) == [young]
    assert not old.parent.exists()


@pytest.mark.parametrize("content", [b"", b"short", b"\x00" * 8 + b"no zlib"])
def test_what_cannot_be_read_is_loaded_again(
    two: tuple[Cache, Cache], kit: Kit, folder: SharedFolder, content: bytes
) -> None:
    get(two[0], kit)
    for file in files(folder):
        if file.stat().st_size:
            file.write_bytes(content)
    assert get(two[1], kit).value == 2


def test_what_cannot_be_shared_is_served_all_the_same(
    two: tuple[Cache, Cache], kit: Kit, folder: SharedFolder
) -> None:
    def encode(_value: int) -> bytes:
        raise ZeroDivisionError

    number = replace(NUMBER, encode=encode)
    assert [two[0].of("26").get(number, kit, Deadline.after(20)).value for _ in range(2)] == [1, 1]
    assert FileShared(folder).list("26") == {}


def test_a_folder_that_cannot_be_written_to_is_no_help_and_no_harm(
    two: tuple[Cache, Cache], kit: Kit, folder: SharedFolder
) -> None:
    (folder.path / "accounts").rmdir()
    (folder.path / "accounts").write_text("in the way")
    assert get(two[0], kit).value == 1
    assert get(two[1], kit).value == 2
    two[0].evict("26")
    assert FileShared.list(two[0]._shared, "26") == {}


def test_files_are_for_this_user_alone(
    two: tuple[Cache, Cache], kit: Kit, folder: SharedFolder
) -> None:
    get(two[0], kit)
    everything = [each for each in folder.path.rglob("*")]
    assert {stat.S_IMODE(each.stat().st_mode) for each in everything if each.is_dir()} == {0o700}
    assert {stat.S_IMODE(each.stat().st_mode) for each in everything if each.is_file()} == {0o600}


@pytest.mark.parametrize("account_id", ["..", ".", "a/b", "secret:0a1b"])
def test_no_account_leads_out_of_the_folder(folder: SharedFolder, account_id: str) -> None:
    shared = FileShared(folder)
    shared.save(account_id, "number", lambda: b"1", 1.0)
    assert shared.find(account_id, "number", newer_than=0) == (b"1", 1.0)
    assert all(each.parent.parent == folder.path / "accounts" for each in files(folder))
    swept = []
    shared.sweep(lambda each: bool(swept.append(each)))
    assert swept == [account_id]
    assert files(folder) == []


def test_what_is_kept_is_bounded_and_what_was_written_longest_ago_goes(
    folder: SharedFolder,
) -> None:
    first, second = FileShared(folder), FileShared(folder)
    for number in range(40):
        shared = (first, second)[number % 2]
        shared.save(str(number), "heavy", lambda: os.urandom(100_000), 1.0)
        os.utime(shared._path(str(number), "heavy"), (number, number))
        assert sum(each.stat().st_size for each in files(folder)) <= folder.size
    kept = sorted(int(each.parent.name.rpartition("-")[2]) for each in files(folder))
    assert 5 <= len(kept) <= 10
    assert kept == list(range(kept[0], 40))


def test_one_entry_takes_a_quarter_of_the_room_at_most(folder: SharedFolder) -> None:
    shared = FileShared(folder)
    shared.save("26", "heavy", lambda: os.urandom(300_000), 1.0)
    assert files(folder) == []


# Processes that end in the midst of it

HOLD = """
import sys
from pathlib import Path
from plugin_server.kit.cache.shared_files import FileShared
from plugin_server.kit.cache.shared_folder import SharedFolder
shared = FileShared(SharedFolder(Path(sys.argv[1]), 2**20))
with shared.load_lock("26", "number", seconds=300), shared._exclusive(300):
    print("taken", flush=True)
    sys.stdin.read()
"""


def test_what_a_process_held_that_has_died_is_free(folder: SharedFolder) -> None:
    command = [sys.executable, "-c", HOLD, str(folder.path)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    entered, shared = threading.Event(), FileShared(folder)

    def enter() -> None:
        with shared.load_lock("26", "number", seconds=300):
            entered.set()

    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout
        assert process.stdout.readline() == b"taken\n"
        with shared.load_lock("27", "number", seconds=300):
            pass  # that of another account is free
        waiting = threading.Thread(target=enter)
        waiting.start()
        assert not entered.wait(0.2)
        process.send_signal(signal.SIGKILL)
    waiting.join(20)
    assert entered.is_set()
    shared.save("26", "number", lambda: b"1", 1.0)
    assert shared.find("26", "number", newer_than=0) == (b"1", 1.0)


def test_nobody_waits_for_a_turn_for_ever(folder: SharedFolder) -> None:
    with (
        FileShared(folder).load_lock("26", "number", seconds=60),
        FileShared(folder).load_lock("26", "number", seconds=0),
    ):
        pass


def test_an_entry_that_is_not_newer_is_not_read(folder: SharedFolder) -> None:
    shared = FileShared(folder)
    shared.save("26", "number", lambda: b"1", 1234.5)
    assert shared.find("26", "number", newer_than=1234.5) is None
    assert shared.find("26", "number", newer_than=1234.4) == (b"1", 1234.5)
    assert shared.list("26") == {"number": 1234.5}
    assert shared._path("26", "number").read_bytes().endswith(pack(b"1"))
