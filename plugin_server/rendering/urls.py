"""Parses URLs of links and images as browsers do, and normalizes them. No URL is ever fetched.

The parser is Ada, which implements the standard that browsers follow, https://url.spec.whatwg.org/:
hosts are encoded by UTS 46 without IDNA 2003's transitional mappings (``straße.de`` is not
``strasse.de``, which has another owner), spaces and non-ASCII letters are percent-encoded, tabs and
line breaks inside a URL and white space around it are ignored.

What browsers repair by guessing is refused nevertheless: a missing ``//``, backslashes, quotes and
angle brackets, control characters, a user name before the host.
"""

import re
from functools import lru_cache
from urllib.parse import quote

from ada_url import URL

from plugin_server.rendering.format_characters import remove_format_characters
from plugin_server.rendering.value_types import Url

# Mail clients and trackers cut very long URLs; all of them support 2,000 characters.
_MAX_LENGTH = 2000
# Browsers ignore C0 controls and spaces around a URL; copied URLs have other white space, too.
_AROUND = "".join(map(chr, (*range(0x21), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)))) + (
    "\u2028\u2029\u202f\u205f\u3000"
)
_IGNORED = str.maketrans("", "", "\t\n\r")
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\\<>\"\u2028\u2029\ud800-\udfff]")
_WEB_SCHEMES = frozenset({"https", "http"})
_LINK_SCHEMES = _WEB_SCHEMES | {"mailto"}
_AUTHORITY = re.compile(r"//([^/?#]+)")
# What RFC 3986 allows unescaped, except the quote. Braces become %7B and %7D, also in queries, where
# browsers leave them, so that no URL can contain Liquid.
_SAFE = "%/:?#[]@!$&()*+,;=-._~"
# Browsers also accept empty labels, which DNS does not, and characters that are special elsewhere.
_LABEL = "[a-z0-9_-]+"
_HOST = re.compile(rf"(?=.*[a-z0-9]){_LABEL}(?:\.{_LABEL})*\.?|\[[0-9a-f:]+\]", re.ASCII)
# Without the characters that would start a header, such as a blind copy, or are special to a parser.
_MAILBOX = re.compile(r"[A-Za-z0-9.!$*+=^_|~-]{1,64}@[A-Za-z0-9.-]{1,255}", re.ASCII)
# Software that rejects CSS's url( may search a whole block for it; text.py splits it by an invisible
# character, which would break a URL.
_CSS_URL = re.compile(r"(?<=url)\(", re.IGNORECASE)


# The blocks of an email, and all edits of one block, use the same URLs.
@lru_cache(maxsize=512)
def _normalized(url: str) -> str | None:
    """Return an ``http`` or ``https`` URL in its normalized form; ``None`` for an unusual host.

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
    # Browsers repair "https:host" and "https:///host"; a user name, even an empty one, can be used to show
    # one host and open another.
    authority = _AUTHORITY.match(rest)
    if authority is None or "@" in authority[1]:
        return None
    try:
        written = _normalized(url)
    except ValueError:
        return None
    return Url(written) if written and len(written) <= _MAX_LENGTH else None


def parse_link(url: object) -> Url | None:
    """Return an absolute ``https``, ``http`` or ``mailto`` URL, normalized; ``None`` if it is not usable.

    The result is in the form that browsers write: scheme and host in lower case, non-ASCII hosts in
    Punycode, the path without dot segments, and everything that RFC 3986 does not allow
    percent-encoded, so that it is ASCII. Invisible format characters are dropped. URLs with user names,
    control characters or backslashes are refused. The function is idempotent.
    """
    return _parse(url, _LINK_SCHEMES)


def parse_web_url(url: object) -> Url | None:
    """Return the ``https`` or ``http`` URL of a page or image, otherwise as ``parse_link``; or ``None``."""
    return _parse(url, _WEB_SCHEMES)
