"""The line and the measurement of a request, from a server as in production."""

import re
from typing import Any

import httpx2
import pytest
from support.servers.logs_and_metrics import log_lines, measured, request_line
from support.servers.processes import Server
from support.servers.settings import SETTINGS

from plugin_server.app import create_app
from plugin_server.config.environment import load_config

BLOCK = "/blocks/post/html"
DURATION = "plugin_server_request_duration_seconds_count"
FORGED = ["", "a b", "a\tb", "x" * 65, '"}{"', "ünï", "a;b", "id=1", "ada@example.com"]


@pytest.fixture
def server(serve: Any, strict_kit: Any) -> Server:
    running: Server = serve(
        KIT_API_URL=strict_kit.url,
        KIT_OAUTH_URL=f"{strict_kit.url}/v4/oauth",
        KIT_APP_URL=strict_kit.url,
    )
    return running


def test_a_creators_day_is_in_the_log_and_in_the_metrics(
    server: Server, make_creator: Any, strict_kit: Any
) -> None:
    token = make_creator(server).tokens()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    def ask(body: Any, request_id: str, path: str = BLOCK, **more: str) -> dict[str, Any]:
        sent = {**headers, "X-Request-Id": request_id, **more}
        response = httpx2.post(server.server + path, json=body, headers=sent)
        assert response.headers["X-Request-Id"] == request_id
        line = request_line(server.log, request_id)
        assert line["status"] == response.status_code
        return line

    good = {"settings": {"post": "1"}}
    first = ask(good, "first")
    assert (first["level"], first["logger"]) == ("info", "plugin_server.request")
    assert (first["method"], first["endpoint"], first["block"]) == ("POST", "editor.html", "post")
    assert (first["account"], first["outcome"], first["code"]) == ("26", "ok", 200)
    assert isinstance(first["installation"], int)
    assert (first["cache"], first["kit_calls"] > 0) == ("miss", True)
    assert first["milliseconds"] > 0
    wrong = ask({"settings": {}}, "wrong")
    assert (wrong["status"], wrong["code"], wrong["outcome"]) == (200, 422, "SettingsInvalid")
    refused = ask(good, "refused", Authorization="Bearer unknown")
    assert (refused["outcome"], refused["account"]) == ("NotAuthenticated", "")
    search = ask({"search": ""}, "search", "/blocks/post/search/post")
    assert search["endpoint"] == "editor.search"
    unknown = ask(good, "unknown", "/blocks/secret-name/html")
    assert "secret-name" not in str(unknown)

    def count(**labels: str) -> float:
        return measured(server.server, DURATION, **labels)

    assert count(endpoint="editor.html", block="post", outcome="ok") == 1
    assert count(block="post", outcome="SettingsInvalid") == 1
    assert count(endpoint="editor.html", outcome="NotAuthenticated") == 1
    assert count(endpoint="oauth.token", outcome="ok") == 1
    assert measured(server.server, "plugin_server_cache_results_total", result="miss") >= 1
    metric = "plugin_server_kit_request_duration_seconds_count"
    assert measured(server.server, metric, resource="posts", status="200") >= 1
    assert measured(server.server, "plugin_server_kit_budget_left_ratio_count") >= 1
    events = "plugin_server_oauth_events_total"
    assert measured(server.server, events, event="tokens_issued") == 1
    assert measured(server.server, "plugin_server_kit_token_refreshes_total") == 0

    strict_kit.generation += 1  # the token that we hold is not accepted any more
    httpx2.post(f"{server.server}/blocks/subscriber_count/html", json={}, headers=headers)
    refreshes = "plugin_server_kit_token_refreshes_total"
    assert measured(server.server, refreshes, result="refused") == 1


def test_every_request_has_one_line_with_an_id_that_is_safe(server: Server) -> None:
    given = []
    for forged in FORGED:
        headers = {"X-Request-Id": forged.encode()}
        response = httpx2.get(f"{server.server}/no-such-page", headers=headers)
        given.append(response.headers["X-Request-Id"])
    assert all(re.fullmatch(r"[0-9a-f]{16}", each) for each in given)
    assert len(set(given)) == len(FORGED)
    for request_id in given:
        line = request_line(server.log, request_id)
        assert (line["endpoint"], line["outcome"]) == ("unknown", "NotFound")


def test_paths_and_queries_are_in_no_line(server: Server) -> None:
    for path in (
        "/oauth/authorize?state=in-a-query",
        "/kit/callback?code=in-a-query",
        "/in-a-path",
    ):
        httpx2.get(server.server + path)
    assert len(log_lines(server.log)) >= 3
    assert "in-a-" not in server.log.read_text()


@pytest.mark.parametrize(("host", "reason"), [("127.0.0.1", "refused"), ("kit.invalid", "dns")])
def test_why_kit_was_not_reached_is_in_the_requests_line_and_in_one_of_its_own(
    serve: Any, strict_kit: Any, make_creator: Any, free_ports: Any, host: str, reason: str
) -> None:
    token = make_creator(serve(**strict_kit.variables())).tokens()["access_token"]
    kit = f"{host}:{free_ports(1)[0]}"
    server = serve(**{**strict_kit.variables(), "KIT_API_URL": f"http://{kit}"})
    headers = {"Authorization": f"Bearer {token}", "X-Request-Id": "unreached"}
    response = httpx2.post(
        server.server + BLOCK, json={"settings": {"post": "1"}}, headers=headers, timeout=60
    )
    assert response.json()["errors"] == ["Kit is not responding. Try again in a minute."]
    line = request_line(server.log, "unreached")
    assert (line["status"], line["outcome"], line["reason"]) == (503, "KitUnavailable", reason)
    logged = [
        each
        for each in log_lines(server.log)
        if each["logger"] == "plugin_server.kit.failures" and each["level"] == "warning"
    ]
    assert 1 <= len(logged) < line["kit_calls"]
    assert {(each["reason"], each["host"]) for each in logged} == {(reason, kit)}
    assert logged[0]["request_id"] == "unreached"


def test_probes_leave_a_line_only_at_level_debug(serve: Any) -> None:
    server = serve(LOG_LEVEL="INFO")
    for path in ("/healthz", "/readyz", "/metrics", "/static/pages.css"):
        assert httpx2.get(server.server + path).status_code == 200
    httpx2.get(f"{server.server}/static/nothing")
    [line] = log_lines(server.log)
    assert (line["endpoint"], line["status"]) == ("static", 404)


def test_a_crash_leaves_a_traceback_and_a_response_without_it(
    store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(load_config(**SETTINGS), store=store)

    @app.get("/blocks/crash")
    def crash() -> None:
        raise RuntimeError("the-text-of-the-exception")

    response = app.test_client().get("/blocks/crash", headers={"X-Request-Id": "crash"})
    body = response.get_json()
    assert (response.status_code, body["code"], body["data"]) == (500, 500, [])
    assert "the-text-of-the-exception" not in response.text
    assert response.headers["X-Request-Id"] == "crash"
    [line] = [each for each in caplog.records if each.exc_info]
    assert "the-text-of-the-exception" in caplog.text
    assert line.getMessage() == "Unexpected error in crash"
