"""Rules on the size of HTML and of its styles, and on how deeply it is nested."""

from collections.abc import Iterator

from plugin_server.findings.finding import START, Finding, Place, error, info, warning
from plugin_server.lint.page import Page
from plugin_server.lint.styles import sheet
from plugin_server.rendering.gate import MAX_BYTES
from plugin_server.rendering.limits import GMAIL_CLIPS_AT
from plugin_server.rendering.source.structure import MAX_DEPTH

_TYPICAL_BYTES = 10_000
_LARGE_BYTES = 20_000
_LONGEST_LINE = 998  # bytes: RFC 5321 section 4.5.3.1.6, without the line break
_MAX_STYLE = 1_000

_SHORTER = "Show less, or shorten texts and URLs: Gmail cuts whole emails off near 102 KB."


def block_size(page: Page) -> Iterator[Finding]:
    """Find blocks that leave the email around them little room."""
    size = len(page.source.encode())
    if page.is_whole or size <= _TYPICAL_BYTES:
        return
    message = f"a block of {size:,} bytes"
    if size > MAX_BYTES:
        yield error("size", START, f"{message}, over {MAX_BYTES:,}", _SHORTER)
    elif size > _LARGE_BYTES:
        yield warning("size", START, message, _SHORTER)
    else:
        yield info("size", START, message, _SHORTER)


def email_size(page: Page) -> Iterator[Finding]:
    """Find emails that Gmail cuts off."""
    size = len(page.source.encode())
    if page.is_whole and size > GMAIL_CLIPS_AT:
        message = f"an email of {size:,} bytes, which Gmail cuts off near {GMAIL_CLIPS_AT:,}"
        yield warning("gmail-clips", START, message, "Show less, and drop what is not seen.")


def long_lines(page: Page) -> Iterator[Finding]:
    """Find lines that mail servers may break anywhere."""
    for number, line in enumerate(page.source.split("\n"), start=1):
        size = len(line.rstrip("\r").encode())
        if size > _LONGEST_LINE:
            yield warning(
                "long-line",
                Place(number, 1),
                f"a line of {size:,} bytes, over the {_LONGEST_LINE} of SMTP",
                "Break it at a space between attributes or words.",
            )


def style_sizes(page: Page) -> Iterator[Finding]:
    """Find large style elements: those of a whole email share Gmail's 16 KB."""
    for element in page.of("style"):
        size = len(element.source.encode())
        if size > _MAX_STYLE and not page.is_whole:
            yield warning(
                "style-size",
                element.place,
                f"a <style> of {size:,} bytes",
                "Write what you can in style attributes: Gmail drops all styles beyond 16 KB.",
            )


def nested_rules(page: Page) -> Iterator[Finding]:
    """Find at-rules inside others, over which Gmail drops every style of the email.

    https://github.com/hteumeuleu/email-bugs/issues/21
    """
    for element in page.of("style"):
        nested = [rule.keyword for rule in sheet(element.source) if rule.keyword and rule.inside]
        if nested:
            yield warning(
                "style-nested",
                element.place,
                f"@{nested[0]} inside another rule",
                "Put it beside the other: Gmail drops all styles of the email over it.",
            )


def depth(page: Page) -> Iterator[Finding]:
    """Find pages that are too deep to be read at all."""
    if page.is_too_deep:
        yield error(
            "too-deep",
            START,
            f"more than {MAX_DEPTH:,} elements inside each other; nothing else was checked",
            "Close what is left open.",
        )
