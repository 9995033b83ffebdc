"""Our URLs beside Chromium's: where a reader's browser opens what a block links to."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from plugin_server.rendering.urls import parse_link

REFUSED = json.loads((Path(__file__).parents[1] / "corpus" / "urls.json").read_text("utf-8"))
URLS = [
    "https://straße.de/",
    "https://faß.example/ß?ß#ß",
    "https://βόλος.com/",
    "https://ẞ.example/",
    "https://bücher.example/ü",
    "https://نامه\u200cای.com/می\u200cخواهم",
    "https://ශ්\u200dරී.com/",
    "https://i❤.ws/❤\ufe0f",
    "https://☕.example/👩\u200d🚀",
    "https://🫨.example/",
    "https://日本語。jp/日本",
    "https://ｅｘａｍｐｌｅ．ｃｏｍ/",
    "https://１２７。0.0.1/",
    "https://0x7f.1:8080/",
    "https://ex%61mple.com/%61",
    "https://b%C3%BCcher.example/",
    "https://my_shop.example/",
    "https://r3---sn.example/-/",
    "https://example.com./",
    "https://İ.example/",
    "https://℡.example/",
    "https://Ა.example/",
    "https://xn--strae-oqa.de/",
    "https://[::ffff:192.0.2.1]:8443/",
    "https://[2001:DB8::0:1]/",
    "HTTP://A.Example:80/a b  c?d e#f g",
    "https://a.example/a\u00a0b\u3000c",
    " \x00https://a.exa\nmple/a\tb\r ",
    "https://a.example/x/../y/./%2E%2e/z",
    "https://a.example/%zz/|^`{}",
    "https://a.example/(a)[b]$!*+,;=~?a[]=1&b=%41#c",
    "https://a.example/?",
    "https://a.example/#",
    "https://a.example/#a#b",
    "https://a.example/\u202fé",
]
# Browsers keep it in paths and in what follows "#"; in a block it would end a string of CSS.
QUOTE = ("https://a.example/it's#it's", "https://a.example/it%27s#it%27s")
CLEAN = [
    ("https://example.com/x\u200b", "https://example.com/x"),
    ("\u200ehttps://example.com/x", "https://example.com/x"),
    ("https://exam\u200cple.com/\ufeffx", "https://example.com/x"),
    ("\u00a0https://a.example/a b\u2069", "https://a.example/a%20b"),
]


def _href(chromium: Browser, urls: list[object]) -> list[str | None]:
    """Return what the browser makes of each URL; ``None`` where it finds none."""
    page = chromium.new_page()
    try:
        read = "urls => urls.map(url => URL.canParse(url) ? new URL(url).href : null)"
        hrefs: list[str | None] = page.evaluate(read, urls)
        return hrefs
    finally:
        page.close()


def test_urls_are_written_as_browsers_write_them(chromium: Browser) -> None:
    assert [parse_link(url) for url in URLS] == _href(chromium, [*URLS])


@pytest.mark.parametrize(("url", "written"), [*CLEAN, QUOTE], ids=ascii)
def test_browsers_leave_cleaned_urls_as_they_are(chromium: Browser, url: str, written: str) -> None:
    assert parse_link(url) == written
    assert _href(chromium, [written]) == [written]


def test_what_browsers_refuse_is_refused(chromium: Browser) -> None:
    texts = [url for url in REFUSED if isinstance(url, str)]
    unopened = [url for url, href in zip(texts, _href(chromium, [*texts]), strict=True) if not href]

    assert len(unopened) > 10
    assert not any(map(parse_link, unopened))
