"""What an app's answers owe to Kit: their shape, judged on the bytes that were received.

The sandbox knows nothing of the app but its answers, so these rules hold for any language.
Source: https://developers.kit.com/plugins/content-blocks
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from plugin_server.sandbox.checks.findings import Remark, error, info, warning
from plugin_server.sandbox.client.exchange import Exchange

# Milliseconds. Kit's own time-out is unknown; a creator who types waits for every answer.
SLOW, TOO_SLOW = 1_000, 3_000
LONGEST_LABEL = 100
MOST_OPTIONS = 100
_LONGEST_SENTENCE = 300

_BOM = b"\xef\xbb\xbf"
_NOT_FOR_CREATORS = re.compile(
    r"traceback|exception|stack ?trace|\bat [\w./<>]+:\d+|\bundefined\b|\bnull\b|<[a-z!/]", re.I
)
_MARKUP = re.compile(r"</?[a-z][^>]*>|&(?:#\d+|#x[0-9a-f]+|[a-z]{2,8});", re.I)
_WHOLE_PAGE = re.compile(r"<(?:!doctype|html|head|body)\b", re.I)

_AS_JSON = 'Answer with JSON in UTF-8 under "Content-Type: application/json".'
_HTML_SHAPE = 'Answer {"code": 200, "html": "<div>…</div>"}, or {"code": 404, "errors": ["…"]}.'
_SEARCH_SHAPE = 'Answer {"data": [{"label": "…", "value": "…"}]}.'


def html_faults(exchange: Exchange) -> list[Remark]:
    """Return what is wrong with the answer of an HTML endpoint."""
    return [*_transport(exchange), *_html_members(exchange)]


def search_faults(exchange: Exchange) -> list[Remark]:
    """Return what is wrong with the answer of a search endpoint."""
    return [*_transport(exchange), *_search_members(exchange)]


def _transport(exchange: Exchange) -> Iterator[Remark]:
    if exchange.problem:
        yield error(exchange.problem, "Kit shows the creator an error in the block's place.")
    elif exchange.ms > TOO_SLOW:
        yield error(*_slowness(exchange))
    elif exchange.ms > SLOW:
        yield warning(*_slowness(exchange))
    if exchange.status is None or exchange.problem:
        return
    if 300 <= exchange.status < 400:
        yield error(
            f"The answer is a redirect, status {exchange.status}",
            "Kit posts to the address in the dashboard. Answer there, also with the right slash.",
        )
    yield from _content_type(exchange)
    yield from _json_text(exchange)


def _slowness(exchange: Exchange) -> tuple[str, str]:
    hint = "Kit asks at every change of a setting: answer within a second, from a cache if need be."
    return f"The answer took {exchange.ms / 1000:.1f} s", hint


def _content_type(exchange: Exchange) -> Iterator[Remark]:
    given = next((v for n, v in exchange.response_headers if n.lower() == "content-type"), "")
    kind, _, parameters = given.lower().partition(";")
    if not given:
        yield warning("The answer has no Content-Type", _AS_JSON)
    elif kind.strip() != "application/json":
        yield warning(f"The answer's Content-Type is {kind.strip()}", _AS_JSON)
    charset = re.search(r"charset=\"?([\w-]+)", parameters)
    if charset and charset[1] not in ("utf-8", "utf8"):
        yield warning(f"The answer's charset is {charset[1]}", _AS_JSON)


def _json_text(exchange: Exchange) -> Iterator[Remark]:
    content = exchange.response_body
    if content.startswith(_BOM):
        yield error("The answer begins with a byte order mark", "Send the JSON without it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        yield error(f"Byte {problem.start} of the answer is not UTF-8", _AS_JSON)
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
        said = "The answer is empty" if not text.strip() else f"The answer is not JSON at {place}"
        yield error(said, _AS_JSON)
        return
    except RecursionError:
        yield error("The answer is nested too deeply", "Send a flat object.")
        return
    for name in sorted(twice):
        yield error(f'"{name}" stands twice in one object of the answer', "Send it once.")
    for word in sorted(strange):
        yield error(f"{word} is not JSON", "Send a number, or leave the member out.")
    if not isinstance(value, dict):
        yield error("The answer is JSON, but not an object", _HTML_SHAPE)


def _html_members(exchange: Exchange) -> Iterator[Remark]:
    answer = exchange.response_json
    if not isinstance(answer, dict):
        return
    if "code" not in answer:
        yield error('"code" is missing', _HTML_SHAPE)
    yield from _code(exchange)
    yield from _errors(answer)
    html = answer.get("html")
    if "html" not in answer:
        if not answer.get("errors"):
            yield error('"html" is missing', _HTML_SHAPE)
    elif not isinstance(html, str):
        yield error(f'"html" is {_kind(html)}, not a string', _HTML_SHAPE)
    elif answer.get("errors"):
        yield warning('"html" and "errors" are both there', "Send one of them: Kit shows one.")
    elif not html.strip():
        yield error('"html" is empty', "Say in errors why there is nothing to show.")
    elif whole := _WHOLE_PAGE.search(html):
        line = html.count("\n", 0, whole.start()) + 1
        hint = "A block stands inside an email, which has these already. Send what is in the body."
        yield error(f"The block holds {whole[0].lower()}>, a whole page", hint, line)


def _code(exchange: Exchange) -> Iterator[Remark]:
    answer, status = exchange.response_json, exchange.status
    if "code" not in answer:
        return
    code = answer["code"]
    if not isinstance(code, int) or isinstance(code, bool):
        yield error(f'"code" is {_kind(code)}, not a number', _HTML_SHAPE)
    elif not 100 <= code <= 599:
        yield error(f'"code" is {code}, which is no HTTP status', _HTML_SHAPE)
    elif code < 300 and not exchange.ok:
        yield error(f'"code" is {code}, but the HTTP status {status}', "Let them agree.")
    elif not exchange.ok and code != status:
        yield warning(f'"code" is {code}, but the HTTP status {status}', "Let them agree.")
    elif code < 300 and answer.get("errors"):
        yield error(f'"code" is {code} beside errors', "Send the status of the error, such as 404.")
    elif code >= 400 and not answer.get("errors"):
        hint = 'Say in "errors" what the creator can do.'
        yield error(f'"code" is {code}, but there are no errors', hint)


def _errors(answer: dict[str, Any]) -> Iterator[Remark]:
    errors = answer.get("errors")
    if errors is None:
        return
    if not isinstance(errors, list):
        yield error(f'"errors" is {_kind(errors)}, not a list', 'Send ["One sentence.", …].')
        return
    for sentence in errors:
        if not isinstance(sentence, str):
            yield error(f'"errors" holds {_kind(sentence)}', "Send strings: creators read them.")
        elif not sentence.strip():
            yield error('"errors" holds an empty string', "Say what the creator can do.")
        elif len(sentence) > _LONGEST_SENTENCE or _NOT_FOR_CREATORS.search(sentence):
            shown = sentence if len(sentence) < 80 else f"{sentence[:80]}…"
            hint = "Creators read it in the editor. Say in their words what to do, as plain text."
            yield warning(f"An error is not for creators: {shown}", hint)


def _search_members(exchange: Exchange) -> Iterator[Remark]:
    answer = exchange.response_json
    if not isinstance(answer, dict):
        return
    yield from _code(exchange)
    yield from _errors(answer)
    data = answer.get("data")
    if "data" not in answer:
        yield error('"data" is missing', _SEARCH_SHAPE)
    elif not isinstance(data, list):
        yield error(f'"data" is {_kind(data)}, not a list', _SEARCH_SHAPE)
    elif not answer.get("errors"):
        yield from _options(data, exchange.restored)
        if not data and exchange.request_json.get("search") == "":
            yield info("Nothing is offered before something is typed", "Send sensible defaults.")


def _options(data: list[Any], restored: tuple[str, ...]) -> Iterator[Remark]:
    rows = [row for row in data if isinstance(row, dict)]
    if len(rows) < len(data):
        yield error(f"Not an object: {len(data) - len(rows)} of {len(data)} options", _SEARCH_SHAPE)
    for member in ("label", "value"):
        yield from _texts(member, rows)
    yield from _labels([row["label"] for row in rows if isinstance(row.get("label"), str)])
    if len(data) > MOST_OPTIONS:
        hint = f"Send the best {MOST_OPTIONS} at most: nobody reads more, and each costs time."
        yield warning(f"{len(data)} options in one answer", hint)
    values = [row.get("value") for row in rows]
    for value in restored:
        if value not in values:
            hint = "Kit searches for a stored value when a draft is opened: answer its option."
            yield error(f'The stored value "{value}" is not in the answer', hint)
    extra = len(rows) - sum(value in restored for value in values)
    if restored and extra > 0:
        hint = "A search for a stored value is to find that option alone."
        yield info(f"{extra} more than the stored option{'s'[: len(restored) > 1]}", hint)


def _texts(member: str, rows: list[dict[str, Any]]) -> Iterator[Remark]:
    """Find labels or values that are missing, empty, no strings, or there twice."""
    missing = sum(member not in row for row in rows)
    if missing:
        yield error(f'No "{member}" in {missing} of {len(rows)} options', _SEARCH_SHAPE)
    wrong = [row[member] for row in rows if member in row and not isinstance(row[member], str)]
    if wrong:
        kinds = " or ".join(sorted({_kind(each) for each in wrong}))
        hint = "Send strings. Kit compares them with what it stored." if member == "value" else ""
        yield error(
            f'"{member}" is {kinds} in {len(wrong)} of {len(rows)} options', hint or "Send strings."
        )
    texts = [row[member] for row in rows if isinstance(row.get(member), str)]
    empty = sum(not text.strip() for text in texts)
    if empty:
        yield error(
            f'"{member}" is empty in {empty} of {len(rows)} options', "Leave such options out."
        )
    for text, count in Counter(texts).items():
        if count > 1 and text.strip():
            hint = (
                "Creators cannot tell them apart. Add what does, such as a date."
                if member == "label"
                else "A stored value has to mean one option."
            )
            yield error(f'The {member} "{text[:80]}" stands {count} times', hint)


def _labels(labels: list[str]) -> Iterator[Remark]:
    long = [label for label in labels if len(label) > LONGEST_LABEL]
    if long:
        hint = f"Cut them at about {LONGEST_LABEL} characters: the list is narrow."
        yield warning(
            f"Too long: {len(long)} of {len(labels)} labels, such as “{long[0][:60]}…”", hint
        )
    marked = [label for label in labels if _MARKUP.search(label)]
    if marked:
        hint = "Labels are plain text: creators would read the markup."
        yield warning(
            f"HTML in {len(marked)} of {len(labels)} labels, such as “{marked[0][:60]}”", hint
        )
    odd = [label for label in labels if label.strip() and " ".join(label.split()) != label]
    if odd:
        hint = "Write each on one line, without spaces around it."
        yield warning(
            f"Odd spaces in {len(odd)} of {len(labels)} labels, such as “{odd[0].strip()[:60]}”",
            hint,
        )


def _kind(value: Any) -> str:
    """Name a parsed JSON value's type as JSON does."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    kinds = {str: "a string", int: "a number", float: "a number", list: "a list"}
    return kinds.get(type(value), "an object")
