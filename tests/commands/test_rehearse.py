"""``plugin-server rehearse``: our own app passes, and a foreign one is reached over HTTP."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from support.servers import commands
from support.servers.plugin_app import CLIENT_ID, CLIENT_SECRET, SETTINGS, running_plugin_app

from plugin_server.cli import main
from plugin_server.resources.packages import block_names

SIGN_IN = ["--fill", "email=ada@example.com", "--fill", "password=a-password"]


def rehearse(*options: str, port: int = 0) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "SANDBOX_PORT": str(port)} if port else {**os.environ}
    return commands.run(["rehearse", *options], variables, seconds=300)


@pytest.mark.usefixtures("chromium")
def test_our_own_app_passes_whole(tmp_path: Path) -> None:
    done = rehearse("--json", f"{tmp_path}/r.json", "--junit", f"{tmp_path}/r.xml")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["consent"].startswith("the four states in Chromium")
    oauth = {each["id"]: each["status"] for each in report["checks"] if each["group"] == "OAuth"}
    assert set(oauth.values()) == {"passed"}, done.stdout
    about = {each["about"] for each in report["checks"] if each["group"] == "HTML endpoint"}
    assert len(about) == len(block_names())
    # What is wrong with an app on this machine keeps it from being listed, and nothing else.
    warned = {each["group"] for each in report["checks"] if each["status"] == "warning"}
    assert warned <= {"Listing", "Search"}, done.stdout
    suites = ElementTree.parse(tmp_path / "r.xml").getroot()
    assert suites.attrib["failures"] == "0"
    assert done.stderr == ""


def test_a_foreign_app_is_checked_over_http(
    tmp_path: Path, free_ports: Callable[[int], list[int]]
) -> None:
    with running_plugin_app("no_alt") as app:
        settings = [{**SETTINGS[0], "request_url": f"{app.url}/search"}, *SETTINGS[1:]]
        (tmp_path / "bread.json").write_text(json.dumps(settings))
        about = ["--plugin", f"{app.url}/html", "--settings", f"{tmp_path}/bread.json"]
        about += ["--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET]
        for step in ("authorize", "token", "refresh", "revoke"):
            about += [f"--{step}-url", f"{app.url}/{step}"]
        options = [*about, *SIGN_IN, "--consent", "http", "--only", "html"]
        done = rehearse(*options, port=free_ports(1)[0])
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAILED HTML endpoint: Pictures are absolute and have an alt (Bread)" in done.stdout
    assert "an image without alt" in done.stdout
    assert CLIENT_SECRET not in done.stdout


def test_an_app_can_be_described_in_one_file(
    tmp_path: Path, free_ports: Callable[[int], list[int]]
) -> None:
    with running_plugin_app() as app:
        file = tmp_path / "app.json"
        file.write_text(json.dumps(app.entries()))
        options = ["--app", str(file), *SIGN_IN, "--consent", "http", "--only", "search"]
        done = rehearse(*options, "--verbose", port=free_ports(1)[0])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed  A stored value finds its option alone (Bread, setting bread)" in done.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--no-auth"], "These options are about a plugin"),
        (["--app", "{file}", "--no-auth"], "--app has all of the app's fields"),
        (["--app", "{file}"], 'is not {"app": {…}, "plugins": [{…}]}.'),
        (["--fill", "email"], "email is not NAME=VALUE."),
        (["--only", "everything"], "'everything' is not one of"),
        (["--plugin", "http://127.0.0.1:1/"], "Give one --settings FILE for each --plugin URL."),
    ],
)
def test_wrong_options_are_explained(tmp_path: Path, options: list[str], message: str) -> None:
    file = tmp_path / "empty.json"
    file.write_text("{}")
    given = [each.format(file=file) for each in options]
    result = CliRunner().invoke(main, ["rehearse", *given])
    assert result.exit_code == 2
    assert message in result.output


def test_an_app_that_does_not_respond_is_named(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text("[]")
    options = [
        "--plugin",
        "http://127.0.0.1:1/html",
        "--settings",
        f"{tmp_path}/s.json",
        "--no-auth",
    ]
    result = CliRunner().invoke(main, ["rehearse", *options])
    assert result.exit_code == 1
    assert "Nothing responds at http://127.0.0.1:1/html" in result.output
