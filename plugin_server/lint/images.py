"""Rules on images: their texts, URLs and widths."""

import re
from collections.abc import Iterator

from plugin_server.findings.finding import Finding, error, info, warning
from plugin_server.lint.page import Page
from plugin_server.lint.urls import PLACEHOLDER, PROGRAMS, has_host, scheme

_FILE = re.compile(r"\S+\.(?:avif|gif|jpe?g|png|svg|webp)", re.IGNORECASE)


def image_texts(page: Page) -> Iterator[Finding]:
    """Find images that are read out as nothing at all, or as a file name."""
    for element in page.of("img"):
        if "alt" not in element.attributes:
            yield error(
                "image-alt",
                element.place,
                "an image without alt",
                'Say what it shows, or write alt="" when it is decoration.',
            )
        elif _FILE.fullmatch(element.get("alt").strip()):
            yield warning(
                "image-alt-file",
                element.place,
                "an image whose alt is the name of its file",
                'Say what it shows, or write alt="" when it is decoration.',
            )


def image_urls(page: Page) -> Iterator[Finding]:
    """Find images that no reader will see, or only some."""
    for element in page.of("img"):
        url, kind = element.get("src").strip(), scheme(element.get("src"))
        if PLACEHOLDER.search(url) or kind in PROGRAMS:
            continue
        if kind not in ("http", "https") or not has_host(url):
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
