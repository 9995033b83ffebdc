"""Servers and commands that are started while code is broken: a block fails alone, other code stops them."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from support.browser.live_reload import listening
from support.servers import commands
from support.servers.broken_project import SECRETS, assert_reported, begin_with, run
from support.servers.processes import is_up, running_preview
from support.waiting import wait_until

TEMPLATE = "templates/blocks/post.html"
MODULE = "plugin_server/blocks/post.py"
SETTINGS = "settings_json/post.json"


def test_commands_that_need_no_block_work_while_one_is_broken(project: Path) -> None:
    """They are imported after the mistake, unlike those of ``test_source_errors.py``."""
    begin_with(project, MODULE, "def x(:\n")
    check = "settings check settings_json/product.json"
    for command in ("secrets", check, "db upgrade", "data list", "--help", "lint --help"):
        assert run(project, command).returncode == 0
    for command in ("render product --example typical", "lint product", "settings show product"):
        assert run(project, command).returncode == 0


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


def test_the_preview_says_why_it_cannot_start(
    project: Path, free_ports: Callable[[int], list[int]]
) -> None:
    module = "plugin_server/web/dashboard.py"
    begin_with(project, module, "def x(:\n")
    port, sandbox_port = map(str, free_ports(2))
    variables = {"PORT": port, "SANDBOX_PORT": sandbox_port}
    expected = f"{module}, line 1: invalid syntax"
    clean = {"PATH": os.environ["PATH"], "DATA_DIR": str(project / "data"), **variables}
    result = commands.run(["preview"], clean, seconds=120, project=project)
    assert_reported(result, "The plugin server cannot start", expected)


def test_the_preview_starts_without_blocks_that_cannot_be_loaded(
    project: Path, free_ports: Callable[[int], list[int]]
) -> None:
    begin_with(project, MODULE, "def x(:\n")
    begin_with(project, "templates/blocks/product.html", "{% if %}")
    with running_preview(project, free_ports(2), project=project) as preview:
        with listening(preview.sandbox) as page:
            shown = page.wait_for("broken")
            places = [place for place, _ in shown["all"]]
            assert places == [f"{MODULE}, line 1", "templates/blocks/product.html, line 1"]
        dashboard = httpx2.get(f"{preview.sandbox}/dashboard").text
        assert "Creator profile" in dashboard
        assert "Product" not in dashboard
