"""Changes are heard of, however an editor saves; every test edits real files."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plugin_server.preview.file_watch import Watch, watching


@contextmanager
def ready(watched: Path, probe: Path) -> Iterator[Watch]:
    """A watch that has begun: it takes a moment until a system tells of changes."""
    with watching([watched]) as watch:
        while True:
            probe.write_text("begin")
            if watch.wait(0.2):
                break
        while watch.wait(0.4):
            pass
        yield watch


def heard(watch: Watch) -> set[Path]:
    for _ in range(50):
        if found := watch.wait(0.2):
            return found
    return set()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    file = tmp_path / "src" / "settings.json"
    file.write_text("[]")
    return file


def test_a_file_that_is_written(file: Path) -> None:
    with ready(file, file) as watch:
        file.write_text("[1]")
        assert heard(watch) == {file}


def test_a_file_that_is_replaced_again_and_again(file: Path) -> None:
    with ready(file, file) as watch:
        for text in ("[1]", "[2]"):
            new = file.with_suffix(".new")
            new.write_text(text)
            os.replace(new, file)
            assert heard(watch) == {file}


def test_a_file_in_a_new_folder(file: Path) -> None:
    inner = file.parent / "examples" / "quote" / "typical.json"
    with ready(file.parent, file) as watch:
        inner.parent.mkdir(parents=True)
        inner.write_text("{}")
        assert inner in heard(watch)


def test_files_beside_a_watched_one_do_not_count(file: Path) -> None:
    with ready(file, file) as watch:
        file.with_name("other.json").write_text("[]")
        file.write_text("[1]")
        assert heard(watch) == {file}


def test_everything_below_a_folder_but_what_editors_and_tools_leave(file: Path) -> None:
    folder = file.parent
    with ready(folder, file) as watch:
        for name in (".settings.json.swp", "settings.json~", "4913", "x.pyc", "node_modules/a.js"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("x")
        new = folder / "blocks" / "quote.py"
        new.parent.mkdir()
        new.write_text("x")
        assert heard(watch) <= {new}
        new.write_text("y")
        assert heard(watch) == {new}


def test_a_folder_that_was_replaced(file: Path) -> None:
    folder = file.parent
    with ready(folder, file) as watch:
        shutil.move(folder, folder.with_name("aside"))
        shutil.copytree(folder.with_name("aside"), folder)
        while folder not in heard(watch):
            pass
        while watch.wait(0.4):
            pass
        while not watch.wait(0.5):
            file.write_text("[3]")
