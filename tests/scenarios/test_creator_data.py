"""What an operator does with a creator's data, and with the whole database, beside running servers."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from support.browser.creator import Creator
from support.databases.postgres import PostgresServer
from support.databases.redis_server import RedisServer
from support.kit.requests import refresh, request_block
from support.kit.strict_kit import SECRET, StrictKit
from support.servers.processes import SECRETS, Server, commands

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    return redis_server.url


@pytest.fixture
def variables(strict_kit: StrictKit, database: dict[str, str], redis_url: str) -> dict[str, str]:
    return {**strict_kit.variables(), **database, "REDIS_URL": redis_url}


@pytest.fixture
def run(tmp_path: Path, variables: dict[str, str]) -> Run:
    """A function from a command and its input to how it ended."""

    def call(command: str, given: str = "") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **SECRETS, "DATA_DIR": str(tmp_path), **variables}
        return commands.run(command.split(), environment, given=given)

    return call


def test_a_creators_data_is_listed_exported_and_deleted(
    serve: Callable[..., Server],
    make_creator: Callable[[Server], Creator],
    variables: dict[str, str],
    redis_url: str,
    strict_kit: StrictKit,
    run: Run,
) -> None:
    server = serve(**variables)
    token = make_creator(server).tokens()
    assert request_block(server, token["access_token"]).json()["code"] == 200

    listed = run("data list").stdout.splitlines()
    assert listed[0].split() == ["account", "last", "seen", "installed", "connected", "name"]
    assert listed[1].split()[0] == "26"
    assert listed[1].split()[2:] == ["yes", "yes", "Ada"]

    printed = run("data export 26").stdout
    exported = json.loads(printed)
    assert exported["accounts"][0]["name"] == "Ada"
    assert exported["connections"][0]["refresh_token"] == "kept, not shown"
    assert exported["tokens"][0]["access_digest"] == "kept, not shown"
    assert exported["copies_of_kit_data"] != []
    for secret in (token["access_token"], token["refresh_token"], "kit-access", "kit-refresh"):
        assert secret not in printed

    refused = run("data delete 26", given="n\n")
    assert refused.returncode == 1
    assert server.count("accounts") == 1

    deleted = run("data delete 26 --yes")
    assert "Deleted" in deleted.stdout
    assert "account_deleted" in deleted.stderr
    assert "Ada" not in deleted.stderr
    assert "revoked_at_kit" in deleted.stderr
    given_up = {"client_id": "us", "client_secret": SECRET, "token": "kit-refresh-0"}
    assert strict_kit.revoked == [given_up]
    assert "kit-refresh" not in deleted.stderr
    assert request_block(server, token["access_token"]).status_code == 401
    assert refresh(server, token).status_code == 400
    tables = ("accounts", "connections", "installations", "token_families", "tokens")
    assert {table: server.count(table) for table in tables} == dict.fromkeys(tables, 0)
    with redis.Redis.from_url(redis_url) as kept:
        assert kept.keys("plugin-server:*:kit:*") == []

    again = run("data export 26")
    assert again.returncode == 1
    assert "plugin-server data list" in again.stderr


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_creators_data_is_deleted_also_when_kit_cannot_be_notified(
    serve: Callable[..., Server],
    make_creator: Callable[[Server], Creator],
    variables: dict[str, str],
    free_ports: Callable[[int], list[int]],
    run: Run,
) -> None:
    server = serve(**variables)
    make_creator(server).tokens()
    variables["KIT_OAUTH_URL"] = f"http://127.0.0.1:{free_ports(1)[0]}/oauth"
    deleted = run("data delete 26 --yes")
    assert deleted.returncode == 0, deleted.stderr
    assert server.count("accounts") == 0
    (line,) = [each for each in deleted.stderr.splitlines() if "revocation_at_kit_failed" in each]
    assert (json.loads(line)["account"], json.loads(line)["reason"]) == ("26", "refused")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nothing_is_deleted_while_redis_does_not_respond(
    serve: Callable[..., Server],
    make_creator: Callable[[Server], Creator],
    variables: dict[str, str],
    redis_server: RedisServer,
    run: Run,
) -> None:
    server = serve(**variables)
    make_creator(server).tokens()
    redis_server.stop()
    refused = run("data delete 26 --yes")
    assert refused.returncode == 1
    assert "start Redis" in refused.stderr
    assert server.count("accounts") == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_copy_of_a_sqlite_file_in_use_is_a_whole_database(
    serve: Callable[..., Server],
    make_creator: Callable[[Server], Creator],
    variables: dict[str, str],
    tmp_path: Path,
    run: Run,
) -> None:
    server = serve(**variables)
    token = make_creator(server).tokens()
    copy = tmp_path / "copy.db"
    done = run(f"db backup {copy}")
    assert done.returncode == 0, done.stderr
    assert copy.stat().st_mode & 0o077 == 0
    assert "new file" in run(f"db backup {copy}").stderr

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(copy, elsewhere / "plugin-server.db")
    restored = serve(**{**variables, "DATA_DIR": str(elsewhere)})
    assert request_block(restored, token["access_token"]).json()["code"] == 200
    assert refresh(restored, token).status_code == 200


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_dump_of_postgresql_is_restored_in_another_database(
    serve: Callable[..., Server],
    make_creator: Callable[[Server], Creator],
    variables: dict[str, str],
    postgres: PostgresServer,
    tmp_path: Path,
    run: Run,
) -> None:
    server = serve(**variables)
    token = make_creator(server).tokens()
    dump, target = str(tmp_path / "dump"), postgres.create()
    assert "pg_dump" in run(f"db backup {dump}").stderr
    url = variables["DATABASE_URL"]
    subprocess.run(["pg_dump", "--format=custom", f"--file={dump}", url], check=True)
    restore = ["pg_restore", "--clean", "--if-exists", "--no-owner", f"--dbname={target}", dump]
    subprocess.run(restore, check=True)

    restored = serve(**{**variables, "DATABASE_URL": target})
    assert request_block(restored, token["access_token"]).json()["code"] == 200
    assert refresh(restored, token).status_code == 200
