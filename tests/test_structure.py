"""The structure that the README describes, read from the source."""

import ast
import re
import shutil
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from support.settings import SETTINGS

import plugin_server
from plugin_server.app import create_app
from plugin_server.config.environment import load_config
from plugin_server.resources.paths import EXAMPLES, SETTINGS_JSON, STATIC, TEMPLATES

ROOT = Path(plugin_server.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

# Each layer may import what is below it; rooms of one layer do not import each other.
LAYERS = [
    {"cli"},
    {"commands"},
    {"preview"},
    {"serving"},
    {"app", "sandbox"},
    {"examples", "web", "oauth", "editor"},
    {"blocks"},
    {"kit", "lint", "settings"},
    {"ratelimit", "rendering"},
    {"store"},
    {"observe"},
    {"config"},
    {"blocking", "errors", "findings", "resources"},
]
DEPTH = {room: depth for depth, layer in enumerate(LAYERS) for room in layer}
# The sandbox is a program of its own. What it shares with the server is each for a reason, and is not what
# the server's own gate judges by: Kit's list of elements is a fact, and a second copy of it adds no truth.
SHARED_WITH_SANDBOX = {
    "blocking",
    "config.hosts",  # which hosts are this machine
    "examples.sample_texts",
    "findings",  # the record and the reporter of every check
    "lint",
    "rendering.limits",  # Kit's rejected elements, Gmail's limit
    "resources",
    "serving.worker",
    "settings.checker",  # the one validator of settings JSON, which Kit's schema is part of
    "settings.rules",
    "settings.sidebar",  # how a settings JSON is read: groups and dependencies
    "web.kit_fields",
}

# Reachable without a bearer token, each for a reason.
PUBLIC = {
    "static": "icons and style sheets",
    "pages.index": "says what this is",
    "health.healthz": "probe",
    "health.readyz": "probe",
    "metrics.show": "needs METRICS_TOKEN, unless only this machine can ask",
    "dashboard.show": "off on public addresses unless enabled, and shows nothing secret",
    "dashboard.settings": "is pasted in Kit's dashboard, and public there",
    "authorize.authorize": "signs the creator in",
    "authorize.decide": "bound to the browser's session",
    "oauth.token": "the client proves itself",
    "oauth.refresh": "the refresh token is the proof",
    "oauth.revoke": "the client proves itself",
    "oauth.metadata": "public by RFC 8414",
    "kit.connect": "signs the creator in",
    "kit.callback": "bound to the browser's session",
}


def room_of(path: Path, root: Path = ROOT) -> str:
    """Return what stands directly under the package: a folder, or a module."""
    return path.relative_to(root).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Yield the modules of this package that a module imports when it runs, without the package's name."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for each in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in typing_only:
            package, _, below = (node.module or "").partition(".")
            if package == ROOT.name:
                yield from (f"{below}.{alias.name}".lstrip(".") for alias in node.names)


def arrows(root: Path) -> dict[str, set[str]]:
    """Return which rooms each room imports."""
    found: dict[str, set[str]] = {}
    for path in root.rglob("*.py"):
        room = room_of(path, root)
        found.setdefault(room, set()).update(each.split(".")[0] for each in imports(path))
        found[room].discard(room)
    return found


def cycles(graph: dict[str, set[str]]) -> list[str]:
    """Return the rooms that import each other in a circle."""
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        return list(error.args[1])
    return []


def upward(graph: dict[str, set[str]]) -> list[str]:
    """Return the arrows that do not lead to a lower layer, except from the sandbox's own list."""
    return [
        f"{room} → {imported}"
        for room, targets in graph.items()
        if room not in ("__init__", "sandbox")
        for imported in targets
        if DEPTH[imported] <= DEPTH[room]
    ]


def undescribed(root: Path, readme: str) -> set[str]:
    """Return the rooms that the README does not name."""
    rooms = {room_of(path, root) for path in root.rglob("*.py")} - {"__init__"}
    return {
        room
        for room in rooms
        if not {f"plugin_server/{room}/`", f"plugin_server/{room}.py`"} & {*table_cells(readme)}
    }


def table_cells(readme: str) -> list[str]:
    return re.findall(r"plugin_server/[a-z]+(?:\.py|/)`", readme)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_rooms_do_not_import_each_other_in_a_circle() -> None:
    assert cycles(arrows(ROOT)) == []


def test_imports_point_to_lower_layers() -> None:
    assert upward(arrows(ROOT)) == []


def test_the_sandbox_shares_little_with_the_server() -> None:
    for path in (ROOT / "sandbox").rglob("*.py"):
        for imported in imports(path):
            assert any(
                f"{imported}.".startswith(f"{shared}.")
                for shared in {*SHARED_WITH_SANDBOX, "sandbox"}
            ), f"{name(path)} → {imported}"


def test_the_readme_names_every_room() -> None:
    assert undescribed(ROOT, (ROOT.parent / "README.md").read_text()) == set()
    assert len(DEPTH) <= 24


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package, in which something can be planted."""
    return Path(shutil.copytree(ROOT, tmp_path / ROOT.name))


def plant(module: Path, line: str) -> None:
    module.parent.mkdir(exist_ok=True)
    module.write_text(f"{line}\n{module.read_text() if module.exists() else ''}")


def test_a_planted_cycle_is_found(copy: Path) -> None:
    plant(copy / "store" / "tables.py", "from plugin_server.ratelimit import windows")
    assert {"store", "ratelimit"} <= {*cycles(arrows(copy))}


def test_a_planted_upward_import_is_found(copy: Path) -> None:
    plant(copy / "rendering" / "gate.py", "from plugin_server.blocks.base import Block")
    assert upward(arrows(copy)) == ["rendering → blocks"]


def test_a_planted_room_is_found(copy: Path) -> None:
    plant(copy / "attic" / "trunk.py", "")
    assert undescribed(copy, (ROOT.parent / "README.md").read_text()) == {"attic"}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_import_at_their_top(path: Path) -> None:
    inner = [
        node.lineno
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    # Alembic is needed by one command, and its import would slow every start; others are extras.
    assert not inner or name(path) in {
        "store/schema.py",
        "store/redis.py",
        "preview/safety.py",
        "observe/reporting.py",
    }


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


def test_the_environment_is_read_in_one_place() -> None:
    readers = [name(path) for path in MODULES if "os.environ" in path.read_text()]
    assert readers == ["config/environment.py"]


def test_markup_is_declared_safe_in_the_rendering_only() -> None:
    outside = [path for path in MODULES if room_of(path) != "rendering"]
    assert [name(path) for path in outside if "Markup(" in path.read_text()] == []


def test_the_asset_folders_are_found() -> None:
    assert (TEMPLATES / "pages" / "consent.html").is_file()
    assert (STATIC / "pages.css").is_file()
    assert (SETTINGS_JSON / "post.json").is_file()
    assert (EXAMPLES / "post" / "typical.json").is_file()


def test_every_route_needs_a_token_or_is_on_the_public_list(store: object) -> None:
    app = create_app(load_config(**SETTINGS), store=store)  # type: ignore[arg-type]
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints - set(PUBLIC) == {"editor.html", "editor.search"}
    client = app.test_client()
    for path in ("/blocks/post/html", "/blocks/post/search/post"):
        assert client.post(path, json={}).status_code == 401
