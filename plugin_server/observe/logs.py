"""Logging: one pipeline for our own lines and for those of every library.

A line is JSON, or readable text on a terminal; it has a timestamp, a level, a logger, the event and, within a
request, the request's id. Secrets are redacted from what libraries write (see ``observe/redaction.py``). The
libraries' lower levels, which show requests, responses and tokens, are never written, whatever LOG_LEVEL is.
"""

import json
import logging
import sys
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

import msgspec
import structlog
from structlog.typing import Processor

from plugin_server.observe import record
from plugin_server.observe.redaction import Redactor

_VERBOSE_LIBRARIES = (
    "alembic",
    "authlib",
    "gunicorn",
    "httpcore2",
    "httpx2",
    "sqlalchemy",
    "urllib3",
)

_Event = MutableMapping[str, Any]
_REQUEST = {"logger": "plugin_server.request", "event": "request"}


def _to_json(event: _Event) -> str:
    try:
        return msgspec.json.encode(event, enc_hook=repr).decode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return json.dumps(event, default=repr)


def _no_requests(level: str, fields: _Event) -> None:
    """Write no request lines, until the log is configured."""


_write_request: Callable[[str, _Event], None] = _no_requests


def configure(level: str, style: str, secrets: Iterable[str] = ()) -> None:
    """Write this process's log to standard error, from ``level`` upwards.

    Args:
        level: ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``.
        style: ``json`` or ``console``.
        secrets: what must not appear in any line.
    """
    redactor = Redactor(secrets)
    renderer = _renderer(style)
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                _add_request_id,
                structlog.stdlib.ExtraAdder(),
                # Not dict_tracebacks: it would show the values of local variables.
                structlog.processors.format_exc_info,
                _cleaning(redactor),
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # The audit log is written at every LOG_LEVEL.
    logging.getLogger("plugin_server.audit").setLevel(logging.INFO)
    quieten_libraries()
    _configure_requests(level, renderer, redactor)


def quieten_libraries() -> None:
    """Keep the libraries' lower levels out of the log; Authlib, for one, shows tokens there."""
    for name in _VERBOSE_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)


def log_request(level: str, fields: _Event) -> None:
    """Write the line of a request.

    There are many of these lines, and they contain only our own ids and words. So they bypass the standard
    library, and secrets are looked for in the finished line only.

    Args:
        level: ``debug``, ``info`` or ``error``.
        fields: the line's fields, in this order.
    """
    _write_request(level, fields)


def _configure_requests(level: str, renderer: Processor, redactor: Redactor) -> None:
    global _write_request
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    written = {
        name
        for name in ("debug", "info", "error")
        if getattr(logging, name.upper()) >= getattr(logging, level)
    }
    output = sys.stderr.buffer

    def write(grade: str, fields: _Event) -> None:
        if grade not in written:
            return
        event = stamp(None, grade, {"timestamp": "", "level": grade, **_REQUEST, **fields})
        line = str(renderer(None, grade, event))
        if redactor.holds_secret(line):
            line = redactor.clean(line)
        output.write(f"{line}\n".encode(errors="backslashreplace"))
        output.flush()

    _write_request = write


def _renderer(style: str) -> Processor:
    if style == "console":
        return structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    return lambda _logger, _method, event: _to_json(event)


def _add_request_id(_logger: object, _method: str, event: _Event) -> _Event:
    request_id = record.current().request_id
    if request_id:
        event["request_id"] = request_id
    return event


def _cleaning(redactor: Redactor) -> Processor:
    def clean(_logger: object, _method: str, event: _Event) -> _Event:
        for name, value in event.items():
            if isinstance(value, str) and name not in ("timestamp", "request_id"):
                event[name] = redactor.clean(value)
            elif not isinstance(value, int | float | None) and not name.startswith("_"):
                event[name] = redactor.clean(str(value))
        return event

    return clean
