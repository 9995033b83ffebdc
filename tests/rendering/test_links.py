"""Addresses: what is unusable, and how the usable are written."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_server.rendering.links import image_url, link, web_link

ATTACKS = json.loads((Path(__file__).parents[1] / "corpus" / "addresses.json").read_text("utf-8"))


@pytest.mark.parametrize("url", ATTACKS, ids=ascii)
def test_an_unusable_address_is_none(url: object) -> None:
    assert link(url) is None
    assert image_url(url) is None
    assert web_link(url) is None


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
def test_an_address_is_written_anew(url: str, written: str) -> None:
    assert link(url) == image_url(url) == web_link(url) == written
    assert link(written) == written


def test_mail_is_for_links_only() -> None:
    assert link("MAILTO:me@a.example") == "mailto:me@a.example"
    assert image_url("mailto:me@a.example") is None
    assert web_link("mailto:me@a.example") is None


@pytest.mark.parametrize(
    "url",
    ["mailto:", "mailto:a@b?bcc=c@d", "mailto:a?bcc=c@d", "mailto:a%0Abcc:c@d", "mailto:a#c@d"]
    + ["mailto:a@b,c@d", "mailto:{{x}}", "mailto:`@d"],
)
def test_mail_goes_to_one_address(url: str) -> None:
    assert link(url) is None


@settings(max_examples=200)
@given(st.text() | st.text("htps:/@[]%?#.x\\ {}\u0130").map(lambda rest: f"https://{rest}"))
def test_any_text_gives_an_absolute_address_or_none(url: str) -> None:
    written = link(url)

    assert written is None or (written.isascii() and not set(written) & set(" \"'<>{}\\`"))
