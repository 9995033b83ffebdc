"""``plugin-server sandbox --api-only``, as anybody's test suite starts it."""

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import pytest
from click.testing import CliRunner
from support.servers import commands
from support.waiting import wait_until

from plugin_server.cli import main

ACCOUNT = {"id": 1, "name": "Mill", "primary_email_address": "mill@example.com"}
pytestmark = pytest.mark.processes


@contextmanager
def started(*arguments: str) -> Iterator[tuple[commands.Command, list[str]]]:
    """Start the command, and give the process and the lines that it printed until it was ready or had ended.

    At the end, these are all lines that it printed.

    The test suites of tests/docs/test_other_test_suites.py start it as a shell does.
    """
    with TemporaryDirectory() as folder:
        printed = Path(folder, "printed")
        printed.touch()
        words = ["sandbox", "--api-only", *arguments]
        process = commands.start(words, os.environ, {1: printed, 2: printed})
        lines: list[str] = []

        def is_ready() -> bool:
            lines[:] = printed.read_text().split("\n")[:-1]
            return len(lines) >= 3 or process.poll() is not None

        try:
            wait_until(is_ready)
            yield process, lines
            lines[:] = printed.read_text().split("\n")[:-1]
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(20)


@pytest.fixture
def accounts(tmp_path: Path) -> Path:
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps([{"account": ACCOUNT, "api_key": "mill"}]))
    return file


def test_prints_its_url_and_credentials_and_serves(accounts: Path, tmp_path: Path) -> None:
    data = tmp_path / "data.json"
    with started("--port", "0", "--accounts", str(accounts), "--data", str(data)) as (
        process,
        lines,
    ):
        url, key, token = (line.rpartition(" ")[2] for line in lines)
        headers = {"X-Kit-Api-Key": key}
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v4", url)
        assert httpx2.post(f"{url}/tags", json={"name": "Salt"}, headers=headers).is_success
        bearer = {"Authorization": f"Bearer {token}"}
        found = httpx2.get(f"{url}/tags", headers=bearer).json()["tags"]
        assert [tag["name"] for tag in found] == ["Salt"]
        home = url.removesuffix("/v4")
        log = httpx2.get(f"{home}/sandbox/requests.json").json()["log"]
        assert [(each["method"], each["resource"], each["body"]) for each in log] == [
            ("POST", "tags", {"name": "Salt"}),
            ("GET", "tags", None),
        ]
        assert httpx2.get(home).json()["accounts"][0]["api_key"] == "mill"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert len(lines) == 3, "it prints nothing of requests"
    assert json.loads(data.read_text())[0]["tags"][0]["name"] == "Salt"


def test_changes_last_from_one_run_to_the_next(accounts: Path, tmp_path: Path) -> None:
    options = ("--port", "0", "--accounts", str(accounts), "--data", str(tmp_path / "data.json"))

    def names(lines: list[str], *, new: str) -> list[str]:
        url, key, _ = (line.rpartition(" ")[2] for line in lines)
        headers = {"X-Kit-Api-Key": key}
        before = httpx2.get(f"{url}/tags", headers=headers).json()["tags"]
        assert httpx2.post(f"{url}/tags", json={"name": new}, headers=headers).is_success
        return [tag["name"] for tag in before]

    found = []
    for new in ("Salt", "Bread", "Rye"):
        with started(*options) as (process, lines):
            found.append(names(lines, new=new))
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
    assert found == [[], ["Salt"], ["Bread", "Salt"]]


def test_programs_make_it_fail_and_reset_it(accounts: Path) -> None:
    with started("--port", "0", "--accounts", str(accounts)) as (_, lines):
        url, key, _ = (line.rpartition(" ")[2] for line in lines)
        home, headers = url.removesuffix("/v4"), {"X-Kit-Api-Key": key}
        assert httpx2.post(f"{url}/tags", json={"name": "Salt"}, headers=headers).is_success
        rule = {"resource": "tags", "fault": "server_error"}
        assert httpx2.post(f"{home}/faults.json", json=rule).status_code == 201
        assert httpx2.get(f"{url}/tags", headers=headers).status_code == 500
        assert httpx2.post(f"{home}/sandbox/reset").status_code == 204
        assert httpx2.get(f"{url}/tags", headers=headers).json()["tags"] == []
        log = httpx2.get(f"{home}/sandbox/requests.json").json()["log"]
        assert [each["status"] for each in log] == [200]


def test_an_app_gets_tokens_from_it(accounts: Path) -> None:
    uri = "https://client.example.com/callback"
    with (
        started("--port", "0", "--accounts", str(accounts)) as (_, lines),
        httpx2.Client(
            base_url=lines[0].rpartition(" ")[2].removesuffix("/v4"), timeout=60
        ) as browser,
    ):
        metadata = {"redirect_uris": [uri], "token_endpoint_auth_method": "client_secret_post"}
        client = browser.post("/oauth/register", json=metadata).json()
        challenge = {"code_challenge": "x" * 43, "code_challenge_method": "S256"}
        parameters = {
            "client_id": client["client_id"],
            "response_type": "code",
            "redirect_uri": uri,
        }
        page = browser.get("/oauth/authorize", params=parameters)
        assert "Allow A registered client to use your account?" in page.text
        refused = browser.post(
            "/oauth/authorize", data={**parameters, **challenge, "decision": "deny"}
        )
        assert "error=access_denied" in refused.headers["Location"]
        approved = browser.post("/oauth/authorize", data={**parameters, "decision": "approve"})
        code = httpx2.URL(approved.headers["Location"]).params["code"]
        proof = {"client_id": client["client_id"], "client_secret": client["client_secret"]}
        body = {**proof, "grant_type": "authorization_code", "code": code, "redirect_uri": uri}
        token = browser.post("/oauth/token", json=body).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        assert browser.get("/v4/account", headers=headers).status_code == 200


def test_a_file_with_a_mistake_is_refused(accounts: Path) -> None:
    accounts.write_text(json.dumps([{"account": ACCOUNT, "tags": [{"id": 1}]}]))
    with started("--port", "0", "--accounts", str(accounts)) as (process, lines):
        assert process.wait(20) == 1
        assert lines[0].endswith("[0].tags[0].name: is missing.")


@pytest.mark.parametrize(
    "arguments",
    [["--api-only", "--no-auth"], ["--api-only", "--name", "x"], ["--port", "5000"]],
)
def test_options_that_do_not_belong_together(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, ["sandbox", *arguments])
    assert result.exit_code == 2
    assert "--api-only" in result.output


def test_a_port_that_is_taken() -> None:
    with started("--port", "0") as (_, lines):
        port = lines[0].rpartition(":")[2].removesuffix("/v4")
        result = CliRunner().invoke(main, ["sandbox", "--api-only", "--port", port])
    assert result.exit_code == 1
    assert "--port" in result.output
