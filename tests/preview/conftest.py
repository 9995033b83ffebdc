"""A copy of this project that a test may edit, and its preview."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.browser.editing_files import save
from support.servers.processes import Preview, copied_project, running_preview


@dataclass(frozen=True)
class Checkout:
    """A running preview of the project in ``folder``."""

    folder: Path
    preview: Preview

    def replace(self, name: str, old: str, new: str) -> None:
        """Edit a file."""
        file = self.folder / name
        text = file.read_text()
        assert old in text
        save(file, text.replace(old, new, 1))


@pytest.fixture(scope="session")
def shared_checkout(
    tmp_path_factory: pytest.TempPathFactory, free_ports: Callable[[int], list[int]]
) -> Iterator[Checkout]:
    folder = copied_project(tmp_path_factory.mktemp("checkout"))
    # Two versions of a file may have one size and one time, by which Python knows what it compiled.
    with running_preview(
        folder, free_ports(2), project=folder, PYTHONDONTWRITEBYTECODE="1"
    ) as preview:
        yield Checkout(folder, preview)


@pytest.fixture
def checkout(shared_checkout: Checkout) -> Checkout:
    return shared_checkout


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied_project(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def project(whole: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy that a test may break."""
    copy = tmp_path / "project"
    shutil.copytree(whole, copy)
    yield copy
    shutil.rmtree(copy)
