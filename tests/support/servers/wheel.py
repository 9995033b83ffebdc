"""The project as it is published: a wheel, installed into an empty environment away from the checkout."""

import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from support.made_once import made_once

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
    """The folder of what is installed with the wheel, without extras but that of tests.

    What it requires are links to what the tests themselves have installed, of the same versions: to unpack
    and compile all of it once more would take half a minute of the processor.
    """

    def install(folder: Path) -> None:
        venv.create(folder)
        pip("--python", folder / "bin" / "python", "install", "--no-deps", wheel)
        [packages] = folder.glob("lib/python*/site-packages")
        [ours] = distributions(path=[str(packages)])
        required: dict[str, Distribution] = {}
        _add_requirements(ours, "testing", required)
        for each in required.values():
            for name, file in _installed_files(each):
                (packages / name).parent.mkdir(parents=True, exist_ok=True)
                if not (packages / name).exists():  # with two extras, or of a shared namespace
                    (packages / name).symlink_to(file)

    return made_once(tmp_path_factory, "installed", install) / "bin"


def _add_requirements(of: Distribution, extra: str, found: dict[str, Distribution]) -> None:
    """Add what a distribution requires with an extra (``""``: without any), and what that requires.

    Raises:
        PackageNotFoundError: something is not installed here.
    """
    for line in of.requires or ():
        each = Requirement(line)
        # Without an extra, a marker that names one does not hold.
        if each.marker and not any(each.marker.evaluate({"extra": e}) for e in ("", extra)):
            continue
        installed = distribution(each.name)
        assert each.specifier.contains(installed.version, prereleases=True), line
        for inner in ("", *each.extras):
            if (key := f"{each.name.lower()}[{inner}]") not in found:
                found[key] = installed
                _add_requirements(installed, inner, found)


def _installed_files(of: Distribution) -> Iterator[tuple[str, Path]]:
    """Yield the files of a distribution, but for its commands, by their names in ``site-packages``."""
    for name in of.files or ():
        file = Path(str(of.locate_file(name)))
        if not str(name).startswith("..") and file.is_file():
            yield str(name), file.resolve()


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
