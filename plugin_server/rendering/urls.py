"""URLs in a block: parsed as browsers do, narrowed, and written in one spelling. None is ever fetched.

The parser is Ada, which implements the standard that browsers follow, https://url.spec.whatwg.org/:
hosts are encoded by UTS 46 without IDNA 2003's transitional mappings (``straße.de`` is not
``strasse.de``, which belongs to somebody else), spaces and other letters than ASCII are
percent-encoded, tabs and line breaks inside a URL and white space around it do not count.

What browsers repair by guessing is refused all the same: a missing ``//``, backslashes, quotes and
angle brackets, control characters, a user name before the host.
"""

import re
from functools import lru_cache
from urllib.parse import quote

from ada_url import URL

from plugin_server.rendering.format_characters import remove_format_characters
from plugin_server.rendering.value_types import Url

# Over-long URLs are cut by clients and trackers; 2,000 characters is what every one of them carries.
_MAX_LENGTH = 2000
# Browsers ignore C0 controls and spaces around a URL; copying brings other white space along, too.
_AROUND = "".join(map(chr, (*range(0x21), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)))) + (
    "\u2028\u2029\u202f\u205f\u3000"
)
_IGNORED = str.maketrans("", "", "\t\n\r")
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\\<>\"\u2028\u2029\ud800-\udfff]")
_AUTHORITY = re.compile(r"//([^/?#]+)")
# What RFC 3986 allows unescaped, less the quote; braces become %7B and %7D, also in queries, where
# browsers let them be, so that no URL can hold Liquid.
_SAFE = "%/:?#[]@!$&()*+,;=-._~"
# Browsers accept empty labels, which no name server knows, and signs that mean something to others.
_LABEL = "[a-z0-9_-]+"
_HOST = re.compile(rf"(?=.*[a-z0-9]){_LABEL}(?:\.{_LABEL})*\.?|\[[0-9a-f:]+\]", re.ASCII)
# Signs that would begin a header, such as a blind copy, or mean something to a parser are left out.
_MAILBOX = re.compile(r"[A-Za-z0-9.!$*+=^_|~-]{1,64}@[A-Za-z0-9.-]{1,255}", re.ASCII)
# Readers that reject CSS's url( may search a whole block for it; in text its halves are kept apart
# by an invisible character, which would lead a URL astray.
_CSS_URL = re.compile(r"(?<=url)\(", re.IGNORECASE)


# An email's blocks, and a creator who changes one, use the same URLs again and again.
@lru_cache(maxsize=512)
def _web(url: str) -> str | None:
    """Return an ``http`` or ``https`` URL in its one spelling; ``None`` for an odd host.

    Raises:
        ValueError: browsers do not open it: a port out of range, a host that UTS 46 refuses.
    """
    parsed = URL(url)
    if not _HOST.fullmatch(parsed.hostname):
        return None
    origin = f"{parsed.protocol}//{parsed.host}"
    rest = quote(parsed.href.removeprefix(origin), _SAFE)
    return origin + _CSS_URL.sub("%28", rest)


def _parse(url: object, schemes: frozenset[str]) -> Url | None:
    if not isinstance(url, str):
        return None
    url = remove_format_characters(url).strip(_AROUND).translate(_IGNORED)
    if not url or len(url) > _MAX_LENGTH or _UNUSABLE.search(url):
        return None
    scheme, colon, rest = url.partition(":")
    if not colon or scheme.lower() not in schemes:
        return None
    if scheme.lower() == "mailto":
        return Url(f"mailto:{rest}") if _MAILBOX.fullmatch(rest) else None
    # "https:host" and "https:///host" are repaired by browsers; a user name, even an empty one, is
    # used to show one host and open another.
    authority = _AUTHORITY.match(rest)
    if authority is None or "@" in authority[1]:
        return None
    try:
        written = _web(url)
    except ValueError:
        return None
    return Url(written) if written and len(written) <= _MAX_LENGTH else None


def parse_link(url: object) -> Url | None:
    """Return an absolute ``https``, ``http`` or ``mailto`` URL, or ``None`` when it is unusable.

    It comes back as browsers write it: the scheme and host in lower case, other hosts than ASCII in
    Punycode, no dots to resolve in its path, and in ASCII, because whatever RFC 3986 does not allow
    is percent-encoded. Format characters that nobody sees are dropped. User names in URLs are
    refused, as are control characters and backslashes. What is returned comes back unchanged when
    it is given again.
    """
    return _parse(url, frozenset({"https", "http", "mailto"}))


def parse_web_url(url: object) -> Url | None:
    """Return an absolute ``https`` or ``http`` URL, or ``None`` when unusable; else as above."""
    return _parse(url, frozenset({"https", "http"}))


def parse_image_url(url: object) -> Url | None:
    """Return an absolute ``https`` or ``http`` URL of an image, or ``None`` when unusable."""
    return _parse(url, frozenset({"https", "http"}))
