"""Sends errors to Sentry and traces to an OpenTelemetry collector, where these are configured.

Both libraries are extras. With their Flask integrations they would send requests with headers, URLs and
queries, the values of local variables, and IP addresses; so neither integration is used. Sentry gets what the
log gets, redacted alike, and a trace what a request's log line contains.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Flask

from plugin_server.observe import record
from plugin_server.observe.redaction import Redactor

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_SERVICE = "plugin-server"
# The parts of an event with texts of others; the rest are ids, times and names of our own.
_TEXTS = ("logentry", "exception", "extra", "threads")
_NEVER_SENT = ("request", "user", "breadcrumbs", "server_name", "modules")


def report_errors(dsn: str, secrets: Iterable[str]) -> None:
    """Send what this process logs as an error to Sentry.

    Args:
        dsn: Sentry's URL of the project.
        secrets: what must not be in an event.
    """
    # An extra: servers without SENTRY_DSN need not have it.
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=dsn,
        default_integrations=False,
        integrations=[LoggingIntegration(level=None), AtexitIntegration(lambda *_: None)],
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=_scrubbing(Redactor(secrets)),
    )


def _scrubbing(redactor: Redactor) -> Callable[[Any, Any], Any]:
    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return redactor.clean(value)
        if isinstance(value, dict):
            return {name: clean(each) for name, each in value.items()}
        return [clean(each) for each in value] if isinstance(value, list | tuple) else value

    def before_send(event: Any, _hint: Any) -> Any:
        sent = {name: part for name, part in event.items() if name not in _NEVER_SENT}
        cleaned = {name: clean(sent[name]) for name in _TEXTS if name in sent}
        tags = {"request_id": record.current().request_id}
        return {**sent, **cleaned, "tags": tags}

    return before_send


def trace_requests(app: Flask, endpoint: str) -> None:
    """Send a span for each request to a collector, joined to the caller's trace if there is one.

    Args:
        app: the application, which has not served a request yet.
        endpoint: the collector's base URL; spans go to its ``/v1/traces``, as OTLP over HTTP.
    """
    # An extra: servers without OTEL_EXPORTER_OTLP_ENDPOINT need not have it.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace import SpanKind, Status, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    provider = TracerProvider(resource=Resource.create({"service.name": _SERVICE}))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer, callers = provider.get_tracer(_SERVICE), TraceContextTextMapPropagator()

    def trace(
        app: "WSGIApplication", environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        parent = callers.extract({"traceparent": environ.get("HTTP_TRACEPARENT", "")})
        method = environ["REQUEST_METHOD"]
        with tracer.start_as_current_span(
            method,
            context=parent,
            kind=SpanKind.SERVER,
            # Both would send the text of an exception.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            response = app(environ, start_response)
            current: record.RequestRecord = environ["plugin_server.record"]
            span.update_name(f"{method} {current.endpoint}")
            span.set_attributes(
                {
                    "http.request.method": method,
                    "http.response.status_code": current.status,
                    "plugin_server.request_id": current.request_id,
                    "plugin_server.outcome": current.error or "ok",
                    "plugin_server.reason": current.reason,
                    "plugin_server.account": current.account,
                    "plugin_server.kit_calls": current.kit_calls,
                    "plugin_server.cache": current.cache,
                }
            )
            if current.status >= 500:
                span.set_status(Status(StatusCode.ERROR))
        return response

    # As Flask's documentation has middleware added; mypy takes it for the replacement of a method.
    app.wsgi_app = partial(trace, app.wsgi_app)  # type: ignore[method-assign]
