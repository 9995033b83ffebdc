"""Checks the sample data of an automation event plugin: a JSON object whose keys Liquid can name.

Source: https://developers.kit.com/plugins/automation-nodes/plugin-configuration
"""

import re
from collections.abc import Iterator
from typing import Any

from plugin_server.findings.finding import START, Finding, Place, error
from plugin_server.findings.lines import Lines
from plugin_server.findings.reporter import excerpt
from plugin_server.findings.wording import kind, shown
from plugin_server.settings.json_parser import Document, NotJson, parse

# Kit documents no limit; an event's context is small, and every preview renders all of it.
LONGEST = 20_000
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_EXAMPLE = 'Write an object, such as {"items": [{"title": "A lamp"}], "checkout_url": "https://…"}.'


def check_sample_data(text: str) -> list[Finding]:
    """Return why the dashboard refuses sample data, with lines and columns; ``[]`` when it accepts it."""
    text = text.removeprefix("\ufeff")
    if len(text) > LONGEST:
        return [
            error("too-long", START, f"it is longer than {LONGEST:,} characters", "Shorten it.")
        ]
    lines = Lines(text)
    try:
        document = parse(text)
    except NotJson as wrong:
        found = error("not-json", Place(), str(wrong), "Nothing else can be checked before it.")
        return [lines.locate(found, wrong.offset)]
    return [
        lines.locate(each, each.place.offset or document.offset(each.place))
        for each in _findings(document)
    ]


def sentence_of(finding: Finding) -> str:
    """Return a finding as the dashboard's list of errors has it."""
    return f"Sample data, line {finding.place.line}: {_plain(finding.sentence)}"


def excerpt_of(text: str, finding: Finding) -> tuple[str, str]:
    """Return the line of the text that a finding is about, and another with a caret below its place."""
    line = Lines(text.removeprefix("\ufeff"))[finding.place.line]
    shown_line, caret = excerpt(line, finding.place.column or 1)
    return _plain(shown_line), caret


def _findings(document: Document) -> Iterator[Finding]:
    value: Any = document.value
    if not isinstance(value, dict):
        yield error("not-object", Place(path=()), f"it is {kind(value)}, not an object", _EXAMPLE)
        return
    for path, offset in document.duplicates:
        message = f"{shown(path[-1])} is written twice in this object, and only the last one counts"
        yield error(
            "duplicate-key", Place(path=path, offset=offset), message, "Remove one of them."
        )
    for name in value:
        if not _NAME.fullmatch(name):
            yield error(
                "field-name",
                Place(path=(name,), is_key=True),
                f"{shown(name)} cannot be a field of the event",
                "Write letters, digits and underscores only, a letter first.",
            )


def _plain(text: str) -> str:
    """Return text that a page can hold: half a surrogate pair is JSON, but no text."""
    return text.encode(errors="backslashreplace").decode()
