"""Plain text from creators and from Kit: removes or disarms what is unsafe, shortens, finds its direction."""

import html
import re
import unicodedata
from html.entities import html5

from plugin_server.rendering.value_types import Choice

# Control characters except tab and line feed, marks that change the direction of what follows, lone
# surrogates and noncharacters: all are invisible, and some break the response or the email around it.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ufeff\ufff0-\uffff\ud800-\udfff]"
)
# The inside of Liquid's delimiters, including halves that two neighbouring values could join to one: a
# brace at either end of a value counts as half. CSS's url( is split as well, because software that rejects it
# may search the whole block for it, not only its styles.
_SPLIT = re.compile(
    r"(?<=\{)(?=[{%]|\Z)|(?<=[}%])(?=\})|\A(?=\})|(?<=url)(?=\s*\()",
    re.IGNORECASE,
)
# Text without any of these characters is harmless unchanged.
_SUSPECT = re.compile(f"[{{}}(]|{_FORBIDDEN.pattern}")
# Only with its semicolon: "AT&T", "&copy" and "a&b;c" are not references here, although HTML accepts some.
_REFERENCE = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|(?P<name>[A-Za-z][A-Za-z0-9]{1,31}));"
)
_LTR, _RTL = Choice("ltr"), Choice("rtl")
_NON_JOINER = "\u200c"
_JOINER = "\u200d"
_ELLIPSIS = "\u2026"


def printable(text: str) -> str:
    """Return ``text`` without characters that must not be in an email, such as control characters."""
    if text.isascii() and text.isprintable():  # true for most texts, and fast
        return text
    return _FORBIDDEN.sub("", text)


def one_line(text: str) -> str:
    """Return ``text`` printable, on one line, with single spaces."""
    return " ".join(printable(text).split())


def paragraphs(text: str) -> str:
    r"""Return ``text`` with its lines, each as ``one_line`` returns it, joined by ``\n``.

    Empty lines are removed at both ends, and no two of them are adjacent.
    """
    lines = [one_line(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    remaining = [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
    return "\n".join(remaining).strip("\n")


def decode_references(text: str) -> str:
    """Return ``text`` with HTML's character references decoded once: ``&amp;amp;`` becomes ``&amp;``.

    Anything but a complete reference to a known character is unchanged. The result is text, not markup:
    ``&lt;b&gt;`` shows as ``<b>``, because text is escaped where it is printed.
    """
    return _REFERENCE.sub(_decoded, text) if "&" in text else text


def _decoded(reference: re.Match[str]) -> str:
    name = reference["name"]
    # Python also decodes the start of an unknown name: "&notit;" as "¬it;".
    return html.unescape(reference[0]) if name is None or f"{name};" in html5 else reference[0]


def defuse(text: str) -> str:
    """Return ``text`` so that it looks the same but contains neither Liquid nor ``url(``.

    Kit stores dynamic blocks as Liquid and its sanitizer may decode entities, so an entity would
    not be safe: an invisible zero-width non-joiner is inserted between the two characters instead.
    """
    return _SPLIT.sub(_NON_JOINER, printable(text)) if _SUSPECT.search(text) else text


def _joins_previous(text: str, index: int) -> bool:
    """Return whether the character at ``index`` belongs to the letter or emoji before it."""
    char = text[index]
    return (
        unicodedata.combining(char) != 0
        or char in (_JOINER, "\u20e3")
        or "\ufe00" <= char <= "\ufe0f"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or text[index - 1] == _JOINER
    )


def shorten(text: str, limit: int) -> str:
    """Return ``text`` on one line, cut at a word with an ellipsis to at most ``limit`` characters.

    Text without spaces in its second half, as in Chinese or Japanese, is cut between characters.
    """
    return _cut(one_line(text), limit)


def shorten_paragraphs(text: str, limit: int) -> str:
    """Return ``text`` as ``paragraphs`` returns it, cut as ``shorten`` cuts it."""
    return _cut(paragraphs(text), limit)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    end = limit - len(_ELLIPSIS)
    space = max(text.rfind(mark, end // 2, end + 1) for mark in " \n")
    if space > 0:
        end = space
    else:
        while end > 1 and _joins_previous(text, end):
            end -= 1
    return text[:end].rstrip(" \n,.;:!?\u2013\u2014-([{\u2026") + _ELLIPSIS


def direction(*texts: str | None) -> Choice:
    """Return ``rtl`` or ``ltr`` by the first letter of the texts that has a direction, else ``ltr``.

    This is the rule of HTML's ``dir="auto"``, which mail clients do not follow reliably.
    """
    return next((found for text in texts if text and (found := letter_direction(text))), _LTR)


def letter_direction(text: str) -> Choice | None:
    """Return ``rtl`` or ``ltr`` by the first letter that has a direction; ``None`` if there is none."""
    for char in text:
        # Most texts start with one of these letters.
        if "a" <= char <= "z" or "A" <= char <= "Z":
            return _LTR
        kind = unicodedata.bidirectional(char)
        if kind in ("R", "AL"):
            return _RTL
        if kind == "L":
            return _LTR
    return None
