"""Placeholders that print the values themselves, as if there were none."""

import re
import secrets
from collections.abc import Callable
from typing import Any

from typing_extensions import override

from plugin_server.rendering.personal.liquid_code import Writer
from plugin_server.rendering.personal.marks import (
    Each,
    EndEach,
    EndWhen,
    Mark,
    Otherwise,
    PersonalLink,
    PersonalUrl,
    When,
)
from plugin_server.rendering.personal.personal_block import (
    after_query,
    before_query,
    split_after_liquid,
    write_code,
)
from plugin_server.rendering.placeholders import (
    Bindings,
    ColorPlaceholder,
    LinePlaceholder,
    Placeholder,
)
from plugin_server.rendering.prepared_block import write_formatted, write_text
from plugin_server.rendering.value_types import FormattedText

# Random for each process. As the host of a URL and the end of a query, it is what the gate accepts there.
_NONCE = f"m{secrets.token_hex(8)}"
_MARK = re.compile(rf"https://{_NONCE}u(\d+)e/|{_NONCE}p(\d+)e", re.ASCII)


class ValueBindings(Bindings):
    """The placeholders of one run of a template, which print the values of its context.

    Marks for Liquid are printed as words until ``with_liquid`` replaces them.
    """

    def __init__(self, values: list[str]) -> None:
        """Take the values as ``split_context`` returns them, and the class name."""
        super().__init__(self._value_of)
        self._values = values
        self._marks: list[Mark] = []

    @override
    def derive(self, function: Callable[..., str], *arguments: Any) -> ColorPlaceholder:
        placeholder = super().derive(function, *arguments)
        if placeholder.number == len(self._values):
            found = (self._values[a.number] if isinstance(a, Placeholder) else a for a in arguments)
            self._values.append(function(*found))
        return placeholder

    def with_liquid(self, html: str) -> str:
        """Return what the template printed with Liquid in the place of its marks."""
        if not self._marks:
            return html
        found = [*_MARK.finditer(html)]
        marks = [*map(self._mark, found)]
        codes = [write_code(code, self._values) for code in Writer(marks).write()]
        written: list[str] = []
        end = 0
        for each, mark, code in zip(found, marks, codes, strict=True):
            is_email = isinstance(mark, PersonalLink) and self._url(mark).startswith("mailto:")
            written += (html[end : each.start()], "" if is_email else code)
            end = each.end()
        return split_after_liquid("".join((*written, html[end:])))

    def parts(self, html: str) -> list[tuple[int, int]]:
        """Return where what a subscriber may get starts and ends: the whole, or each branch around it."""
        if not self._marks:
            return [(0, len(html))]
        ends: list[int] = []
        depth = 0
        for found in _MARK.finditer(html):
            mark = self._mark(found)
            depth += isinstance(mark, When | Each) - isinstance(mark, EndWhen | EndEach)
            if (depth == 0 and isinstance(mark, EndWhen)) or (
                depth == 1 and isinstance(mark, When | Otherwise)
            ):
                ends += found.span()
        spans = zip(ends[1::2], ends[2::2], strict=False)
        stripped = [
            (end - len(html[start:end].lstrip()), start + len(html[start:end].rstrip()))
            for start, end in spans
        ]
        return [(start, end) for start, end in stripped if start < end]

    def named(self, text: str) -> str:
        """Return a part of what the template printed, for developers: marks as they call them."""
        return _MARK.sub(lambda found: f"[{self._mark(found).path}]", text)

    def _mark(self, found: re.Match[str]) -> Mark:
        return self._marks[int(found[1] or found[2])]

    def _url(self, mark: PersonalLink) -> str:
        return self._values[mark.url.number]

    def _value_of(self, placeholder: Placeholder) -> str:
        if isinstance(placeholder, Mark):
            return self._word_of(placeholder)
        value = self._values[placeholder.number]
        if isinstance(placeholder, LinePlaceholder):
            return write_text(value, placeholder.line)
        if isinstance(value, FormattedText):
            return write_formatted(value, 0)
        return value.replace("&", "&amp;")

    def _word_of(self, mark: Mark) -> str:
        self._marks.append(mark)
        word = f"{_NONCE}p{len(self._marks) - 1}e"
        if isinstance(mark, PersonalUrl):
            return f"https://{_NONCE}u{len(self._marks) - 1}e/"
        if isinstance(mark, PersonalLink):
            url = self._url(mark)
            return f"{before_query(url)}{word}{after_query(url)}".replace("&", "&amp;")
        return word
