"""What Sentry and a collector of traces get, from a server as in production; nothing else is sent."""

import contextlib
import json
import os
import signal
import sqlite3
from typing import Any

import httpx2
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from support.servers.collector import Collector
from support.servers.processes import SECRETS
from support.waiting import wait_until

KIND_OF_SECRET = [value for name, value in SECRETS.items() if name.endswith(("SECRET", "KEY"))]
TYPED = "typed-by-somebody"
TRACE = "0af7651916cd43dd8448eb211c80319c"


def kit_of(strict_kit: Any) -> dict[str, str]:
    url = strict_kit.url
    return {"KIT_API_URL": url, "KIT_OAUTH_URL": f"{url}/v4/oauth", "KIT_APP_URL": url}


def test_sentry_gets_errors_without_secrets_values_and_people(
    serve: Any, strict_kit: Any, make_creator: Any, collector: Collector
) -> None:
    dsn = f"http://public-key@127.0.0.1:{collector.port}/7"
    server = serve(**kit_of(strict_kit), SENTRY_DSN=dsn)
    token = make_creator(server).tokens()["access_token"]
    with contextlib.closing(sqlite3.connect(server.data_dir / "plugin-server.db")) as db:
        db.execute("UPDATE connections SET access_token = ?", (TYPED.encode(),))
        db.commit()
    headers = {"Authorization": f"Bearer {token}", "X-Request-Id": "the-request"}
    url = f"{server.server}/blocks/subscriber_count/html?x={TYPED}@example.com"
    assert httpx2.post(url, json={"settings": {"x": TYPED}}, headers=headers).status_code == 500
    wait_until(lambda: b"exception" in collector.received)

    assert {path for path, _ in collector.bodies} == {"/api/7/envelope/"}
    events = [json.loads(line) for line in collector.received.splitlines() if b'"level"' in line]
    [event] = [each for each in events if "exception" in each]
    assert event["exception"]["values"][-1]["type"] == "DecryptionError"
    assert event["tags"]["request_id"] == "the-request"
    frames = [
        frame for each in event["exception"]["values"] for frame in each["stacktrace"]["frames"]
    ]
    assert frames
    assert not any("vars" in frame for frame in frames)
    assert {"request", "user", "breadcrumbs"} & set(event) == set()
    for text in (*KIND_OF_SECRET, TYPED, token, "@example.com"):
        assert text.encode() not in collector.received


def test_a_trace_holds_what_a_line_of_the_log_holds(
    serve: Any, strict_kit: Any, make_creator: Any, collector: Collector
) -> None:
    endpoint = f"http://127.0.0.1:{collector.port}"
    server = serve(**kit_of(strict_kit), OTEL_EXPORTER_OTLP_ENDPOINT=endpoint)
    token = make_creator(server).tokens()["access_token"]
    headers = {
        "Authorization": f"Bearer {token}",
        "X-Request-Id": "the-request",
        "traceparent": f"00-{TRACE}-b7ad6b7169203331-01",
    }
    url = f"{server.server}/blocks/post/html?x={TYPED}"
    httpx2.post(url, json={"settings": {"post": "1"}}, headers=headers)
    os.kill(server.pid, signal.SIGTERM)  # which sends what has been gathered

    def spans() -> list[Any]:
        messages = [ExportTraceServiceRequest.FromString(body) for _, body in collector.bodies]
        return [
            span
            for message in messages
            for resource in message.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    wait_until(lambda: any(span.trace_id.hex() == TRACE for span in spans()))
    [span] = [each for each in spans() if each.trace_id.hex() == TRACE]
    assert span.name == "POST editor.html"
    logged = {each.key: each.value for each in span.attributes}
    assert logged["http.response.status_code"].int_value == 200
    assert logged["plugin_server.request_id"].string_value == "the-request"
    assert logged["plugin_server.account"].string_value == "26"
    assert {path for path, _ in collector.bodies} == {"/v1/traces"}
    for text in (*KIND_OF_SECRET, TYPED, token, "kit-code", "Bearer"):
        assert text.encode() not in collector.received
