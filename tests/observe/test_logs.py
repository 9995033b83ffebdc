"""What the log looks like, from processes of their own: the pipeline is the whole process's."""

import json
from typing import Any

import pytest
from support.servers import commands

from plugin_server.errors import KitUnavailable

pytestmark = pytest.mark.processes

SECRET = "a-secret-of-this-server"


def written(code: str, *, level: str = "INFO", style: str = "json") -> str:
    """Return what a process writes that configures its log and runs some code."""
    lines = [
        "import logging",
        "from plugin_server.observe import logs, record",
        "from plugin_server.observe.audit import audit",
        f"logs.configure({level!r}, {style!r}, secrets=[{SECRET!r}])",
        "log = logging.getLogger('plugin_server.test')",
        code,
    ]
    return commands.run_code("\n".join(lines))


def parsed(code: str, **how: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written(code, **how).splitlines()]


def test_a_line_says_when_how_grave_who_and_what() -> None:
    [line] = parsed("log.warning('Left out %d records', 3)")
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "warning",
        "logger": "plugin_server.test",
        "event": "Left out 3 records",
    }


def test_an_audit_event_has_its_ids_as_fields() -> None:
    [line] = parsed("audit('revoked', family=3, account=None)")
    assert (line["logger"], line["event"], line["family"]) == (
        "plugin_server.audit",
        "revoked",
        3,
    )
    assert "account" not in line


def test_the_audit_log_is_written_at_every_level() -> None:
    [line] = parsed("log.warning('x')\naudit('revoked', family=3)", level="ERROR")
    assert line["event"] == "revoked"


def test_a_line_within_a_request_has_the_requests_id() -> None:
    code = (
        "record.set_current(record.RequestRecord('the-id'))\nlog.warning('x')\n"
        "record.clear()\nlog.warning('y')"
    )
    within, after = parsed(code)
    assert within["request_id"] == "the-id"
    assert "request_id" not in after


@pytest.mark.parametrize(
    "library", ["gunicorn.error", "sqlalchemy.engine", "authlib.oauth2", "httpx2", "alembic"]
)
def test_libraries_write_warnings_only_and_through_the_same_pipeline(library: str) -> None:
    code = (
        f"their = logging.getLogger({library!r})\n"
        "their.debug('token=abc'); their.info('token=abc')\n"
        "their.warning('failed for ada@example.com')"
    )
    [line] = parsed(code, level="DEBUG")
    assert (line["logger"], line["event"]) == (library, "failed for [email]")


def test_an_exception_is_shown_without_local_values_and_secrets() -> None:
    code = f"""
def fail(argument):
    local = 'local-value'
    try:
        raise KeyError({SECRET!r})
    except KeyError as error:
        raise ValueError('for ada@example.com: ' + argument) from error
try:
    fail('ok so far')
except ValueError:
    log.exception('It failed')
"""
    [line] = parsed(code)
    assert line["event"] == "It failed"
    assert "ValueError: for [email]: ok so far" in line["exception"]
    assert "in fail" in line["exception"]
    assert "KeyError: '[redacted]'" in line["exception"]
    assert "local-value" not in line["exception"]


def test_fields_are_cleaned_whatever_their_type() -> None:
    code = f"log.warning('x', extra={{'a': {SECRET!r}, 'b': [{SECRET!r}], 'c': 5, 'd': None}})"
    [line] = parsed(code)
    assert (line["a"], line["b"], line["c"], line["d"]) == (
        "[redacted]",
        "['[redacted]']",
        5,
        None,
    )


def test_a_field_that_json_does_not_know_breaks_nothing() -> None:
    [line] = parsed("logs.log_request('info', {'x': object(), 'y': '\\udc80'})")
    assert line["x"].startswith("<object")


def test_the_line_of_a_request_is_filtered_too() -> None:
    lines = parsed(f"logs.log_request('info', {{'id': {SECRET!r}}})")
    assert lines[0]["id"] == "[redacted]"
    assert lines[0]["event"] == "request"


def test_on_a_terminal_it_is_for_people() -> None:
    text = written("audit('revoked', family=3)\nlog.warning('x@example.com')", style="console")
    assert "revoked" in text
    assert "family=3" in text
    assert "[email]" in text
    assert "{" not in text


def test_our_own_errors_show_their_sentence() -> None:
    code = f"log.error('x', exc_info={KitUnavailable.__name__}())"
    [line] = parsed(f"from plugin_server.errors import KitUnavailable\n{code}")
    assert line["exception"].endswith(
        "KitUnavailable: Kit is not responding. Try again in a minute."
    )
