"""Packages of blocks: the built-in one, and every installed one that declares itself.

A package declares an entry point in the group ``plugin_server.blocks`` whose value is its import package. All
packages have the same shape: a block is one name in the same places, relative to the package's root. Nothing
here imports a block, so that a broken one does not get in the way of what does not need it.

Source: https://packaging.python.org/en/latest/specifications/entry-points/
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points, version
from importlib.util import find_spec
from pathlib import Path

from plugin_server.resources.paths import PACKAGE, ROOT

GROUP = "plugin_server.blocks"
BUILT_IN = "plugin-server"
# A module with a block, before anything is imported.
_HAS_BLOCK = re.compile(r"^class \w+\([^)\n]*\bBlock\b", re.MULTILINE)


@dataclass(frozen=True)
class BlockPackage:
    """A package of blocks.

    Attributes:
        name, version: those of its distribution.
        module: the import package that its blocks' modules are in.
        folder: where these modules are.
        root: where its ``templates``, ``static`` and ``settings_json`` are.
    """

    name: str
    version: str
    module: str
    folder: Path
    root: Path

    @property
    def templates(self) -> Path:
        """The folder of its templates: ``blocks/<name>.html``, and ``macros/`` of its own."""
        return self.root / "templates"

    @property
    def settings_json(self) -> Path:
        """The folder of its settings JSON: ``<name>.json``."""
        return self.root / "settings_json"

    @property
    def examples(self) -> Path:
        """The folder of its examples: ``<name>/<example>.json``."""
        return self.settings_json / "examples"

    @property
    def static(self) -> Path:
        """The folder of its static files: ``icons/<name>.png`` and ``icons/<name>.svg``."""
        return self.root / "static"

    def module_file(self, block: str) -> Path:
        """Return the path of a block's module."""
        return self.folder / f"{block}.py"

    def template_file(self, block: str) -> Path:
        """Return the path of a block's template."""
        return self.templates / "blocks" / f"{block}.html"

    def settings_file(self, block: str) -> Path:
        """Return the path of a block's settings JSON."""
        return self.settings_json / f"{block}.json"

    def example_file(self, block: str, example: str) -> Path:
        """Return the path of one of a block's examples."""
        return self.examples / block / f"{example}.json"

    def display(self, file: Path) -> str:
        """Return a file's path as its author knows it: below the checkout, or below the package's name."""
        return str(file.relative_to(self.root if self.folder != self.root else self.root.parent))

    def block_names(self) -> list[str]:
        """Return the names of its blocks, sorted: whatever has one of a block's files counts."""
        names = {file.stem for file in self.settings_json.glob("*.json")}
        names |= {file.stem for file in (self.templates / "blocks").glob("*.html")}
        names |= {file.stem for file in self.folder.glob("*.py") if _has_block(file)}
        return sorted(names)

    def __str__(self) -> str:
        """Return its name and version."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class UnusablePackage:
    """An installed package of which no block can be used; ``problem`` continues its name."""

    name: str
    version: str
    problem: str


@cache
def built_in_package() -> BlockPackage:
    """Return the package of this project's own blocks."""
    return BlockPackage(BUILT_IN, version(BUILT_IN), GROUP, PACKAGE / "blocks", ROOT)


@cache
def found_packages() -> tuple[BlockPackage | UnusablePackage, ...]:
    """Return the built-in package, then every other by name; those that cannot be used included."""
    others = sorted(entry_points(group=GROUP), key=_distribution)
    return (built_in_package(), *map(_package_of, others))


def installed_packages() -> list[BlockPackage]:
    """Return the packages that can be used: the built-in one, then every other by name."""
    return [each for each in found_packages() if isinstance(each, BlockPackage)]


def package_of(block: str) -> BlockPackage | None:
    """Return the package that has a block of this name: the first one, if there are several."""
    return _packages_by_block().get(block)


def block_names() -> list[str]:
    """Return the names of the blocks of all packages, package by package."""
    return list(_packages_by_block())


def settings_files() -> list[Path]:
    """Return the paths of every block's settings JSON, also of one that is missing."""
    return [package.settings_file(block) for block, package in _packages_by_block().items()]


def refresh() -> None:
    """Look for packages again: they are looked for once in a process."""
    found_packages.cache_clear()
    _packages_by_block.cache_clear()


@cache
def _packages_by_block() -> dict[str, BlockPackage]:
    found: dict[str, BlockPackage] = {}
    for package in installed_packages():
        for block in package.block_names():
            found.setdefault(block, package)
    return found


def _distribution(entry_point: EntryPoint) -> str:
    return entry_point.dist.name if entry_point.dist else entry_point.name


def _package_of(entry_point: EntryPoint) -> BlockPackage | UnusablePackage:
    name = _distribution(entry_point)
    release = entry_point.dist.version if entry_point.dist else "?"
    try:
        spec = find_spec(entry_point.module)
    except Exception as error:  # noqa: BLE001 - a parent package is imported, which may raise anything
        return UnusablePackage(
            name, release, f"cannot be imported: {type(error).__name__}: {error}"
        )
    if spec is None or not spec.submodule_search_locations:
        what = "is not a package" if spec else "does not exist"
        problem = f'declares the blocks of "{entry_point.module}", which {what}'
        if spec is None:  # what `pip install -e` adds to the import path is read when Python starts
            problem += "; restart the server if it was installed a moment ago"
        return UnusablePackage(name, release, problem)
    root = Path(next(iter(spec.submodule_search_locations)))
    return BlockPackage(name, release, entry_point.module, root, root)


def _has_block(file: Path) -> bool:
    if file.stem.startswith("_"):
        return False
    return bool(_HAS_BLOCK.search(file.read_bytes().decode("utf-8", "replace")))
