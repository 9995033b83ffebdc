"""The files and modules that the pages name are there."""

import re
from pathlib import Path

import pytest
from support.documents import CHECKOUT, PAGES, prose_of, text_of

PACKAGE = CHECKOUT / "plugin_server"
SHIPPED = ("plugin_server", "templates", "static", "settings_json")
FOLDERS = (*SHIPPED, "tests", "docs", ".ci", ".deploy", ".github")
PATHS = [
    f"/{path.relative_to(CHECKOUT)}"
    for top in CHECKOUT.iterdir()
    for path in (top, *(top.rglob("*") if top.name in FOLDERS else ()))
]
# A block that a reader may write, what is on a reader's machine, and where a folder was.
ELSEWHERE = re.compile(r"quote|DIR/|\.env|tests/blocks/examples/")
# Not modules, but where lines of the log say that they are from.
LOGGERS = {"plugin_server.request", "plugin_server.audit", "plugin_server.kit.failures"}
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[a-z_]+\.py)`")
MODULE = re.compile(r"`((?:plugin_server|rendering)(?:\.[a-z_]+)+)`")


def missing_paths(text: str) -> set[str]:
    """Return the paths in a text that are the end of no file's or folder's path in the checkout."""
    named = {path for path in PATH.findall(text) if not ELSEWHERE.search(path)}
    return {
        path for path in named if not any(each.endswith(f"/{path.rstrip('/')}") for each in PATHS)
    }


def missing_modules(text: str) -> set[str]:
    """Return the modules in a text that do not exist."""
    return {name for name in MODULE.findall(text) if not (name in LOGGERS or _exists(name))}


def _exists(name: str) -> bool:
    path = PACKAGE.joinpath(*name.removeprefix("plugin_server.").split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_a_page_names_files_that_exist(page: Path) -> None:
    assert missing_paths(prose_of(page)) == set()


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=lambda page: page.name
)
def test_a_page_names_modules_that_exist(page: Path) -> None:
    assert missing_modules(prose_of(page)) == set()


def test_the_changelog_says_where_modules_are_now() -> None:
    text = text_of(CHECKOUT / "CHANGELOG.md").partition("\n## 0.1.0")[0]
    moved = re.findall(r"^ *\| (`plugin_server.*) \| (`.*) \|$", text, re.MULTILINE)
    assert len(moved) > 10
    for before, now in moved:
        names = _written_out(now)
        assert len(names) >= len(_written_out(before))
        assert missing_modules(" ".join(f"`{name}`" for name in names)) == set(), now
    stay = text.partition("| before")[0]
    assert missing_modules(stay) == set()


def _written_out(cell: str) -> list[str]:
    """Return the modules in a cell of the table; one that starts with a dot is beside the first."""
    first, *others = re.findall(r"`([\w.]+)`", cell)
    beside = first.rpartition(".")[0]
    return [first, *(beside + name if name.startswith(".") else name for name in others)]


def test_a_file_or_module_that_is_missing_is_found() -> None:
    text = (
        "`rendering/nothing.py`, `app.py`, `tests/docs/`, `rendering.gate`, `plugin_server.nothing`"
    )
    assert missing_paths(text) == {"rendering/nothing.py"}
    assert missing_modules(text) == {"plugin_server.nothing"}
