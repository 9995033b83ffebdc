"""The project as it is published: a wheel, installed into an empty environment away from the checkout."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest
from support.servers.locks import pinned

CHECKOUT = Path(__file__).parents[3]


def pip(*arguments: str | Path) -> None:
    """Run pip, which has to succeed."""
    quiet = ["-m", "pip", "--disable-pip-version-check", "--quiet"]
    done = subprocess.run(
        [sys.executable, *quiet, *map(str, arguments)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    pip("wheel", "--no-deps", "--wheel-dir", folder, CHECKOUT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def commands(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what is installed with the wheel, without extras but that of tests."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder)
    # Python itself compiles what it imports, which is less.
    versions = folder / "constraints.txt"
    versions.write_text("\n".join(pinned(CHECKOUT / ".ci" / "dev.lock")))
    python = folder / "bin" / "python"
    pip("--python", python, "install", "--no-compile", "-c", versions, f"{wheel}[testing]")
    return folder / "bin"
