"""Words that findings and commands share: JSON values, lists, counts, suggestions, safe text."""

import json
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

_NAMES = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


def printable(text: str) -> str:
    """Return text that cannot steer a terminal: anyone's file may hold escape sequences."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def counted(number: int, noun: str) -> str:
    """Return ``1 file`` or ``2 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def kind(value: object) -> str:
    """Return what a JSON value is, in words."""
    return _NAMES[type(value)]


def shown(value: Any) -> str:
    """Return a JSON value as it is written, shortened to be read within a sentence."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"


def listed(words: Sequence[str], last: str = "or") -> str:
    """Return ``a, b or c``."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def suggestion(word: str, known: Sequence[str]) -> str:
    """Return ``Did you mean "color"?``, or nothing when nothing known comes near."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    if not close:
        folded = {name.lower(): name for name in known}
        close = [folded[word.lower()]] if word.lower() in folded else []
    return f"Did you mean {shown(close[0])}?" if close else ""
