"""Finds where a new block belongs: in the package, or the checkout of this project, around a folder."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugin_server.findings.wording import listed
from plugin_server.resources.packages import BUILT_IN, GROUP, BlockPackage

_PYPROJECT = "pyproject.toml"


class UnknownPlace(Exception):
    """There is no package of blocks to add a block to; the text says why, and what to do."""


@dataclass(frozen=True)
class Place:
    """A package that takes another block, and the folder of its tests."""

    package: BlockPackage
    tests: Path


def find_place(folder: Path) -> Place:
    """Return the package of blocks that a folder is in.

    It is the nearest one whose ``pyproject.toml`` has entry points for blocks, or this project itself.

    Raises:
        UnknownPlace: there is none, or more than one.
    """
    for root in (folder, *folder.parents):
        project = _read(root / _PYPROJECT)
        if project.get("name") == BUILT_IN:
            package = BlockPackage(BUILT_IN, "", GROUP, root / "plugin_server" / "blocks", root)
            return Place(package, root / "tests" / "blocks")
        modules = _table(_table(project, "entry-points"), GROUP).values()
        if modules:
            name = str(project.get("name", root.name))
            return _in_package(root, name, sorted({str(module) for module in modules}))
    raise UnknownPlace(
        "There is no package of blocks here: no pyproject.toml in this folder or above has "
        f'[project.entry-points."{GROUP}"]. Change to the folder of a package, or make one with '
        "`plugin-server new acme-blocks`."
    )


def _read(file: Path) -> Mapping[str, Any]:
    """Return the table ``project`` of a ``pyproject.toml``; an empty one if there is none."""
    if not file.is_file():
        return {}
    try:
        return _table(tomllib.loads(file.read_text(encoding="utf-8")), "project")
    except (OSError, ValueError) as error:
        raise UnknownPlace(f"{file} cannot be read: {error}.") from error


def _table(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = parent.get(name)
    return table if isinstance(table, dict) else {}


def _in_package(root: Path, name: str, modules: Sequence[str]) -> Place:
    if len(modules) > 1:
        raise UnknownPlace(
            f"{root / _PYPROJECT} declares several packages of blocks, {listed(modules, 'and')}: only one "
            "is supported here."
        )
    path = Path(*modules[0].split("."))
    for folder in (root / path, root / "src" / path):
        if folder.is_dir():
            return Place(BlockPackage(name, "", modules[0], folder, folder), root / "tests")
    raise UnknownPlace(
        f'{root / _PYPROJECT} declares the blocks of "{modules[0]}", and there is no folder {path} beside it.'
    )
