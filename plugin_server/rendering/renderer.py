"""From a block's name and context to finished HTML that has passed the check."""

import logging
import re
from collections.abc import Callable, Collection, Mapping
from hashlib import blake2s
from typing import Any, NoReturn

from plugin_server.errors import BlockRefused
from plugin_server.findings.finding import NOWHERE, Finding, error
from plugin_server.rendering.blanks import Misplaced, Printing
from plugin_server.rendering.emails import Email, Emails
from plugin_server.rendering.environment import environment
from plugin_server.rendering.gate import MAX_BYTES, check
from plugin_server.rendering.looks import Looks
from plugin_server.rendering.placeholders import (
    ClassPlaceholder,
    ColorPlaceholder,
    LinePlaceholder,
    Placeholder,
    Slots,
    StylesPlaceholder,
)
from plugin_server.rendering.prepared import Prepared, UnsafeFilling, write_text
from plugin_server.rendering.shape import bind, read
from plugin_server.rendering.styles import EmailStyles

log = logging.getLogger(__name__)

# Bytes. A block should have a tenth of what Gmail shows of an email; check.py refuses twice this.
LARGE = 20_000
# SMTP allows 998 bytes a line (RFC 5321 section 4.5.3.1.6); the rest is the sender's margin.
_LONGEST_LINE = 900
# From the beginning of a line on, or all of its ends would be tried, too. A character has at most 4 bytes.
_LONG_LINE = re.compile(rf"^[^\n]{{{_LONGEST_LINE // 4 + 1},}}", re.MULTILINE)
_LONG_ASCII_LINE = re.compile(rf"^[^\n]{{{_LONGEST_LINE + 1},}}", re.MULTILINE)
# A style attribute is one word: a line break in a quoted font family would end its string.
_WORD = re.compile(r'[^ "]*style="[^"]*"[^ ]*|[^ ]+')

# The share of the memory that prepared blocks have: there are far fewer of them than emails.
_LOOKS_SHARE = 1 / 4


