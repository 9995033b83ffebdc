"""The cache of emails around blocks: their styles, and the style attributes computed from them."""

import re
import threading
from collections.abc import Callable, Sequence
from typing import Any

from plugin_server.observe.caches import CountedCache
from plugin_server.rendering.email_styles import ELEMENTS, EmailStyles
from plugin_server.rendering.gate_css import inline_style_problems
from plugin_server.rendering.placeholders import ElementFont, StyleCall
from plugin_server.rendering.prepared_block import SAFE_COLOR, UnsafeFilling
from plugin_server.rendering.style_attributes import inline_style

# Cannot leave a style attribute in double quotes, and has no Liquid.
_SAFE_STYLE = re.compile('[^<>&"{}\\\\\x00-\x1f\x7f]*')
# Style attributes cached for an email: all blocks with all of their options have fewer.
_MAX_STYLES = 500
# Bytes that an email, and each of its style attributes, takes besides the text.
_EMAIL_OVERHEAD, _STYLE_OVERHEAD = 6_000, 200


class Email:
    """An email with its computed style attributes; safe to share between threads.

    Attributes:
        styles: its styles.
        colored: the elements that have a color of their own, in order.
        memory: about how many bytes it takes in memory.
    """

    def __init__(self, styles: EmailStyles) -> None:
        """Create it from its styles."""
        self.styles = styles
        self.colored = tuple(each for each in sorted(ELEMENTS) if styles.get(each, "color"))
        self.memory = _EMAIL_OVERHEAD
        self._styles: dict[str, tuple[str, ...]] = {}

    def color(self, element: str) -> str:
        """Return the color of an element that has one."""
        return self.styles.elements[element]["color"]

    def style(self, call: StyleCall, values: Sequence[str]) -> str:
        """Return the value of a style attribute.

        Args:
            call: what the template called.
            values: of the block; colors are filled in from these.

        Raises:
            UnsafeFilling: the gate would reject the style.
        """
        pieces = self._styles.get(call.key) or self._compute(call)
        if len(pieces) == 1:
            return pieces[0]
        filled = list(pieces)
        for place in range(1, len(pieces), 2):
            color = values[call.colors[int(pieces[place])]]
            if not SAFE_COLOR.fullmatch(color):
                raise UnsafeFilling("a color does not match the pattern of its place")
            filled[place] = color
        return "".join(filled)

    def _compute(self, call: StyleCall) -> tuple[str, ...]:
        """Return a style attribute as alternating pieces: text, and the number of a gap."""
        given: dict[str, Any] = {
            name: self.styles.family(value.element) if isinstance(value, ElementFont) else value
            for name, value in call.declarations
        }
        text = self.styles.text
        written = text(call.element, **given) if call.element else inline_style(**given)
        pieces = tuple(str(written).split("\0"))
        sample = "".join("#000000" if at % 2 else piece for at, piece in enumerate(pieces))
        if not _SAFE_STYLE.fullmatch(sample) or inline_style_problems(sample):
            raise UnsafeFilling("a style is not one that blocks may have")
        if len(self._styles) >= _MAX_STYLES:
            self._styles.clear()
            self.memory = _EMAIL_OVERHEAD
        self._styles[call.key] = pieces
        self.memory += len(sample) + len(call.key) + _STYLE_OVERHEAD
        return pieces


class EmailCache:
    """A least-recently-used cache of emails, bounded in bytes; safe to share between threads."""

    def __init__(self, *, megabytes: float) -> None:
        """Create an empty cache of that size."""
        self._cache: CountedCache[bytes, Email] = CountedCache(
            "emails", megabytes * 1024 * 1024, lambda email: email.memory
        )
        self._lock = threading.Lock()

    def get(self, digest: bytes, styles: Callable[[], EmailStyles]) -> Email:
        """Return the email of a digest; ``styles`` is called for its styles if it is not cached."""
        with self._lock:
            found: Email | None = self._cache.get(digest)
        return found or Email(styles())

    def add(self, digest: bytes, email: Email) -> None:
        """Cache an email, unless it alone is larger than the cache."""
        with self._lock:
            if email.memory <= self._cache.maxsize:
                self._cache[digest] = email
