"""What is wrong with a settings JSON: one record for each finding, of every check."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from plugin_server.settings.positions import Path

_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_NAMES = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


class Severity(StrEnum):
    """Errors fail a check: Kit refuses the settings JSON, or a setting cannot work. Warnings do not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One mistake: where it is, what is wrong, and what to write instead.

    ``code`` never changes its meaning, so tools may rely on it. ``at_key`` points at the name of the
    property instead of its value.
    """

    code: str
    path: Path
    message: str
    hint: str
    severity: Severity = Severity.ERROR
    at_key: bool = False


def json_path(path: Path) -> str:
    """Return ``[2].options[0].label`` for a path; the whole file is ``$``."""
    return "".join(map(_step, path)).removeprefix(".") or "$"


def _step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _IDENTIFIER.fullmatch(part) else f"[{json.dumps(part)}]"


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
