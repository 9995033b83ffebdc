"""The rehearsal of a plugin in the shape of the demo that Kit publishes, which needs no authorization."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from support.servers.plugin_app import PatientServer
from support.servers.threads import serving

from plugin_server.sandbox.rehearsal.check import Status
from plugin_server.sandbox.rehearsal.report import Report, as_text

PRODUCTS = {"mug": "Mug", "map": "Map of the harbour"}


class Demo(BaseHTTPRequestHandler):
    """Always responds with HTTP status 200, and with the real one in ``code``; takes over ``styles``."""

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(content)
            respond = {"/html": self.html, "/search": self.search}[self.path]
            self.send(200, "application/json", json.dumps(respond(body)))
        except (ValueError, RecursionError):
            self.send(400, "text/html", "<pre>SyntaxError: Unexpected end of JSON input</pre>")
        except (AttributeError, TypeError):
            self.send(500, "text/html", "<pre>TypeError: Cannot read properties of null</pre>")

    def do_GET(self) -> None:
        self.send(404, "text/html", "<pre>Cannot GET</pre>")

    def do_PUT(self) -> None:
        self.do_GET()

    do_DELETE = do_PUT

    def html(self, body: Any) -> dict[str, Any]:
        settings, styles = body.get("settings", {}), body.get("styles") or {}
        product = settings.get("product")
        if not isinstance(product, str) or product not in PRODUCTS:
            return {"code": 404, "errors": ["Product not found"]}
        color = styles.get("p", {}).get("color", "inherit")
        return {
            "code": 200,
            "html": f'<div style="color: {color}"><a href="https://shop.example.com/{product}" '
            f'target="_blank">{PRODUCTS[product]}</a></div>',
        }

    def search(self, body: Any) -> dict[str, Any]:
        text = str(body.get("search", "")).lower()
        found = {v: t for v, t in PRODUCTS.items() if text == v} or {
            v: t for v, t in PRODUCTS.items() if text in t.lower()
        }
        return {"code": 200, "data": [{"label": t, "value": v} for v, t in found.items()]}

    def send(self, status: int, content_type: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def demo() -> Iterator[dict[str, Any]]:
    server = PatientServer(("127.0.0.1", 0), Demo)
    with serving(server):
        url = f"http://127.0.0.1:{server.server_port}"
        search = {
            "type": "search",
            "name": "product",
            "label": "Product",
            "required": True,
            "request_url": f"{url}/search",
        }
        plugin = {
            "name": "Product",
            "description": "A product of yours",
            "sort_order": 0,
            "html_url": f"{url}/html",
            "settings_json": [search],
            "active": True,
            "authorization": "none",
        }
        yield {"app": {"name": "Demo"}, "plugins": [plugin]}


def test_the_demo_passes_but_for_what_it_crashes_at(
    demo: dict[str, Any], rehearsed: Callable[..., Report]
) -> None:
    report = rehearsed(demo)
    failed = {each.check.id for each in report.of(Status.FAILED)}
    assert failed == {"robust-types"}, as_text(report)
    (token,) = [each for each in report.outcomes if each.check.id == "robust-token"]
    assert (token.status, token.reason) == (Status.SKIPPED, "The plugin needs no token.")
    oauth = report.by_group()["OAuth"]
    assert {(each.status, each.reason) for each in oauth} == {
        (Status.SKIPPED, "No plugin of the app is authorized by OAuth.")
    }


def test_errors_with_status_200_are_right(
    demo: dict[str, Any], rehearsed: Callable[..., Report]
) -> None:
    report = rehearsed(demo, "html", ids=["html-stale-settings", "html-missing-settings"])
    assert {each.status for each in report.outcomes} == {Status.PASSED}, as_text(report)


def test_an_error_that_is_a_page_is_a_warning_while_it_is_no_crash(
    demo: dict[str, Any], rehearsed: Callable[..., Report]
) -> None:
    report = rehearsed(demo, "robustness", ids=["robust-not-json"])
    (outcome,) = report.outcomes
    assert outcome.status is Status.WARNING
    assert "An empty body: status 400 without a JSON object." in outcome.flaws
    assert "SyntaxError" in outcome.received
