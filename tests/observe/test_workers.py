"""gunicorn's workers count together, and go on counting when they are replaced."""

import os
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
from support.servers.logs_and_metrics import log_lines, measured
from support.servers.processes import SECRETS, Server
from support.waiting import wait_for, wait_until

DURATION = "plugin_server_request_duration_seconds_count"


def folder_of(server: Server) -> Path:
    """Return where a server's workers keep their counts, from what they have mapped."""
    maps = [Path(f"/proc/{worker}/maps").read_text() for worker in server.workers()]
    lines = [line for each in maps for line in each.splitlines() if "server-metrics" in line]
    [folder] = {Path(line.split()[-1]).parent for line in lines}
    return folder


def test_all_workers_are_in_one_response_and_a_new_one_continues_the_counts(serve: Any) -> None:
    server = serve(WEB_CONCURRENCY="3")
    before = measured(server.server, DURATION, endpoint="pages.index")

    def count() -> float:
        return measured(server.server, DURATION, endpoint="pages.index")

    def ask(times: int) -> None:
        for _ in range(times):  # each on a new connection, so that every worker gets some
            assert httpx2.get(server.server).status_code == 200

    ask(40)
    wait_until(lambda: measured(server.server, DURATION, endpoint="metrics.show") > 0)
    assert {count() for _ in range(6)} == {before + 40}
    folder = folder_of(server)
    files = {file.name for file in folder.iterdir()}
    for _ in range(3):
        old = server.workers()
        os.kill(old[0], signal.SIGKILL)
        wait_until(lambda old=old: len(set(server.workers()) - set(old)) == 1)
        ask(10)
    wait_for(count, before + 70)
    places = {name.removesuffix(".db").rpartition("_")[2] for name in files}
    assert places <= {"0", "1", "2"}
    now = {file.name.removesuffix(".db").rpartition("_")[2] for file in folder.iterdir()}
    assert now <= {"0", "1", "2"}


def test_a_worker_that_ends_leaves_what_the_others_have_counted(serve: Any) -> None:
    server = serve()
    wait_until(lambda: measured(server.server, DURATION) > 0)
    folder = folder_of(server)
    # All but the state that it was in, such as connections in use, which ends with it.
    counted = {file.name for file in folder.iterdir() if not file.name.startswith("gauge_")}
    old = server.workers()
    os.kill(old[0], signal.SIGTERM)
    wait_until(lambda: not Path(f"/proc/{old[0]}").exists())
    assert counted <= {file.name for file in folder.iterdir()}


def test_database_connections_are_counted_while_they_are_in_use(serve: Any) -> None:
    server = serve()
    credentials = (SECRETS["PLUGIN_CLIENT_ID"], SECRETS["PLUGIN_CLIENT_SECRET"])
    spent = {"grant_type": "authorization_code", "code": "unknown"}

    def in_use() -> float:
        return measured(server.server, "plugin_server_database_connections", database="sqlite")

    database = sqlite3.connect(server.data_dir / "plugin-server.db", isolation_level=None)
    with closing(database), ThreadPoolExecutor() as threads:
        database.execute("BEGIN IMMEDIATE")
        token = f"{server.server}/oauth/token"
        refreshing = threads.submit(httpx2.post, token, data=spent, auth=credentials, timeout=60)
        wait_for(in_use, 1)
        database.execute("ROLLBACK")
        assert refreshing.result().json()["error"] == "invalid_grant"
    wait_for(in_use, 0)


def test_gunicorns_own_lines_go_through_the_pipeline(serve: Any) -> None:
    server = serve()
    worker = server.workers()[0]
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: "SIGKILL" in server.log.read_text())
    [line] = [each for each in log_lines(server.log) if "SIGKILL" in each["event"]]
    assert (line["logger"], line["level"]) == ("gunicorn.error", "error")


def test_nothing_is_left_behind(tmp_path: Path, serve: Any) -> None:
    server = serve()
    wait_until(lambda: measured(server.server, DURATION) > 0)
    folder = folder_of(server)
    assert folder.stat().st_mode & 0o077 == 0
    os.kill(server.pid, signal.SIGINT)
    wait_until(lambda: not folder.exists())
