"""The structure that the README describes, read from the source."""

import ast
import re
from collections.abc import Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from support.servers.settings import SETTINGS

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
    {"testing"},
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
    "examples.example_files",
    "examples.stress_texts",
    "findings",  # the record and the reporter of every check
    "lint",
    "ratelimit.windows",  # the rolling window, which has tests of its own; each side has its own limits
    "rendering.limits",  # Kit's rejected elements, Gmail's limit
    "resources",
    "serving.worker",
    "settings.json_parser",  # where a JSON text has a mistake
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
    "dashboard.icon": "is uploaded to Kit's dashboard, and public there",
    "dashboard.settings": "is pasted in Kit's dashboard, and public there",
    "authorize.authorize": "signs the creator in",
    "authorize.decide": "bound to the browser's session",
    "oauth.token": "the client proves itself",
    "oauth.refresh": "the refresh token is the proof",
    "oauth.revoke": "the client proves itself",
    "oauth.metadata": "public by RFC 8414",
    "kit.connect": "signs the creator in",
    "kit.callback": "bound to the browser's session",
    "webhooks.receive": "the signature is the proof",
}


# By path below the package: what tests plant something in.
SOURCES = {path.relative_to(ROOT).as_posix(): path.read_text() for path in MODULES}
README = (ROOT.parent / "README.md").read_text()


def room_of(module: str) -> str:
    """Return what stands directly under the package: a folder, or a module."""
    return module.split("/")[0].removesuffix(".py")


@cache
def imports(source: str) -> tuple[str, ...]:
    """Return the modules of this package that a module imports at run time, without the package's name."""
    tree = ast.parse(source)
    typing_only = {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for each in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in typing_only:
            package, _, below = (node.module or "").partition(".")
            if package == ROOT.name:
                found += [f"{below}.{alias.name}".lstrip(".") for alias in node.names]
    return tuple(found)


def arrows(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Return which rooms each room imports."""
    found: dict[str, set[str]] = {}
    for module, source in sources.items():
        room = room_of(module)
        found.setdefault(room, set()).update(each.split(".")[0] for each in imports(source))
        found[room].discard(room)
    return found


def cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """Return rooms that import each other in a circle; none if there is no such circle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def upward(graph: Mapping[str, set[str]]) -> list[str]:
    """Return the arrows that do not lead to a lower layer; the sandbox has a list of its own."""
    return [
        f"{room} → {imported}"
        for room, targets in graph.items()
        if room not in ("__init__", "sandbox")
        for imported in targets
        if DEPTH[imported] <= DEPTH[room]
    ]


def undescribed(sources: Mapping[str, str]) -> set[str]:
    """Return the rooms that the README does not name."""
    named = {*re.findall(r"`plugin_server/([a-z]+)(?:\.py|/)`", README)}
    return {room_of(module) for module in sources} - named - {"__init__"}


def planted(module: str, line: str) -> dict[str, str]:
    """Return the package's sources with a line more at the top of a module, which may be a new one."""
    return {**SOURCES, module: f"{line}\n{SOURCES.get(module, '')}"}


def test_rooms_do_not_import_each_other_in_a_circle() -> None:
    assert cycle(arrows(SOURCES)) == []


def test_imports_point_to_lower_layers() -> None:
    assert upward(arrows(SOURCES)) == []


def test_the_sandbox_shares_little_with_the_server() -> None:
    allowed = [f"{room}." for room in ("sandbox", *SHARED_WITH_SANDBOX)]
    foreign = {
        f"{module} → {imported}"
        for module, source in SOURCES.items()
        if room_of(module) == "sandbox"
        for imported in imports(source)
        if not any(f"{imported}.".startswith(each) for each in allowed)
    }
    assert foreign == set()


def writers(sources: Mapping[str, str]) -> set[str]:
    """Return the modules that import what writes to Kit, but for the client itself."""
    return {
        module
        for module, source in sources.items()
        if not module.startswith("kit/api/")
        for imported in imports(source)
        if re.match(r"kit\.api\.(writer|writes|bodies|audience_bodies)\b", imported)
    }


def test_only_webhook_endpoints_are_written_to_kit() -> None:
    assert writers(SOURCES) == {"kit/webhooks/endpoints.py"}
    assert "writer" not in SOURCES["kit/kit_resource.py"] + SOURCES["kit/account_data.py"]


def test_a_planted_writer_is_found() -> None:
    line = "from plugin_server.kit.api.writer import KitWriter"
    assert "blocks/post.py" in writers(planted("blocks/post.py", line))


def test_the_readme_names_every_room() -> None:
    assert undescribed(SOURCES) == set()
    assert len(DEPTH) <= 24


def test_a_planted_cycle_is_found() -> None:
    sources = planted("store/tables.py", "from plugin_server.ratelimit import windows")
    assert {"store", "ratelimit"} <= {*cycle(arrows(sources))}


def test_a_planted_upward_import_is_found() -> None:
    sources = planted("rendering/gate.py", "from plugin_server.blocks.base import Block")
    assert upward(arrows(sources)) == ["rendering → blocks"]


def test_a_planted_room_is_found() -> None:
    assert undescribed(planted("attic/trunk.py", "")) == {"attic"}


def inner_imports(source: str) -> bool:
    """Return whether a function of a module imports something."""
    return any(
        isinstance(node, ast.Import | ast.ImportFrom)
        for function in ast.walk(ast.parse(source))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
    )


def test_modules_import_at_their_top() -> None:
    # Alembic is needed by one command, and its import would slow every start; others are extras.
    assert {module for module, source in SOURCES.items() if inner_imports(source)} == {
        "store/schema.py",
        "store/redis.py",
        "preview/safety.py",
        "observe/reporting.py",
    }


def test_modules_stay_small() -> None:
    assert [module for module, source in SOURCES.items() if source.count("\n") > 400] == []


def test_the_environment_is_read_in_one_place() -> None:
    readers = [module for module, source in SOURCES.items() if "os.environ" in source]
    assert readers == ["config/environment.py"]


def test_markup_is_declared_safe_in_the_rendering_only() -> None:
    users = {room_of(module) for module, source in SOURCES.items() if "Markup(" in source}
    assert users == {"rendering"}


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
