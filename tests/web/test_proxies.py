"""Headers of proxies: believed from those that are trusted, and a warning where none is."""

import logging
from typing import Any

import httpx2
import pytest
from flask import Flask, request
from support.waiting import wait_until

from plugin_server.web import proxies

WARNING = "TRUSTED_PROXIES is 0"


def client(trusted: int) -> Any:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: f"{request.remote_addr} {request.scheme}")
    app.wsgi_app = proxies.with_trusted_proxies(app.wsgi_app, trusted, warned=bytearray(1))
    return app.test_client()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if WARNING in record.message]


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Real-IP"]
)
def test_forwarded_headers_without_a_trusted_proxy_are_ignored_and_warned_about_once(
    header: str, caplog: pytest.LogCaptureFixture
) -> None:
    http = client(0)
    assert http.get("/").text == "127.0.0.1 http"
    assert warnings(caplog) == []
    for _ in range(3):
        assert http.get("/", headers={header: "192.0.2.1"}).text == "127.0.0.1 http"
    assert len(warnings(caplog)) == 1
    assert "usually 1" in warnings(caplog)[0]
    assert "192.0.2.1" not in warnings(caplog)[0]


def test_a_trusted_proxy_is_believed_and_needs_no_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    headers = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}
    assert client(1).get("/", headers=headers).text == "192.0.2.1 https"
    assert warnings(caplog) == []


def test_all_workers_of_a_server_warn_together_once(serve: Any, strict_kit: Any) -> None:
    server = serve(KIT_API_URL=strict_kit.url, WEB_CONCURRENCY="2")
    for _ in range(20):
        # A connection each, so that both workers get some.
        httpx2.get(f"{server.server}/healthz", headers={"X-Forwarded-For": "192.0.2.1"})
    wait_until(lambda: WARNING in server.log.read_text())
    assert server.log.read_text().count(WARNING) == 1
