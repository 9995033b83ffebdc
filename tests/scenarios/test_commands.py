"""What an operator sees of the commands: how they start, refuse to start, and stop."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner
from support.servers.processes import commands
from support.waiting import wait_until

from plugin_server.cli import main

COMMAND = [sys.executable, "-m", "plugin_server.cli"]
CLEAN = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
GOOD = {
    "SECRET_KEY": "s" * 40,
    "ENCRYPTION_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "PLUGIN_CLIENT_ID": "kit",
    "PLUGIN_CLIENT_SECRET": "secret",
    "KIT_CLIENT_ID": "us",
    "KIT_CLIENT_SECRET": "secret",
}


def run(command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return commands.run(command.split(), {**CLEAN, **variables})


def run_fresh(command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a shell does: a process that imports all it needs."""
    return subprocess.run(
        [*COMMAND, *command.split()],
        env={**CLEAN, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def ports(free_ports: Callable[[int], list[int]]) -> dict[str, str]:
    port, sandbox_port = free_ports(2)
    return {"PORT": str(port), "SANDBOX_PORT": str(sandbox_port)}


def assert_one_line(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 1
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert all(word in lines[0] for word in words), lines[0]


@pytest.mark.parametrize("variable", ["PORT", "SANDBOX_PORT"])
def test_a_busy_port_is_named_with_the_variable_to_change(
    tmp_path: Path, ports: dict[str, str], variable: str
) -> None:
    with socket.create_server(("127.0.0.1", int(ports[variable]))):
        result = run("preview", DATA_DIR=str(tmp_path), **ports)
    assert_one_line(result, ports[variable], f"set {variable} to another")


def test_one_port_for_both_servers_is_refused(tmp_path: Path, ports: dict[str, str]) -> None:
    same = {"PORT": ports["PORT"], "SANDBOX_PORT": ports["PORT"]}
    assert_one_line(run("preview", DATA_DIR=str(tmp_path), **same), "PORT and SANDBOX_PORT")


def test_the_database_is_private(tmp_path: Path) -> None:
    run_fresh("db upgrade", **GOOD, DATA_DIR=str(tmp_path))
    assert (tmp_path / "plugin-server.db").stat().st_mode & 0o077 == 0


def test_a_data_directory_that_cannot_be_written_is_named(
    tmp_path: Path, ports: dict[str, str]
) -> None:
    occupied = tmp_path / "file"
    occupied.touch()
    assert_one_line(run("preview", DATA_DIR=str(occupied), **ports), str(occupied), "DATA_DIR")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("SANDBOX_PORT", "-1"),
        ("BASE_URL", "blocks.example.com"),
        ("WEB_CONCURRENCY", "0"),
        ("WEB_THREADS", "many"),
        ("LOG_LEVEL", "LOUD"),
        ("ENCRYPTION_KEYS", "short"),
        ("SECRET_KEY", "short"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://somewhere/db"),
        ("REDIS_URL", "somewhere:6379"),
        ("HOST", "192.0.2.1"),
        ("DATABASE_URL", "sqlite:////nowhere/at/all.db"),
    ],
)
def test_a_bad_variable_is_named(
    tmp_path: Path, ports: dict[str, str], variable: str, value: str
) -> None:
    variables = {"DATA_DIR": str(tmp_path), **ports, variable: value}
    assert_one_line(run("preview", **variables), variable)


def test_a_production_server_names_every_secret_that_is_missing(tmp_path: Path) -> None:
    result = run_fresh("serve", DATA_DIR=str(tmp_path))
    assert result.returncode == 1
    for variable in GOOD:
        assert f"{variable} is not set." in result.stderr
    assert "Traceback" not in result.stderr


def test_secrets_are_read_from_files(tmp_path: Path, ports: dict[str, str]) -> None:
    files = {}
    for name in ("SECRET_KEY", "ENCRYPTION_KEYS", "PLUGIN_CLIENT_SECRET", "KIT_CLIENT_SECRET"):
        (tmp_path / name).write_text(f"{GOOD[name]}\n")
        files[f"{name}_FILE"] = str(tmp_path / name)
    public = {name: GOOD[name] for name in ("PLUGIN_CLIENT_ID", "KIT_CLIENT_ID")}
    good = {**public, **files, "DATA_DIR": str(tmp_path), **ports}
    assert run("db upgrade", **good).returncode == 0
    assert_one_line(run("db upgrade", **good, SECRET_KEY="x"), "SECRET_KEY_FILE", "both set")
    missing = {**good, "SECRET_KEY_FILE": str(tmp_path / "nothing")}
    assert_one_line(run("serve", **missing), "SECRET_KEY_FILE", "No such file")


def test_a_production_server_does_not_migrate_by_itself(
    tmp_path: Path, ports: dict[str, str]
) -> None:
    variables = {**GOOD, "DATA_DIR": str(tmp_path), **ports}
    assert_one_line(run("serve", **variables), "plugin-server db upgrade")
    assert run("db upgrade", **variables).returncode == 0


def test_the_settings_json_is_shown_for_the_public_address() -> None:
    result = run_fresh("settings show post", BASE_URL="https://blocks.example.com/")
    urls = [setting.get("request_url") for setting in json.loads(result.stdout)]
    assert "https://blocks.example.com/blocks/post/search/post" in urls


def test_a_reader_who_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps([{"type": "nothing"}] * 500))
    command = f"{' '.join(COMMAND)} settings check {wrong} | head -1"
    done = subprocess.run(
        ["bash", "-c", command], env=CLEAN, capture_output=True, text=True, check=True
    )
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""


def test_a_misspelt_command_is_a_usage_error() -> None:
    assert run_fresh("settings show unknown").returncode == 2


def test_fresh_secrets_are_accepted_by_the_server(tmp_path: Path, ports: dict[str, str]) -> None:
    printed = run("secrets").stdout.split()
    fresh = dict(line.split("=", 1) for line in printed)
    assert_one_line(
        run("serve", **{**GOOD, **fresh}, DATA_DIR=str(tmp_path), **ports), "db upgrade"
    )


def started(marker: str) -> list[int]:
    """Return the processes that were started with a variable of that value."""
    found = []
    for each in Path("/proc").glob("[0-9]*/environ"):
        try:
            if marker.encode() in each.read_bytes():
                found.append(int(each.parent.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopping_the_preview_leaves_no_process_behind(
    tmp_path: Path, ports: dict[str, str], number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [*COMMAND, "preview"],
        env={**CLEAN, "DATA_DIR": str(tmp_path), **ports},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    output: Any = process.stdout
    assert any("Ctrl-C" in line for line in output)
    assert len(started(str(tmp_path))) >= 5
    os.killpg(process.pid, number)  # as a terminal does: to everything in the foreground
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert started(str(tmp_path)) == []


def test_the_sandbox_stores_what_changed_from_one_run_to_the_next(
    tmp_path: Path, ports: dict[str, str]
) -> None:
    words = ["sandbox", "--data", str(tmp_path / "kit.json")]
    url = f"http://127.0.0.1:{ports['SANDBOX_PORT']}/v4/tags"
    key = {"X-Kit-Api-Key": "kit_sandbox_blank_page"}

    def is_up() -> bool:
        try:
            return httpx2.get(url, headers=key).is_success
        except httpx2.TransportError:
            return False

    found = []
    for new in ("Salt", "Bread"):
        running = commands.start(words, {**CLEAN, "DATA_DIR": str(tmp_path), **ports}, {})
        try:
            wait_until(lambda: running.poll() is not None or is_up())  # noqa: B023 - called here
            found.append([tag["name"] for tag in httpx2.get(url, headers=key).json()["tags"]])
            assert httpx2.post(url, headers=key, json={"name": new}).is_success
            running.send_signal(signal.SIGTERM)
            assert running.wait(30) == 0
        finally:
            running.send_signal(signal.SIGKILL)
    assert found == [[], ["Salt"]]


@pytest.mark.parametrize("command", ["preview", "sandbox"])
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BASE_URL", "https://blocks.example.com"),
        ("HOST", "0.0.0.0"),
        ("KIT_CLIENT_ID", "an-app-of-kit"),
        ("KIT_CLIENT_SECRET", "its-secret"),
        ("DATABASE_URL", "postgresql://db.example.com/blocks"),
        ("REDIS_URL", "redis://10.0.0.7:6379"),
    ],
)
def test_the_sandbox_refuses_to_start_with_settings_of_production(
    tmp_path: Path, ports: dict[str, str], command: str, variable: str, value: str
) -> None:
    variables = {"DATA_DIR": str(tmp_path), **ports, variable: value}
    refused = CliRunner().invoke(main, [command], env=variables)
    assert refused.exit_code == 1
    assert variable in refused.stderr
    assert "for development only" in refused.stderr
    assert list(tmp_path.iterdir()) == []
