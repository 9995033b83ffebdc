"""The structure that the README describes, read from the source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.settings import SETTINGS

import plugin_server
from plugin_server.app import create_app
from plugin_server.config import load_config
from plugin_server.resources import EXAMPLES, SETTINGS_JSON, STATIC, TEMPLATES

ROOT = Path(plugin_server.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

# Each layer may import itself and those below it.
LAYERS = [
    {"cli"},
    {"commands"},
    {"creator_data", "edge", "examples", "mistakes", "preview", "serving"},
    {"app"},
    {"editor", "dashboard", "pages", "oauth"},
    {"blocks"},
    {"kit", "lint"},
    {"rendering", "settings", "store", "limits"},
    {"shared_redis"},
    {
        *("arriving", "audit", "bodies", "config", "connection", "cpus", "errors", "hosts"),
        *(
            "kit_fields",
            "logs",
            "observe",
            "proxies",
            "resources",
            "samples",
            "secret_files",
            "starting",
        ),
        *("stopping", "terminal"),
        *("text_files", "variables", "waiting", "worker"),
    },
]
DEPTH = {part: depth for depth, layer in enumerate(LAYERS) for part in layer}

# Reachable without a bearer token, each for a reason.
PUBLIC = {
    "static": "icons and style sheets",
    "pages.index": "says what this is",
    "pages.healthz": "probe",
    "pages.readyz": "probe",
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


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Yield the parts of this package that a module imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("plugin_server"):
            below = (node.module or "").split(".")[1:2]
            yield from below or [alias.name for alias in node.names]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_point_one_way(path: Path) -> None:
    part = part_of(path)
    if part == "__init__":
        return
    if part == "sandbox":
        # The lint, the samples and Kit's field names know emails, settings and Kit, not this
        # server: the sandbox shows them for anybody's blocks.
        assert set(imports(path)) <= {
            *("sandbox", "resources", "waiting", "worker", "lint", "samples", "kit_fields")
        }
        return
    for imported in imports(path):
        if imported == "sandbox":
            assert part in ("commands", "preview")
        else:
            assert imported == part or DEPTH[imported] >= DEPTH[part], f"{part} → {imported}"


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
        "shared_redis.py",
        "preview/safety.py",
        "observe/reporting.py",
    }


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


def test_the_environment_is_read_in_one_place() -> None:
    readers = [name(path) for path in MODULES if "os.environ" in path.read_text()]
    assert readers == ["config.py"]


def test_markup_is_declared_safe_in_the_rendering_only() -> None:
    outside = [path for path in MODULES if part_of(path) != "rendering"]
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