def class_name(block: str, instance: str) -> str:
    """Return a class that no other copy of a block in the same email bears, equal for equal input."""
    digest = blake2s(instance.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"kb-{block}-{digest}"


def _fold(found: re.Match[str]) -> str:
    """Break a line that is too long for SMTP at spaces, which HTML reads like line breaks."""
    line = found[0]
    if len(line.encode()) <= _LONGEST_LINE:
        return line
    folded: list[str] = []
    length = 0
    for word in _WORD.findall(line):
        size = len(word.encode()) + 1
        if folded and length + size > _LONGEST_LINE:
            folded.append("\n")
            length = 0
        elif folded:
            folded.append(" ")
        folded.append(word)
        length += size
    return "".join(folded)


def fold(html: str) -> str:
    """Return ``html`` on lines short enough for SMTP."""
    return (_LONG_ASCII_LINE if html.isascii() else _LONG_LINE).sub(_fold, html)


def tidy(html: str) -> str:
    """Return ``html`` without indentation and blank lines."""
    lines = (line.strip(" \t") for line in html.split("\n"))
    return "\n".join(line for line in lines if line)


class Renderer:
    """Renders blocks, and keeps them prepared."""

    def __init__(self, *, megabytes: float, verifies: bool = False) -> None:
        """Make room for what is kept.

        Args:
            megabytes: of prepared blocks, and of the styles of the emails around them; 0 keeps nothing.
            verifies: check every block whole, and compare it with what the template makes of the values
                themselves: for tests, commands and the preview. Otherwise the first of each look is
                checked whole.
        """
        self._looks = Looks(megabytes=megabytes * _LOOKS_SHARE)
        self._emails = Emails(megabytes=megabytes * (1 - _LOOKS_SHARE))
        self._verifies = verifies

    def render(
        self,
        name: str,
        context: Mapping[str, object],
        styles: Callable[[], EmailStyles],
        *,
        instance: str,
        email_digest: bytes,
    ) -> str:
        """Render ``templates/blocks/<name>.html`` and check the result.

        The template sees the context and ``styles``, with placeholders for what is filled in, and
        ``css_class``: a class name of its own for the media query. Equal arguments give equal bytes.

        Args:
            name: a block's name.
            context: what the block's template needs: texts (``str``), what ``rendering.kinds`` has,
                numbers, booleans, ``None``, and lists, dictionaries and dataclasses of these.
            styles: returns those of the email around the block; called only when they are needed.
            instance: any text that tells this copy from others, such as its settings.
            email_digest: tells the email's styles from others'.

        Raises:
            BlockRefused: the block broke a rule of ``check``; a bug (HTTP 500).
            PlaceholderMisuse: the template does with a value what it may not; a bug.
            UnusableContext: so does the context; a bug.
        """
        shape, values = read(context)
        values.append(class_name(name, instance))
        email = self._emails.find(email_digest, styles)
        known = email.memory
        look = (name, email.colored, shape)
        known_look = self._looks.find(look)
        if known_look is not None and not self._verifies:
            html = _filled(name, known_look, values, email)
            if len(html) * 4 > MAX_BYTES and len(html.encode()) > MAX_BYTES:
                _refuse(name, [error("size", NOWHERE, f"over {MAX_BYTES} bytes")])
        else:
            prepared = known_look or prepare(name, context, email.colored)
            html = _filled(name, prepared, values, email)
            if findings := check(html):
                _refuse(name, findings)
            if self._verifies and html != reference(name, context, styles(), values):
                _refuse(
                    name, [error("prepared", NOWHERE, "the template decides by what is filled in")]
                )
            if known_look is None:
                self._looks.keep(look, prepared)
        if email.memory != known:
            self._emails.keep(email_digest, email)
        if len(html) > LARGE // 4 and (size := len(html.encode())) > LARGE:
            log.warning("Block %s has %d bytes; Gmail cuts emails off at about 102,000", name, size)
        return html


def prepare(name: str, context: Mapping[str, object], colored: Collection[str]) -> Prepared:
    """Return a block of the look that a context has, without its values.

    Args:
        name: the block's.
        context: as for ``Renderer.render``.
        colored: the elements to which the email gives a color.

    Raises:
        PlaceholderMisuse: the template does with a value what it may not.
    """

    def printed(slots: Slots) -> str:
        return _printed(name, context, StylesPlaceholder(slots, colored, Email.color), slots)

    printing = Printing()
    try:
        return printing.prepared(printed(printing))
    except Misplaced as misplaced:
        # Once more, for the line of the template.
        printed(Printing(misplaced.printing, misplaced.reason))
        raise


def _printed(name: str, context: Mapping[str, object], styles: object, slots: Slots) -> str:
    template = environment().get_template(f"blocks/{name}.html")
    bound = bind(context, slots)
    css_class = ClassPlaceholder(slots, slots.take_number(), "css_class")
    return tidy(template.render(bound, styles=styles, css_class=css_class))


def _filled(name: str, prepared: Prepared, values: list[str], email: Email) -> str:
    try:
        return fold(prepared.fill(values, email))
    except UnsafeFilling as unsafe:
        _refuse(name, [error("filling", NOWHERE, str(unsafe))], unsafe)


class _Revealing(Slots):
    """Prints values themselves, so that a template renders as if there were no placeholders."""

    def __init__(self, values: list[str]) -> None:
        super().__init__(self._reveal)
        self._values = values

    def derive(self, function: Callable[..., str], *arguments: Any) -> ColorPlaceholder:
        made = super().derive(function, *arguments)
        if made.number == len(self._values):
            found = (self._values[a.number] if isinstance(a, Placeholder) else a for a in arguments)
            self._values.append(function(*found))
        return made

    def _reveal(self, placeholder: Placeholder) -> str:
        value = self._values[placeholder.number]
        if isinstance(placeholder, LinePlaceholder):
            return write_text(value, placeholder.line)
        return value.replace("&", "&amp;")


def reference(
    name: str, context: Mapping[str, object], styles: EmailStyles, values: list[str]
) -> str:
    """Return what a block's template makes of the values themselves, unchecked: no blanks, nothing kept.

    Args:
        name: the block's.
        context: as for ``Renderer.render``.
        styles: the email's.
        values: the context's, as ``shape.read`` returns them, and the class name.
    """
    return fold(_printed(name, context, styles, _Revealing([*values])))


def _refuse(name: str, findings: list[Finding], cause: Exception | None = None) -> NoReturn:
    # Rules and places only: the content is the creator's.
    log.error("Refused block %s: %s", name, "; ".join(map(str, findings)))
    raise BlockRefused from cause


# For commands, examples and tests.
_VERIFYING = Renderer(megabytes=16, verifies=True)


def render_block(
    name: str, context: Mapping[str, object], styles: EmailStyles, *, instance: str
) -> str:
    """Render a block and verify the result; see ``Renderer``, whose arguments and errors are the same."""
    return _VERIFYING.render(
        name, context, lambda: styles, instance=instance, email_digest=styles.digest
    )
