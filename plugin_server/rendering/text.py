"""Text from creators and from Kit: what it must lose, and what may never come alive in it."""

import html
import re
import unicodedata
from html.entities import html5

from plugin_server.rendering.value_types import Choice

# Control characters but tab and line feed, marks that turn the direction of what follows,
# lone surrogates and noncharacters: none prints, some break the answer or the email around it.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ufeff\ufff0-\uffff\ud800-\udfff]"
)
# Liquid's delimiters, also when their halves come from two neighbouring values: a brace at either
# end of a value counts as half of one. CSS's url( goes the same way, because a reader that
# rejects it may well search the whole block instead of its styles.
_SPLIT = re.compile(
    r"(?<=\{)(?=[{%]|\Z)|(?<=[}%])(?=\})|\A(?=\})|(?<=url)(?=\s*\()",
    re.IGNORECASE,
)
# Text without any of these, and without what is forbidden, is as harmless as it is.
_SUSPECT = re.compile(f"[{{}}(]|{_FORBIDDEN.pattern}")
# In full, with its semicolon: "AT&T", "&copy" and "a&b;c" are no references, whatever HTML may say.
_REFERENCE = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|(?P<name>[A-Za-z][A-Za-z0-9]{1,31}));"
)
_LTR, _RTL = Choice("ltr"), Choice("rtl")
_NON_JOINER = "\u200c"
_JOINER = "\u200d"
_ELLIPSIS = "\u2026"


def printable(text: str) -> str:
    """Return ``text`` without the characters that no email may carry."""
    if text.isascii() and text.isprintable():  # as most are, and seen at once
        return text
    return _FORBIDDEN.sub("", text)


def one_line(text: str) -> str:
    """Return ``text`` printable, on one line, with single spaces."""
    return " ".join(printable(text).split())


def paragraphs(text: str) -> str:
    r"""Return ``text`` printable with its lines kept, each as ``one_line`` makes it.

    ``\n`` stands between them, and never two empty ones in a row, nor any at an end.
    """
    lines = [one_line(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept = [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
    return "\n".join(kept).strip("\n")


def decode_references(text: str) -> str:
    """Return ``text`` with HTML's character references decoded once: ``&amp;amp;`` is ``&amp;``.

    What is not a whole reference to a known character stays as it is. The result is text, and
    no more markup than before: ``&lt;b&gt;`` shows as ``<b>`` once it is escaped where it is printed.
    """
    return _REFERENCE.sub(_decoded, text) if "&" in text else text


def _decoded(reference: re.Match[str]) -> str:
    name = reference["name"]
    # Python decodes the beginning of an unknown name, too: "&notit;" as "¬it;".
    return html.unescape(reference[0]) if name is None or f"{name};" in html5 else reference[0]


def defuse(text: str) -> str:
    """Return ``text`` so that it reads the same but holds no live Liquid and no ``url(``.

    Kit stores dynamic blocks as Liquid and its sanitizer may decode entities, so an entity would
    not do: an invisible zero-width non-joiner is put between the two characters instead.
    """
    return _SPLIT.sub(_NON_JOINER, printable(text)) if _SUSPECT.search(text) else text


def _joins_previous(text: str, index: int) -> bool:
    """Tell whether the character at ``index`` belongs to the letter or emoji before it."""
    char = text[index]
    return (
        unicodedata.combining(char) != 0
        or char in (_JOINER, "\u20e3")
        or "\ufe00" <= char <= "\ufe0f"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or text[index - 1] == _JOINER
    )


def shorten(text: str, limit: int) -> str:
    """Return ``text`` on one line and at most ``limit`` characters, cut at a word with an ellipsis.

    Text without spaces in its second half, as in Chinese or Japanese, is cut between characters.
    """
    return _cut(one_line(text), limit)


def shorten_paragraphs(text: str, limit: int) -> str:
    """Return ``text`` as ``paragraphs`` does, and cut as ``shorten`` does."""
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
    """Return ``rtl`` or ``ltr`` after the first letter that has a direction, text after text.

    The rule of HTML's ``dir="auto"``, which mail clients do not follow reliably. Text without
    letters is ``ltr``.
    """
    return next((run for text in texts if text and (run := letter_direction(text))), _LTR)


def letter_direction(text: str) -> Choice | None:
    """Return ``rtl`` or ``ltr`` after the first letter that has a direction; ``None`` without any."""
    for char in text:
        # Most texts begin with a letter of these.
        if "a" <= char <= "z" or "A" <= char <= "Z":
            return _LTR
        kind = unicodedata.bidirectional(char)
        if kind in ("R", "AL"):
            return _RTL
        if kind == "L":
            return _LTR
    return None
