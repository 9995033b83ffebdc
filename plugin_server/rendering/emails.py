"""Emails around blocks: their styles, and the style attributes that were worked out of them."""

import re
import threading
from collections.abc import Callable, Sequence
from typing import Any

from plugin_server.observe.caches import CountedCache
from plugin_server.rendering.gate_css import inline_style_problems
from plugin_server.rendering.inline import inline_style
from plugin_server.rendering.placeholders import Family, StyleCall
from plugin_server.rendering.prepared import SAFE_COLOR, UnsafeFilling
from plugin_server.rendering.styles import ELEMENTS, EmailStyles

# What stays in a style attribute in double quotes, and holds no Liquid.
_SAFE_STYLE = re.compile('[^<>&"{}\\\\\x00-\x1f\x7f]*')
# Styles kept of an email: all blocks with all of their options have fewer.
_MAX_STYLES = 500
# Bytes of an email, and of each style, beside the text.
_EMAIL_OVERHEAD, _STYLE_OVERHEAD = 6_000, 200


class Email:
    """One email; threads may share it.

    Attributes:
        styles: its styles.
        colored: the elements that have a color of their own, in order.
        memory: about how many bytes it takes.
    """

    def __init__(self, styles: EmailStyles) -> None:
        """Take its styles."""
        self.styles = styles
        self.colored = tuple(each for each in sorted(ELEMENTS) if styles.get(each, "color"))
        self.memory = _EMAIL_OVERHEAD
        self._styles: dict[str, tuple[str, ...]] = {}

    def color(self, element: str) -> str:
        """Return the color of an element that has one."""
        return self.styles.elements[element]["color"]

    def style(self, call: StyleCall, values: Sequence[str]) -> str:
        """Return a style attribute with the colors that are filled in.

        Raises:
            UnsafeFilling: it is not one that a block may have.
        """
        pieces = self._styles.get(call.key) or self._work_out(call)
        if len(pieces) == 1:
            return pieces[0]
        filled = list(pieces)
        for place in range(1, len(pieces), 2):
            color = values[call.colors[int(pieces[place])]]
            if not SAFE_COLOR.fullmatch(color):
                raise UnsafeFilling("a color is not as it should be in this place")
            filled[place] = color
        return "".join(filled)

    def _work_out(self, call: StyleCall) -> tuple[str, ...]:
        """Return a style as text and the numbers of its gaps in turn."""
        given: dict[str, Any] = {
            name: self.styles.family(value.element) if isinstance(value, Family) else value
            for name, value in call.declarations
        }
        text = self.styles.text
        written = text(call.element, **given) if call.element else inline_style(**given)
        pieces = tuple(str(written).split("\0"))
        sample = "".join("#000000" if at % 2 else piece for at, piece in enumerate(pieces))
        if not _SAFE_STYLE.fullmatch(sample) or inline_style_problems(sample):
            raise UnsafeFilling("a style is not one that blocks have")
        if len(self._styles) >= _MAX_STYLES:
            self._styles.clear()
            self.memory = _EMAIL_OVERHEAD
        self._styles[call.key] = pieces
        self.memory += len(sample) + len(call.key) + _STYLE_OVERHEAD
        return pieces


class Emails:
    """The emails that are being edited, bounded in bytes; those not used for longest go first."""

    def __init__(self, *, megabytes: float) -> None:
        """Make it empty."""
        self._kept: CountedCache[bytes, Email] = CountedCache(
            "emails", megabytes * 1024 * 1024, lambda email: email.memory
        )
        self._lock = threading.Lock()

    def find(self, digest: bytes, styles: Callable[[], EmailStyles]) -> Email:
        """Return the email of a digest; ``styles`` returns its styles if it is not known."""
        with self._lock:
            found: Email | None = self._kept.get(digest)
        return found or Email(styles())

    def keep(self, digest: bytes, email: Email) -> None:
        """Keep an email, unless it alone is more than there is room for."""
        with self._lock:
            if email.memory <= self._kept.maxsize:
                self._kept[digest] = email
