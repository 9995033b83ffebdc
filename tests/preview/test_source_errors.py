"""A developer's mistakes, planted in a copy of the project: each command says where, and what to do."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from support.browser.live_reload import listening
from support.servers import commands
from support.servers.processes import copied_project, is_up, running_preview
from support.waiting import wait_until

from plugin_server.preview.source_errors import SourceError, source_error_of

TEMPLATE = "templates/blocks/post.html"
MODULE = "plugin_server/blocks/post.py"
SETTINGS = "settings_json/post.json"
EXAMPLE = "settings_json/examples/post/typical.json"
IN_CONTEXT = "        post = data.find_post"

RENDER, LINT = "render post --example typical", "lint post"
SHOW, CHECK = "settings show post", "settings check"

SECRETS = {
    "SECRET_KEY": "s" * 40,
    "ENCRYPTION_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "PLUGIN_CLIENT_ID": "kit",
    "PLUGIN_CLIENT_SECRET": "secret",
    "KIT_CLIENT_ID": "us",
    "KIT_CLIENT_SECRET": "secret",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied_project(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def project(whole: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy that a test may break."""
    copy = tmp_path / "project"
    shutil.copytree(whole, copy)
    yield copy
    shutil.rmtree(copy)


def run(project: Path, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    # The preview makes its own, and refuses those of production.
    secrets = {} if command == "preview" else SECRETS
    environment = {**clean, "DATA_DIR": str(project / "data"), **secrets, **variables}
    if command != "preview":
        return commands.run(command.split(), environment, seconds=120, project=project)
    # It starts processes of its own, which find the code in the current directory.
    return subprocess.run(
        [sys.executable, "-m", "plugin_server.cli", "preview"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def begin_with(project: Path, name: str, text: str) -> None:
    file = project / name
    file.write_text(text + file.read_text())


def assert_reported(result: subprocess.CompletedProcess[str], *words: str) -> None:
    said = result.stdout + result.stderr
    assert result.returncode == 1, said
    assert "Traceback" not in said
    assert "database cannot be used" not in said
    assert all(word in said for word in words), said


@pytest.mark.parametrize("command", [RENDER, LINT, SHOW, CHECK])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'[\n{"type": "text", "name": "a"}]', "missing"),
        (b"[{,]", "expected a name in double quotes"),
        (b"\x89PNG\x00\xff", "is not text"),
    ],
)
def test_settings_json(project: Path, command: str, content: bytes, expected: str) -> None:
    (project / SETTINGS).write_bytes(content)
    assert_reported(run(project, command), SETTINGS, expected)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        *((command, f"its settings JSON is missing: {SETTINGS}") for command in (RENDER, LINT)),
        *((command, "cannot be read: No such file") for command in (SHOW, CHECK)),
    ],
)
def test_settings_json_that_is_not_there(project: Path, command: str, expected: str) -> None:
    (project / SETTINGS).unlink()
    assert_reported(run(project, command), SETTINGS, expected)


@pytest.mark.parametrize("command", [RENDER, LINT])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\n{% if %}", f"{TEMPLATE}, line 2: Expected an expression"),
        ("{% unless x %}", f"{TEMPLATE}, line 1: Encountered unknown tag 'unless'"),
        ("\n\n{{ 1|nothing }}", f"{TEMPLATE}, line 3: No filter named 'nothing'"),
        ("\n{{ nobody }}", f"{TEMPLATE}, line 2: UndefinedError: 'nobody' is undefined"),
        ("{{ styles.none() }}", f"{TEMPLATE}, line 1: UndefinedError"),
        (
            '\n{% import "macros/none.html" as x %}',
            f"{TEMPLATE}, line 2: there is no template templates/macros/none.html",
        ),
        (
            '{% from "macros/email.html" import nothing %}\n{{ nothing() }}',
            f"{TEMPLATE}, line 2: UndefinedError",
        ),
        (
            "\n{% if post.title == 'a' %}{% endif %}",
            f"{TEMPLATE}, line 2: PlaceholderMisuse: “post.title”",
        ),
        (
            '\n\n<a href="{{ post.title }}" target="_blank">a</a>',
            f"{TEMPLATE}, line 3: PlaceholderMisuse: “post.title” is a text, which cannot be printed in href",
        ),
        ('{% include "blocks/post.html" %}', f"{TEMPLATE}, line 1: RecursionError"),
    ],
)
def test_templates(project: Path, command: str, text: str, expected: str) -> None:
    begin_with(project, TEMPLATE, text)
    assert_reported(run(project, command), expected)


@pytest.mark.parametrize("command", [RENDER, LINT])
def test_a_template_that_is_missing_or_no_text(project: Path, command: str) -> None:
    (project / TEMPLATE).write_bytes(b"\xff\xfe\x00")
    assert_reported(run(project, command), f"{TEMPLATE}, line 1: it is not UTF-8")
    (project / TEMPLATE).unlink()
    assert_reported(run(project, command), f"{MODULE}: its template is missing: {TEMPLATE}")


