"""Short texts: names in tables, and what URLs and keys make of a title."""

import re
import unicodedata


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, such as the names of a record's members."""
    return tuple(text.split())


def slug(text: str, separator: str) -> str:
    """Return a text in ASCII and lower case, with a separator between its words."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", separator, plain).strip(separator)
