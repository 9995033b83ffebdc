"""URLs: which are refused, and how the others are normalized."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_server.rendering.urls import parse_link, parse_web_url

ATTACKS = json.loads((Path(__file__).parents[1] / "corpus" / "urls.json").read_text("utf-8"))


@pytest.mark.parametrize("url", ATTACKS, ids=ascii)
def test_an_unusable_url_is_none(url: object) -> None:
    assert parse_link(url) is None
    assert parse_web_url(url) is None


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://a.example", "https://a.example/"),
        (" HTTPS://A.Example/Path?q=1#f ", "https://a.example/Path?q=1#f"),
        ("http://a.example:8080/", "http://a.example:8080/"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://a.example/{{x}}?{%y%}", "https://a.example/%7B%7Bx%7D%7D?%7B%y%%7D"),
        ("https://a.example/it's", "https://a.example/it%27s"),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]/"),
        ("https://a.example/%E2%9C%93", "https://a.example/%E2%9C%93"),
        ("https://a.example/(a)?cURL(b)#url(c)", "https://a.example/(a)?cURL%28b)#url%28c)"),
    ],
)
def test_a_url_is_normalized(url: str, written: str) -> None:
    assert parse_link(url) == parse_web_url(url) == written
    assert parse_link(written) == written


HOSTS = [
    ("https://straße.de/", "https://xn--strae-oqa.de/"),
    ("https://faß.example/x", "https://xn--fa-hia.example/x"),
    ("https://βόλος.com", "https://xn--nxasmm1c.com/"),
    ("https://STRASSE.de/", "https://strasse.de/"),
    ("https://ẞ.example/", "https://xn--zca.example/"),
    ("https://نامه\u200cای.com/", "https://xn--mgba3gch31f060k.com/"),
    ("https://ශ්\u200dරී.com/", "https://xn--10cl1a0b660p.com/"),
    ("https://i❤.ws/", "https://xn--i-7iq.ws/"),
    ("https://i❤\ufe0f.ws/", "https://xn--i-7iq.ws/"),
    ("https://☕.example/", "https://xn--53h.example/"),
    ("https://日本語。jp/", "https://xn--wgv71a119e.jp/"),
    ("https://ｅｘａｍｐｌｅ．ｃｏｍ/", "https://example.com/"),
    ("https://１２７.0.0.1/", "https://127.0.0.1/"),
    ("https://0x7f.1/", "https://127.0.0.1/"),
    ("https://ex%61mple.com/", "https://example.com/"),
    ("https://b%C3%BCcher.example/", "https://xn--bcher-kva.example/"),
    ("https://my_shop.example/", "https://my_shop.example/"),
    ("https://r3---sn.example/", "https://r3---sn.example/"),
    ("https://example.com./", "https://example.com./"),
    ("https://İ.example/", "https://xn--i-9bb.example/"),
    ("https://[::ffff:192.0.2.1]:8443/", "https://[::ffff:c000:201]:8443/"),
    ("https://[2001:DB8::0:1]/", "https://[2001:db8::1]/"),
]


@pytest.mark.parametrize(("url", "written"), HOSTS)
def test_hosts_are_encoded_as_browsers_do(url: str, written: str) -> None:
    assert parse_link(url) == parse_web_url(url) == written
    assert parse_link(written) == written


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://example.com/x\u200b", "https://example.com/x"),
        ("\u200ehttps://example.com/x", "https://example.com/x"),
        ("\u200f\u2066https://example.com/x\u2069", "https://example.com/x"),
        ("\ufeffhttps://example.com/x\ufeff", "https://example.com/x"),
        ("https://exam\u00adple.com/so\u00adft", "https://example.com/soft"),
        ("https://exam\u200cple.com/", "https://example.com/"),
        ("https://example\u2060.com/word\u2060joiner", "https://example.com/wordjoiner"),
        ("ht\u200btps:\u200b//example.com/", "https://example.com/"),
        ("https://example.com/\U000e0001\U000e0041x", "https://example.com/x"),
        ("\u200b \u200ehttps://example.com/ \u200b", "https://example.com/"),
        ("mailto:me@example.com\u200b", "mailto:me@example.com"),
    ],
)
def test_invisible_characters_are_dropped(url: str, written: str) -> None:
    assert parse_link(url) == written


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://a.example/a b", "https://a.example/a%20b"),
        ("https://a.example/a  b.png?c d#e f", "https://a.example/a%20%20b.png?c%20d#e%20f"),
        ("https://a.example/a\u00a0b", "https://a.example/a%C2%A0b"),
        ("https://a.example/a\u3000b", "https://a.example/a%E3%80%80b"),
        ("\u00a0 https://a.example/a\u3000", "https://a.example/a"),
        ("\r\n\thttps://a.example/a\x00\x1f ", "https://a.example/a"),
        ("https://a.exa\nmple/wr\r\napp\ted", "https://a.example/wrapped"),
        ("h\tttps:/\n/a.example/", "https://a.example/"),
    ],
)
def test_white_space_is_read_as_browsers_do(url: str, written: str) -> None:
    assert parse_link(url) == parse_web_url(url) == written


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://a.example/x/../y/./z", "https://a.example/y/z"),
        ("https://a.example/%2e%2e/y", "https://a.example/y"),
        ("https://a.example:443/", "https://a.example/"),
        ("http://a.example:443/", "http://a.example:443/"),
        ("https://a.example?", "https://a.example/?"),
    ],
)
def test_a_url_has_one_spelling(url: str, written: str) -> None:
    assert parse_link(url) == written
    assert parse_link(written) == written


def test_mail_is_for_links_only() -> None:
    assert parse_link("MAILTO:me@a.example") == "mailto:me@a.example"
    assert parse_web_url("mailto:me@a.example") is None


@pytest.mark.parametrize(
    "url",
    ["mailto:", "mailto:a@b?bcc=c@d", "mailto:a?bcc=c@d", "mailto:a%0Abcc:c@d", "mailto:a#c@d"]
    + ["mailto:a@b,c@d", "mailto:{{x}}", "mailto:`@d"],
)
def test_a_mail_link_has_one_recipient(url: str) -> None:
    assert parse_link(url) is None


# What URLs are made of, and what comes along when they are copied.
PIECES = [
    *(
        "https://",
        "HTTP://",
        "//",
        ":",
        "/",
        "?",
        "#",
        "@",
        "[",
        "]",
        "\\",
        "%",
        "%41",
        "..",
        ":80",
    ),
    *("a", "example.com", "straße", "ای", "शर्", "xn--", "❤", "👩", "🏴", "İ", "。", "ｅ", "-", "_"),
    *(
        " ",
        "\t",
        "\n",
        "\x00",
        "\x7f",
        "\xa0",
        "\xad",
        "\u200b",
        "\u200c",
        "\u200d",
        "\u200e",
        "\u2028",
    ),
    *(
        "\u2066",
        "\ufe0f",
        "\ufeff",
        "\U000e0067",
        "\U000e007f",
        "\ud800",
        "{{",
        "%}",
        "url(",
        '"',
        "<",
        "'",
    ),
]
COPIED = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@settings(max_examples=300)
@given(
    st.text() | COPIED | COPIED.map("https://a.example/{}".format) | COPIED.map("https://{}".format)
)
def test_any_text_gives_an_absolute_url_or_none(url: str) -> None:
    written = parse_link(url)

    if written is not None:
        assert written.isascii()
        assert written.startswith(("https://", "http://", "mailto:"))
        assert not set(written) & set(" \"'<>{}\\`\t\n")
        assert parse_link(written) == written
