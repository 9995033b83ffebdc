"""Texts that strain any block: very long, in other alphabets, right to left, hostile.

Also what strains a dynamic block: hostile values, and an event's data with other texts. Both that show blocks
to sample subscribers, the lint of examples and the sandbox, take them from here.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

_HOSTILE = (
    """"><script>alert(1)</script><img src=x onerror=alert(1)>{{ subscriber.email_address }}"""
    """{% if x %}</td></table></style><!--' style=background:url(//evil.example)"""
)
STRESS_TEXTS: Mapping[str, str] = {
    "very_long": "Everything I know about the sea, and most of what I have forgotten " * 40
    + "Donaudampfschifffahrtsgesellschaftskapitän" * 8,
    "other_alphabets": "Übers Warten, Ελληνικά, Кириллица, 港の手紙, 한 척의 배, ภาษาไทย, हिन्दी, "
    "👩‍👩‍👧 e\u0301",
    "right_to_left": "מכתבים מהנמל: מה שהגאות משאירה מאחור, 12 פעמים בשנה",
    "hostile": _HOSTILE,
}

# What a hostile subscriber or event has in a text, and where a URL should be.
HOSTILE_VALUE = f"{STRESS_TEXTS['hostile']} {STRESS_TEXTS['very_long']}"
HOSTILE_URL = f"javascript:alert(1)//{STRESS_TEXTS['hostile']}"

# The types of setting in which creators type, and the most characters that Kit accepts.
TYPED = {"text": 500, "textarea": 5000}

# What is probably in a field with a format, where nobody says so: the sandbox sees no block's class.
_FORMATTED = re.compile(r"https://.*|[^\s@]+@[^\s@]+|[+\d ():./-]+([ap]m)?", re.DOTALL)


class Field(NamedTuple):
    """A setting's properties that limit its text: see ``settings_json``.

    ``has_format`` says that its block takes only some texts, such as times.
    """

    name: str
    type: str
    max_length: float | None
    has_format: bool = False


def replace_texts(
    settings: Mapping[str, Any], text: str, fields: Iterable[Field]
) -> dict[str, Any]:
    """Return ``settings`` with ``text``, cut to each field's limit, in place of all typed text.

    URLs, email addresses, times and phone numbers stay, and so does what a field with a format holds: a
    block responds to any other text in their place with an error.
    """
    known = {field.name: field for field in fields}
    return {
        name: _typed(known[name], value, text) if name in known else value
        for name, value in settings.items()
    }


def _typed(field: Field, value: Any, text: str) -> Any:
    limit = TYPED.get(field.type)
    if limit is None or field.has_format or _FORMATTED.fullmatch(str(value)):
        return value
    return text[: min(limit, int(field.max_length or limit))]


def with_texts(value: Any, text: str, url: str | None = None) -> Any:
    """Return an event's data with another text in place of every text; URLs stay without ``url``."""
    match value:
        case dict():
            return {key: with_texts(each, text, url) for key, each in value.items()}
        case list() | tuple():
            return [with_texts(each, text, url) for each in value]
        case str() if value.startswith(("https://", "http://")):
            return value if url is None else url
        case str():
            return text
    return value
