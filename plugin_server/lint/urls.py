"""Rules on the URLs of links and images."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from plugin_server.findings.finding import Finding, error, info, warning
from plugin_server.lint.page import Page

# Browsers drop these wherever they stand in a URL, and white space around it.
_DROPPED = re.compile(r"[\t\r\n]")
_AROUND = "".join(map(chr, range(0x21)))
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
# A template's placeholder: what the URL will be is not known yet.
_PLACEHOLDER = re.compile(r"\{\{|\{%|\*\||%%|\[\[|<%")
_PROGRAMS = frozenset({"javascript", "vbscript", "data"})  # which Kit's rules report


def scheme(url: str) -> str:
    """Return a URL's scheme in lower case, as browsers read it; ``""`` for none."""
    match = _SCHEME.match(_DROPPED.sub("", url.lstrip(_AROUND)))
    return match[1].lower() if match else ""


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url.strip(_AROUND)).netloc)
    except ValueError:
        return False


def link_urls(page: Page) -> Iterator[Finding]:
    """Find links that lead nowhere from an email."""
    for element in page.of("a", "area"):
        if "href" not in element.attributes or _PLACEHOLDER.search(element.get("href")):
            continue
        url, kind = element.get("href").strip(), scheme(element.get("href"))
        if url.startswith("#"):
            yield warning(
                "link-fragment",
                element.place,
                "a link to a place in the email itself",
                "Link to a page: clients rename ids, so most readers stay where they are.",
            )
        elif kind in ("http", "https") and _has_host(url):
            continue
        elif kind not in ("mailto", "tel", "sms", *_PROGRAMS):
            yield error(
                "link-address",
                element.place,
                "a link without a full URL" if url else "a link with an empty URL",
                "Write it in full, with https://: an email has no URL of its own.",
            )


def image_urls(page: Page) -> Iterator[Finding]:
    """Find images that no reader will see, or only some."""
    for element in page.of("img"):
        url, kind = element.get("src").strip(), scheme(element.get("src"))
        if _PLACEHOLDER.search(url) or kind in _PROGRAMS:
            continue
        if kind not in ("http", "https") or not _has_host(url):
            yield error(
                "image-address",
                element.place,
                "an image without a full URL",
                "Write its https URL: an email has no URL of its own.",
            )
        elif kind == "http":
            yield info(
                "image-http",
                element.place,
                "an image with an http URL",
                "Write https: some clients do not show others, and anybody on the way can read it.",
            )


def image_widths(page: Page) -> Iterator[Finding]:
    """Find images whose width Word has to guess."""
    for element in page.of("img"):
        if not element.get("width").strip():
            yield warning(
                "image-width",
                element.place,
                "an image without a width attribute",
                "Write the width at which it is shown: classic Outlook reads no CSS on images.",
            )
