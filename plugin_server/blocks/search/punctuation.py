"""Three spellings of a text: punctuation as written, left out, or replaced by spaces."""

import re
import unicodedata
from collections.abc import Iterable

from plugin_server.blocks.search.folding import lines

# Joins the parts of a number, or ends one whose signs were left out; tidy text has no controls.
_JOINT = "\x01"
# Signs that belong to the word beside them: "C#", "#1", "50%".
_WORD_SIGNS = frozenset("#%&*/@\\")
# These patterns look behind last, because a search for a set of characters is several times faster
# than one for a position after something.
_AFTER_LETTER = re.compile(r"[0-9](?<=[^\W\d_].)")
_BEFORE_LETTER = re.compile(r"[0-9](?=[^\W\d_])")
_LEADING_ZEROS = re.compile("0(?<![0-9].)0*(?=[0-9])")
_THOUSANDS = re.compile("[0-9](?<![0-9.,'].)[0-9]{0,2}(?:[.,'][0-9]{3})+(?![.,']?[0-9])")
_JOINED = re.compile(f"[0-9]+(?:{_JOINT}[0-9]+)+")
_THOUSANDS_SIGN = re.compile("[.,']")


def spellings(folded: Iterable[str]) -> tuple[list[str], list[str], list[str]]:
    """Return three spellings of texts as ``fold`` returns them: as written, closed and opened.

    Closed texts have no punctuation, and opened ones have spaces instead, so that "E-mail" is found
    as "e-mail", "email" and "e mail"; a lone symbol is found only as it is written. Punctuation at
    the edge of a word is a word of its own, so that "#1:" contains the word "#1", and so is a
    number, so that "Q1", "1st" and "第1話" contain the word "1".

    A number with signs in it is one word: "1.5" is neither 1 nor 15, and only begins like them;
    "1,000" is 1000. Opened, numbers have no leading zeros.
    """
    text = "".join(f"{line}\n" for line in folded)
    text = _AFTER_LETTER.sub(lambda digit: f" {digit[0]}", text)
    text = _BEFORE_LETTER.sub(lambda digit: f"{digit[0]} ", text)
    written = closed = opened = text
    found = [char for char in set(text) if unicodedata.category(char)[0] in "PS"]
    if found:
        written = _edges_apart(text, found)
        signs = _class(found)
        joined = _THOUSANDS.sub(lambda number: _THOUSANDS_SIGN.sub("", number[0]), text)
        joined = re.sub(f"{signs}(?<=[0-9].){signs}*(?=[0-9])", _JOINT, joined)
        closed = re.sub(f"{signs}+", "", joined)
        if _JOINT in joined:
            closed = _JOINED.sub(lambda number: number[0].replace(_JOINT, "") + _JOINT, closed)
        opened = re.sub(f"{signs}+", " ", joined)
    opened = _LEADING_ZEROS.sub("", opened)
    written_lines = lines(written)
    closed_lines = written_lines if closed == written else lines(closed)
    return written_lines, closed_lines, closed_lines if opened == closed else lines(opened)


def is_number(word: str) -> bool:
    """Return whether ``word`` contains a digit, so that another number is another word."""
    return any(map(str.isdigit, word))


def without_joint(word: str) -> str:
    """Return what longer words contain or begin with that continue where ``word`` ends."""
    return word.rstrip(_JOINT)


def _edges_apart(text: str, signs: Iterable[str]) -> str:
    """Return ``text`` with spaces between words and the punctuation at their edges."""
    found = [sign for sign in signs if _is_edge(sign)]
    if not found:
        return text
    return re.sub(f"{_class(found)}+", _apart, text)


def _apart(sign: re.Match[str]) -> str:
    """Return punctuation with a space between it and the word beside it, unless it is inside one."""
    # Every line begins and ends with a space.
    text, (start, end) = sign.string, sign.span()
    if text[start - 1] == " ":
        return f"{sign[0]} "
    return f" {sign[0]}" if text[end] == " " else sign[0]


def _is_edge(sign: str) -> bool:
    return sign not in _WORD_SIGNS and unicodedata.category(sign)[0] == "P"


def _class(chars: Iterable[str]) -> str:
    return f"[{re.escape(''.join(sorted(chars)))}]"
