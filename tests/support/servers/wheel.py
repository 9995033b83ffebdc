"""The project as it is published: a wheel, installed into an empty environment away from the checkout."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest
from support.made_once import made_once
from support.servers.locks import pinned

CHECKOUT = Path(__file__).parents[3]


def pip(*arguments: str | Path) -> None:
    """Run pip, which has to succeed."""
    quiet = ["-m", "pip", "--disable-pip-version-check", "--quiet"]
    done = subprocess.run(
        [sys.executable, *quiet, *map(str, arguments)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def build(folder: Path) -> None:
        pip("wheel", "--no-deps", "--wheel-dir", folder, CHECKOUT)

    return next(made_once(tmp_path_factory, "dist", build).glob("*.whl"))


@pytest.fixture(scope="session")
def commands(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what is installed with the wheel, without extras but that of tests."""

    def install(folder: Path) -> None:
        venv.create(folder)
        # Python itself compiles what it imports, which is less.
        versions = folder / "constraints.txt"
        versions.write_text("\n".join(pinned(CHECKOUT / ".ci" / "dev.lock")))
        python = folder / "bin" / "python"
        pip("--python", python, "install", "--no-compile", "-c", versions, f"{wheel}[testing]")

    return made_once(tmp_path_factory, "installed", install) / "bin"


def environment_on_top(commands: Path, folder: Path) -> Path:
    """Make an environment that has what the one of ``commands`` has, and may get more; return its ``bin``."""
    venv.create(folder)
    [packages] = commands.parent.glob("lib/python*/site-packages")
    [own_packages] = folder.glob("lib/python*/site-packages")
    (own_packages / "installed.pth").write_text(f"{packages}\n")
    script = folder / "bin" / "plugin-server"
    text = (commands / "plugin-server").read_text()
    script.write_text(text.replace(f"{commands}/python", f"{folder}/bin/python"))
    script.chmod(0o755)
    return folder / "bin"
