"""Addresses in a block: parsed, narrowed and written anew. Nothing here is ever fetched."""

import re
from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

# Over-long addresses are cut by clients and trackers; 2,000 is what every one of them carries.
_MAX_LENGTH = 2000
_UNUSABLE = re.compile(r"[\x00-\x20\x7f-\xa0\\<>\"\u2028\u2029\ufeff\ud800-\udfff]")
# What RFC 3986 allows unescaped, less the quote; braces become %7B and %7D, so that no address
# can hold Liquid.
_SAFE = "%/:?#[]@!$&()*+,;=-._~"
_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]", re.ASCII)
# Signs that would begin a header, such as a blind copy, or mean something to a parser are left out.
_MAILBOX = re.compile(r"[A-Za-z0-9.!$*+=^_|~-]{1,64}@[A-Za-z0-9.-]{1,255}", re.ASCII)
# Readers that reject CSS's url( may search a whole block for it; in text its halves are kept apart
# by an invisible character, which would lead an address astray.
_CSS_URL = re.compile(r"(?<=url)\(", re.IGNORECASE)


# An email's blocks, and a creator who changes one, use the same addresses again and again.
@lru_cache(maxsize=512)
def _web(url: str) -> str | None:
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None or not parts.hostname:
        return None
    host = parts.hostname
    if ":" in host:
        host = f"[{host}]"
    elif not host.isascii():
        host = host.encode("idna").decode("ascii")
    if not _HOST.fullmatch(host):
        return None
    netloc = host if parts.port is None else f"{host}:{parts.port}"
    path, query, fragment = (quote(p, _SAFE) for p in (parts.path, parts.query, parts.fragment))
    return _CSS_URL.sub("%28", urlunsplit((parts.scheme, netloc, path or "/", query, fragment)))


def _parse(url: object, schemes: frozenset[str]) -> str | None:
    if not isinstance(url, str):
        return None
    url = url.strip()
    if not url or len(url) > _MAX_LENGTH or _UNUSABLE.search(url):
        return None
    scheme, colon, rest = url.partition(":")
    if not colon or scheme.lower() not in schemes:
        return None
    if scheme.lower() == "mailto":
        return f"mailto:{rest}" if _MAILBOX.fullmatch(rest) else None
    # "https:host" and "https:///host" are mended by browsers, each in its own way.
    if not rest.startswith("//") or rest.startswith("///"):
        return None
    try:
        written = _web(url)
    except ValueError:  # a port out of range, brackets astray, a host that IDNA refuses
        return None
    return written if written and len(written) <= _MAX_LENGTH else None


def link(url: object) -> str | None:
    """Return an absolute ``https``, ``http`` or ``mailto`` address, or ``None`` when unusable.

    The scheme and host come back in lower case, other hosts than ASCII in Punycode, and whatever
    RFC 3986 does not allow percent-encoded. User names in addresses are refused (they are used to
    show one host and open another), as are control characters, spaces and backslashes.
    """
    return _parse(url, frozenset({"https", "http", "mailto"}))


def web_link(url: object) -> str | None:
    """Return an absolute ``https`` or ``http`` address, or ``None`` when unusable; else as above."""
    return _parse(url, frozenset({"https", "http"}))


def image_url(url: object) -> str | None:
    """Return an absolute ``https`` or ``http`` address of an image, or ``None`` when unusable."""
    return _parse(url, frozenset({"https", "http"}))