@pytest.mark.parametrize(
    ("name", "text", "logged"),
    [
        (TEMPLATE, "{% if %}", "Expected an expression"),
        (MODULE, "def x(:\n", "invalid syntax"),
        (MODULE, "raise SystemExit(0)\n", "SystemExit"),
        (SETTINGS, "{", "expected a name in double quotes"),
    ],
)
def test_the_server_starts_without_a_block_that_cannot_be_loaded(
    project: Path, free_ports: Callable[[int], list[int]], name: str, text: str, logged: str
) -> None:
    assert run(project, "db upgrade").returncode == 0
    begin_with(project, name, text)
    [port] = free_ports(1)
    variables = {**SECRETS, "PATH": os.environ["PATH"], "WEB_CONCURRENCY": "1"}
    variables |= {"PORT": str(port), "DATA_DIR": str(project / "data")}
    log, url = project / "log", f"http://127.0.0.1:{port}"
    process = commands.start(["serve"], variables, {2: log}, project=project)
    try:
        wait_until(lambda: process.poll() is not None or is_up(url))
        assert process.poll() is None, log.read_text()
        ready = httpx2.get(f"{url}/readyz").json()
        assert ready["status"] == "degraded"
        assert "Left out: post of plugin-server" in ready["reason"]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
    assert "Left out: post of plugin-server" in log.read_text()
    assert logged in log.read_text()


@pytest.mark.parametrize("command", [RENDER, LINT])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def x(:\n", f"{MODULE}, line 1: invalid syntax"),
        ("\nimport nothing_there\n", f"{MODULE}, line 2: ModuleNotFoundError"),
        ("\n\nnobody\n", f"{MODULE}, line 3: NameError: name 'nobody' is not defined"),
        ("x = 'a\0'\n", f"{MODULE}: source code string cannot contain null bytes"),
        ("raise SystemExit(0)\n", f"{MODULE}, line 1: RuntimeError: the module exits"),
    ],
)
def test_modules(project: Path, command: str, text: str, expected: str) -> None:
    begin_with(project, MODULE, text)
    assert_reported(run(project, command), expected, "LOG_LEVEL=DEBUG")


@pytest.mark.parametrize("command", [RENDER, LINT])
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit", "SystemExit"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ('values["nobody"]', "KeyError: 'nobody'"),
        ("direction(5)", "TypeError"),
        ("open('/nothing/there')", "FileNotFoundError"),
        ("return None", "PostBlock.context returned NoneType, not a dictionary"),
        ("return ['post']", "PostBlock.context returned list, not a dictionary"),
        ("return {1: 'post'}", "PostBlock.context returned dict, not a dictionary with names"),
    ],
)
def test_the_code_of_a_block(project: Path, command: str, line: str, expected: str) -> None:
    file = project / MODULE
    file.write_text(file.read_text().replace(IN_CONTEXT, f"        {line}\n{IN_CONTEXT}", 1))
    assert_reported(run(project, command), f"{MODULE}, line ", expected)


@pytest.mark.parametrize("command", [RENDER, LINT])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", "is not JSON"),
        (b"[]", "is not a JSON object"),
        (b"\xff\xfe\x00\xd8", "is not text"),
        (b'{"post": 5}', '"Post" '),
    ],
)
def test_examples(project: Path, command: str, content: bytes, expected: str) -> None:
    (project / EXAMPLE).write_bytes(content)
    assert_reported(run(project, command), "typical", expected)


def test_commands_that_need_no_block_work_while_one_is_broken(project: Path) -> None:
    begin_with(project, MODULE, "def x(:\n")
    check = "settings check settings_json/product.json"
    for command in ("secrets", check, "db upgrade", "data list", "--help", "lint --help"):
        assert run(project, command).returncode == 0
    for command in ("render product --example typical", "lint product", "settings show product"):
        assert run(project, command).returncode == 0


def test_the_traceback_is_shown_at_debug_level(project: Path) -> None:
    begin_with(project, MODULE, "nobody\n")
    result = run(project, RENDER, LOG_LEVEL="DEBUG")
    assert result.returncode == 1
    assert "Traceback" in result.stderr


def test_the_preview_says_why_it_cannot_start(
    project: Path, free_ports: Callable[[int], list[int]]
) -> None:
    module = "plugin_server/web/dashboard.py"
    begin_with(project, module, "def x(:\n")
    port, sandbox_port = map(str, free_ports(2))
    variables = {"PORT": port, "SANDBOX_PORT": sandbox_port}
    expected = f"{module}, line 1: invalid syntax"
    assert_reported(
        run(project, "preview", **variables), "The plugin server cannot start", expected
    )


def test_the_preview_starts_without_blocks_that_cannot_be_loaded(
    project: Path, free_ports: Callable[[int], list[int]]
) -> None:
    begin_with(project, MODULE, "def x(:\n")
    begin_with(project, "templates/blocks/product.html", "{% if %}")
    command = [sys.executable, "-m", "plugin_server.cli"]
    with running_preview(command, project, free_ports(2)) as preview:
        with listening(preview.sandbox) as page:
            shown = page.wait_for("broken")
            places = [place for place, _ in shown["all"]]
            assert places == [f"{MODULE}, line 1", "templates/blocks/product.html, line 1"]
        dashboard = httpx2.get(f"{preview.sandbox}/dashboard").text
        assert "Creator profile" in dashboard
        assert "Product" not in dashboard


@pytest.mark.parametrize("error", [KeyError("x"), OSError(28, "No space left"), ValueError()])
def test_an_error_that_was_never_raised_has_no_place(error: Exception) -> None:
    assert source_error_of(error) == SourceError(
        "plugin-server", None, f"{type(error).__name__}: {error}"
    )
