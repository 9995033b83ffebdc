"""Formats of text settings: what has to be typed in one, and what a block gets for it.

Kit's settings JSON has no property for that, so a block's class says it: ``formats = {"start": TIME}``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time

from plugin_server.rendering.urls import parse_link, parse_web_url
from plugin_server.rendering.value_types import Url

# 18:30, 18.30, 18h30, 6:30 pm, 6 p.m.; digits of any script.
_TIME = re.compile(r"(\d{1,2})(?:[:.h\uff1a](\d{2}))?(?: ?([ap])\.?m\.?)?", re.IGNORECASE)
_NOON = 12
# As people write them; an extension follows. The most digits: https://www.itu.int/rec/T-REC-E.164
_PHONE = re.compile(r"(\+?[\d ().\-/\u2010-\u2013]+)(?:,? ?(?:ext\.?|x) ?\d{1,6})?", re.IGNORECASE)
_FEWEST_DIGITS, _MOST_DIGITS = 3, 15
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"[^@]+@(?:{_LABEL}\.)+{_LABEL}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class TextFormat:
    """What a creator has to type in a setting of type ``text``.

    Whoever types something else reads ``"Start" is not a time. Type it as 18:30 or 6:30 pm.``

    Attributes:
        what: what it is, with an article: ``a time``.
        advice: a sentence that says what to type.
        parse: returns the value for a text of one line, 1 to 500 characters; ``None``, or ``ValueError``
            raised, means that it does not fit.
    """

    what: str
    advice: str
    parse: Callable[[str], object] = field(repr=False)

    def read(self, text: str) -> object:
        """Return the value for a text; ``None`` if it does not fit."""
        try:
            return self.parse(text)
        except ValueError:
            return None


def _time(text: str) -> time | None:
    """Return a time of day; a number alone is none, because it may be either half of the day."""
    if not (found := _TIME.fullmatch(text)):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if half := found[3]:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half.lower() == "p" else 0)
    elif found[2] is None:
        return None
    return time(hour, minute)


def _phone(text: str) -> str | None:
    """Return a phone number as it was typed."""
    found = _PHONE.fullmatch(text)
    digits = sum(map(str.isdecimal, found[1])) if found else 0
    return text if _FEWEST_DIGITS <= digits <= _MOST_DIGITS else None


def _email(text: str) -> Url | None:
    """Return a ``mailto:`` URL."""
    address = text.removeprefix("mailto:")
    return parse_link(f"mailto:{address}") if _EMAIL.fullmatch(address) else None


TIME = TextFormat("a time", "Type it as 18:30 or 6:30 pm.", _time)
PHONE = TextFormat("a phone number", "Type it in digits, such as +1 202 555 0147.", _phone)
EMAIL = TextFormat("an email address", "Type it as name@example.com.", _email)
LINK = TextFormat("a web address", "Copy all of it, from https:// on.", parse_web_url)

# By the names under which blocks import them.
STANDARD: Mapping[str, TextFormat] = {"TIME": TIME, "PHONE": PHONE, "EMAIL": EMAIL, "LINK": LINK}
