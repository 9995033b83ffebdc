"""Text as search compares it: without case, accents and, as far as the reader wants, punctuation."""

import re
import unicodedata
from collections.abc import Callable, Iterable

from plugin_server.rendering.text import one_line

# Nothing behind it can matter, even where much of the text before is not to be seen.
_MAX_READ = 4_000
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
# Variation selectors, and the two characters that stand for what could not be read.
_MEANINGLESS = frozenset("\ufffc\ufffd") | {chr(code) for code in range(0xFE00, 0xFE10)}
# Letters that Unicode does not take apart, and what people type who lack them.
_LETTERS = {
    "\u0131": "i",
    "\u00f8": "o",
    "\u0142": "l",
    "\u0111": "d",
    "\u00f0": "d",
    "\u0127": "h",
    "\u00fe": "th",
    "\u00e6": "ae",
    "\u0153": "oe",
}
_LETTER = re.compile(f"[{''.join(_LETTERS)}]")
_SPACES = re.compile("  +")


def tidy(text: str, limit: int) -> str:
    """Return ``text`` on one line, without what nobody sees, at most ``limit`` characters of it."""
    if len(text) <= limit and text.isprintable():
        return text
    line = one_line(text[:_MAX_READ])
    return "".join(c for c in line if unicodedata.category(c) not in _UNSEEN).strip()[:limit]


def fold(texts: Iterable[str]) -> list[str]:
    """Return tidy texts without case and accents, each word between two single spaces.

    All at once, because that is many times faster than one after the other.
    """
    return _lines(_plain(_joined(texts)))


def spellings(texts: Iterable[str]) -> tuple[list[str], list[str], list[str]]:
    """Return tidy texts folded as they are written, with punctuation left out, and opened by it.

    So "E-mail" is found as "e-mail", "email" and "e mail"; a symbol alone only as it is written.
    """
    written = _plain(_joined(texts))
    punctuation = _any_of(written, lambda c: unicodedata.category(c)[0] in "PS")
    if punctuation is None:
        lines = _lines(written)
        return lines, lines, lines
    return (
        _lines(written),
        _lines(punctuation.sub("", written)),
        _lines(punctuation.sub(" ", written)),
    )


def _joined(texts: Iterable[str]) -> str:
    return "".join(f" {text} \n" for text in texts)


def _lines(text: str) -> list[str]:
    return _SPACES.sub(" ", text).split("\n")[:-1]


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", text)
    if marks := _any_of(text, lambda c: unicodedata.combining(c) > 0 or c in _MEANINGLESS):
        text = marks.sub("", text)
    return _LETTER.sub(lambda letter: _LETTERS[letter[0]], text.casefold())


def _any_of(text: str, wanted: Callable[[str], bool]) -> re.Pattern[str] | None:
    """Return a pattern of those characters of ``text`` that are wanted, asking once for each."""
    found = sorted(filter(wanted, set(text)))
    return re.compile(f"[{re.escape(''.join(found))}]+") if found else None
