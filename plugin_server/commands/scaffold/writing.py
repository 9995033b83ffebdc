"""The files of a new package or block, and writing them without overwriting anything."""

import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from string import Template

from plugin_server.blocks.base import API_VERSION
from plugin_server.commands.scaffold.icon import png_icon, svg_icon
from plugin_server.commands.scaffold.place import Place
from plugin_server.resources.packages import BUILT_IN, BlockPackage

FIRST_BLOCK = "quote"
_FILES = Path(__file__).parent / "files"

Files = Mapping[Path, bytes]


class FileExists(Exception):
    """A file is where a new one belongs; the text names it. Nothing was written."""


def package_files(root: Path, distribution: str, module: str) -> Files:
    """Return a new package with one block: the paths of its files and what they contain.

    Args:
        root: the folder of the project.
        distribution: its name, such as ``acme-blocks``.
        module: the name of its import package.
    """
    words = {
        "distribution": distribution,
        "module": module,
        "version": version(BUILT_IN),
        "api": str(API_VERSION),
    }
    texts = {
        root / "README.md": "README.md",
        root / "pyproject.toml": "pyproject.toml.txt",
        root / ".gitignore": "gitignore",
        root / ".github" / "workflows" / "ci.yml": "ci.yml",
        root / module / "__init__.py": "init.py.txt",
        root / "tests" / "test_blocks.py": "test_blocks.py.txt",
    }
    package = BlockPackage(distribution, "", module, root / module, root / module)
    return {
        **{path: _text(f"package/{source}", words) for path, source in texts.items()},
        **block_files(Place(package, root / "tests"), FIRST_BLOCK),
    }


def block_files(place: Place, name: str) -> Files:
    """Return a new block: the paths of its files and what they contain."""
    package = place.package
    words = {
        "name": name,
        "label": name.replace("_", " ").capitalize(),
        "class_name": name.title().replace("_", ""),
    }
    examples = package.examples / name
    icons = package.static / "icons"
    texts = {
        package.module_file(name): "block.py.txt",
        package.settings_file(name): "settings.json",
        package.template_file(name): "template.html",
        examples / "typical.json": "typical.json",
        examples / "minimal.json": "minimal.json",
        examples / "everything_on.json": "everything_on.json",
        place.tests / f"test_{name}.py": "test_block.py.txt",
    }
    return {
        **{path: _text(f"block/{source}", words) for path, source in texts.items()},
        icons / f"{name}.png": png_icon(name),
        icons / f"{name}.svg": svg_icon().encode(),
    }


def write(files: Files) -> None:
    """Write new files and the folders that they need.

    Raises:
        FileExists: one of them exists; none was written.
        OSError: one cannot be written.
    """
    for path in files:
        if path.exists():
            raise FileExists(f"{os.path.relpath(path)} exists already. Nothing was written.")
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)


def _text(source: str, words: Mapping[str, str]) -> bytes:
    text = (_FILES / source).read_text(encoding="utf-8")
    return Template(text).substitute(words).encode()
