"""Rules on the URLs of links, and how browsers read a URL."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from plugin_server.findings.finding import Finding, error, warning
from plugin_server.lint.page import Page

# Browsers drop these wherever they stand in a URL, and white space around it.
_DROPPED = re.compile(r"[\t\r\n]")
_AROUND = "".join(map(chr, range(0x21)))
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
# A template's placeholder: what the URL will be is not known yet.
PLACEHOLDER = re.compile(r"\{\{|\{%|\*\||%%|\[\[|<%")
PROGRAMS = frozenset({"javascript", "vbscript", "data"})  # which Kit's rules report


def scheme(url: str) -> str:
    """Return a URL's scheme in lower case, as browsers read it; ``""`` for none."""
    match = _SCHEME.match(_DROPPED.sub("", url.lstrip(_AROUND)))
    return match[1].lower() if match else ""


def has_host(url: str) -> bool:
    """Return whether a URL names a host."""
    try:
        return bool(urlsplit(url.strip(_AROUND)).netloc)
    except ValueError:
        return False


def link_urls(page: Page) -> Iterator[Finding]:
    """Find links that lead nowhere from an email."""
    for element in page.of("a", "area"):
        if "href" not in element.attributes or PLACEHOLDER.search(element.get("href")):
            continue
        url, kind = element.get("href").strip(), scheme(element.get("href"))
        if url.startswith("#"):
            yield warning(
                "link-fragment",
                element.place,
                "a link to a place in the email itself",
                "Link to a page: clients rename ids, so most readers stay where they are.",
            )
        elif kind in ("http", "https") and has_host(url):
            continue
        elif kind not in ("mailto", "tel", "sms", *PROGRAMS):
            yield error(
                "link-address",
                element.place,
                "a link without a full URL" if url else "a link with an empty URL",
                "Write it in full, with https://: an email has no URL of its own.",
            )
