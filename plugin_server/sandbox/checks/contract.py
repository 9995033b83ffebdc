"""Validates an app's responses: the shape that Kit requires, in the bytes that were received.

The sandbox knows nothing of the app but its responses, so these rules hold for any language.
Source: https://developers.kit.com/plugins/content-blocks
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

from plugin_server.findings.finding import NOWHERE, Finding, Place, error, info, warning
from plugin_server.sandbox.client.exchange import DEVELOPER_ERROR, Exchange

# Milliseconds. Kit's own timeout is unknown; a creator who types waits for every response.
SLOW, TOO_SLOW = 1_000, 3_000
# The code of findings about time, and of those about labels; all others are "response".
SLOWNESS, LABEL = "slow", "label"
LONGEST_LABEL = 100
MOST_OPTIONS = 100
_LONGEST_SENTENCE = 300

_BOM = b"\xef\xbb\xbf"
_NOT_FOR_CREATORS = re.compile(
    r"traceback|exception|stack ?trace|\bat [\w./<>]+:\d+|\bundefined\b|\bnull\b|<[a-z!/]", re.I
)
_MARKUP = re.compile(r"</?[a-z][^>]*>|&(?:#\d+|#x[0-9a-f]+|[a-z]{2,8});", re.I)
_WHOLE_PAGE = re.compile(r"<(?:!doctype|html|head|body)\b", re.I)

_AS_JSON = 'Respond with JSON in UTF-8 under "Content-Type: application/json".'
_HTML_SHAPE = (
    'Respond with {"code": 200, "html": "<div>…</div>"}, or {"code": 404, "errors": ["…"]}.'
)
_SEARCH_SHAPE = 'Respond with {"data": [{"label": "…", "value": "…"}]}.'

_error = partial(error, "response", NOWHERE)
_warning = partial(warning, "response", NOWHERE)
_label_warning = partial(warning, LABEL, NOWHERE)
_info = partial(info, "response", NOWHERE)


def html_findings(exchange: Exchange) -> list[Finding]:
    """Return the findings in the response of an HTML endpoint."""
    return [*_transport(exchange), *_html_members(exchange)]


def search_findings(exchange: Exchange) -> list[Finding]:
    """Return the findings in the response of a search endpoint."""
    return [*_transport(exchange), *_search_members(exchange)]


def _transport(exchange: Exchange) -> Iterator[Finding]:
    if exchange.problem:
        yield _error(exchange.problem, "Kit shows the creator an error in the block's place.")
    elif exchange.ms > TOO_SLOW:
        yield error(SLOWNESS, NOWHERE, *_slowness(exchange))
    elif exchange.ms > SLOW:
        yield warning(SLOWNESS, NOWHERE, *_slowness(exchange))
    if exchange.status is None or exchange.problem:
        return
    if 300 <= exchange.status < 400:
        yield _error(
            f"The response is a redirect, status {exchange.status}",
            "Kit posts to the URL in the dashboard. Respond there, also with the right slash.",
        )
    yield from _content_type(exchange)
    yield from _json_text(exchange)


def _slowness(exchange: Exchange) -> tuple[str, str]:
    advice = "Kit sends a request at every change of a setting: respond within a second."
    return f"The response took {exchange.ms / 1000:.1f} s", advice


def _content_type(exchange: Exchange) -> Iterator[Finding]:
    given = exchange.header("Content-Type")
    kind, _, parameters = given.lower().partition(";")
    if not given:
        yield _warning("The response has no Content-Type", _AS_JSON)
    elif kind.strip() != "application/json":
        yield _warning(f"The response's Content-Type is {kind.strip()}", _AS_JSON)
    charset = re.search(r"charset=\"?([\w-]+)", parameters)
    if charset and charset[1] not in ("utf-8", "utf8"):
        yield _warning(f"The response's charset is {charset[1]}", _AS_JSON)


def _json_text(exchange: Exchange) -> Iterator[Finding]:
    content = exchange.response_body
    if content.startswith(_BOM):
        yield _error("The response starts with a byte order mark", "Send the JSON without it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        yield _error(f"Byte {problem.start} of the response is not UTF-8", _AS_JSON)
        return
    twice: set[str] = set()
    strange: set[str] = set()

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice.update(name for name, count in Counter(n for n, _ in pairs).items() if count > 1)
        return dict(pairs)

    try:
        value = json.loads(text, object_pairs_hook=note, parse_constant=strange.add)
    except json.JSONDecodeError as problem:
        place = f"line {problem.lineno}, column {problem.colno}"
        message = (
            "The response is empty" if not text.strip() else f"The response is not JSON at {place}"
        )
        yield _error(message, _AS_JSON)
        return
    except RecursionError:
        yield _error("The response is nested too deeply", "Send a flat object.")
        return
    for name in sorted(twice):
        yield _error(f'"{name}" stands twice in one object of the response', "Send it once.")
    for word in sorted(strange):
        yield _error(f"{word} is not JSON", "Send a number, or leave the member out.")
    if not isinstance(value, dict):
        yield _error("The response is JSON, but not an object", _HTML_SHAPE)


def _html_members(exchange: Exchange) -> Iterator[Finding]:
    body = exchange.response_json
    if not isinstance(body, dict):
        return
    if "code" not in body:
        yield _error('"code" is missing', _HTML_SHAPE)
    yield from _code(exchange)
    yield from _errors(exchange)
    html = body.get("html")
    if "html" not in body:
        if not body.get("errors"):
            yield _error('"html" is missing', _HTML_SHAPE)
    elif not isinstance(html, str):
        yield _error(f'"html" is {_kind(html)}, not a string', _HTML_SHAPE)
    elif body.get("errors"):
        yield _warning('"html" and "errors" are both there', "Send one of them: Kit shows one.")
    elif not html.strip():
        yield _error('"html" is empty', "Say in errors why there is nothing to show.")
    elif whole := _WHOLE_PAGE.search(html):
        line = html.count("\n", 0, whole.start()) + 1
        advice = (
            "A block stands inside an email, which has these already. Send what is in the body."
        )
        message = f"The block holds {whole[0].lower()}>, a whole page"
        yield error("response", Place(line), message, advice)


def _code(exchange: Exchange) -> Iterator[Finding]:
    body, status = exchange.response_json, exchange.status
    if "code" not in body:
        return
    code = body["code"]
    if not isinstance(code, int) or isinstance(code, bool):
        yield _error(f'"code" is {_kind(code)}, not a number', _HTML_SHAPE)
    elif not 100 <= code <= 599:
        yield _error(f'"code" is {code}, which is not an HTTP status', _HTML_SHAPE)
    elif code < 300 and not exchange.ok:
        yield _error(f'"code" is {code}, but the HTTP status {status}', "Let them agree.")
    elif not exchange.ok and code != status:
        yield _warning(f'"code" is {code}, but the HTTP status {status}', "Let them agree.")
    elif code < 300 and body.get("errors"):
        yield _error(
            f'"code" is {code} beside errors', "Send the status of the error, such as 404."
        )
    elif code >= 400 and not body.get("errors"):
        advice = 'Say in "errors" what the creator can do.'
        yield _error(f'"code" is {code}, but there are no errors', advice)


def _errors(exchange: Exchange) -> Iterator[Finding]:
    errors = exchange.response_json.get("errors")
    is_for_creators = not exchange.header(DEVELOPER_ERROR)
    if errors is None:
        return
    if not isinstance(errors, list):
        yield _error(f'"errors" is {_kind(errors)}, not a list', 'Send ["One sentence.", …].')
        return
    for sentence in errors:
        if not isinstance(sentence, str):
            yield _error(f'"errors" holds {_kind(sentence)}', "Send strings: creators read them.")
        elif not sentence.strip():
            yield _error('"errors" holds an empty string', "Say what the creator can do.")
        elif is_for_creators and (
            len(sentence) > _LONGEST_SENTENCE or _NOT_FOR_CREATORS.search(sentence)
        ):
            shown = sentence if len(sentence) < 80 else f"{sentence[:80]}…"
            advice = "Creators read it in the editor. Say in their words what to do, as plain text."
            yield _warning(f"An error is not for creators: {shown}", advice)


def _search_members(exchange: Exchange) -> Iterator[Finding]:
    body = exchange.response_json
    if not isinstance(body, dict):
        return
    yield from _code(exchange)
    yield from _errors(exchange)
    data = body.get("data")
    if "data" not in body:
        yield _error('"data" is missing', _SEARCH_SHAPE)
    elif not isinstance(data, list):
        yield _error(f'"data" is {_kind(data)}, not a list', _SEARCH_SHAPE)
    elif not body.get("errors"):
        yield from _options(data, exchange.restored)
        if not data and exchange.request_json.get("search") == "":
            yield _info("Nothing is offered before something is typed", "Send sensible defaults.")


def _options(data: list[Any], restored: tuple[str, ...]) -> Iterator[Finding]:
    rows = [row for row in data if isinstance(row, dict)]
    if len(rows) < len(data):
        yield _error(
            f"Not an object: {len(data) - len(rows)} of {len(data)} options", _SEARCH_SHAPE
        )
    for member in ("label", "value"):
        yield from _texts(member, rows)
    yield from _labels([row["label"] for row in rows if isinstance(row.get("label"), str)])
    if len(data) > MOST_OPTIONS:
        advice = f"Send the best {MOST_OPTIONS} at most: nobody reads more, and each costs time."
        yield _warning(f"{len(data)} options in one response", advice)
    values = [row.get("value") for row in rows]
    for value in restored:
        if value not in values:
            advice = "Kit searches for a stored value when a draft is opened: return its option."
            yield _error(f'The stored value "{value}" is not in the response', advice)
    extra = len(rows) - sum(value in restored for value in values)
    if restored and extra > 0:
        advice = "A search for a stored value is to find that option alone."
        yield _info(f"{extra} more than the stored option{'s'[: len(restored) > 1]}", advice)


def _texts(member: str, rows: list[dict[str, Any]]) -> Iterator[Finding]:
    """Find labels or values that are missing, empty, not strings, or repeated."""
    missing = sum(member not in row for row in rows)
    if missing:
        yield _error(f'No "{member}" in {missing} of {len(rows)} options', _SEARCH_SHAPE)
    wrong = [row[member] for row in rows if member in row and not isinstance(row[member], str)]
    if wrong:
        kinds = " or ".join(sorted({_kind(each) for each in wrong}))
        advice = "Send strings. Kit compares them with what it stored." if member == "value" else ""
        yield _error(
            f'"{member}" is {kinds} in {len(wrong)} of {len(rows)} options',
            advice or "Send strings.",
        )
    texts = [row[member] for row in rows if isinstance(row.get(member), str)]
    empty = sum(not text.strip() for text in texts)
    if empty:
        yield _error(
            f'"{member}" is empty in {empty} of {len(rows)} options', "Leave such options out."
        )
    for text, count in Counter(texts).items():
        if count > 1 and text.strip():
            advice = (
                "Creators cannot distinguish them. Add what does, such as a date."
                if member == "label"
                else "A stored value has to mean one option."
            )
            yield _error(f'The {member} "{text[:80]}" stands {count} times', advice)


def _labels(labels: list[str]) -> Iterator[Finding]:
    long = [label for label in labels if len(label) > LONGEST_LABEL]
    if long:
        advice = f"Cut them at about {LONGEST_LABEL} characters: the list is narrow."
        yield _label_warning(
            f"Too long: {len(long)} of {len(labels)} labels, such as “{long[0][:60]}…”", advice
        )
    marked = [label for label in labels if _MARKUP.search(label)]
    if marked:
        advice = "Labels are plain text: creators would read the markup."
        yield _label_warning(
            f"HTML in {len(marked)} of {len(labels)} labels, such as “{marked[0][:60]}”", advice
        )
    odd = [label for label in labels if label.strip() and " ".join(label.split()) != label]
    if odd:
        advice = "Write each on one line, without spaces around it."
        yield _label_warning(
            f"Odd spaces in {len(odd)} of {len(labels)} labels, such as “{odd[0].strip()[:60]}”",
            advice,
        )


def _kind(value: Any) -> str:
    """Name a parsed JSON value's type as JSON does."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    kinds = {str: "a string", int: "a number", float: "a number", list: "a list"}
    return kinds.get(type(value), "an object")
