"""What the tests of blocks share: accounts in memory, a renderer, an independent judge."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import pytest
import tinycss2
from bleach._vendor import html5lib

from plugin_server.blocks import find
from plugin_server.examples import SampleAccount
from plugin_server.kit.models import Post
from plugin_server.kit.posts import Posts, PublishedPost, from_post
from plugin_server.rendering.renderer import render_block
from plugin_server.rendering.styles import EmailStyles

# fmt: off
FORBIDDEN = frozenset({
    "script", "iframe", "audio", "video", "form", "input", "command", "action", "prompt", "link",
    "meta", "base", "object", "embed", "applet", "frame", "frameset", "svg", "math", "template",
    "noscript", "textarea", "select", "button",
})
# fmt: on
POST: dict[str, Any] = {
    "id": 7,
    "title": "A title",
    "public_url": "https://creator.example/posts/a",
    "description": "A description.",
    "published_at": datetime(2024, 10, 8, 3, tzinfo=UTC),
    "thumbnail_url": "https://images.example/a.png",
    "thumbnail_alt": "A picture",
}


@pytest.fixture
def account() -> Callable[..., SampleAccount]:
    """Return a maker of accounts: posts, newest first, and by name whatever else there is."""
    return lambda *posts, **others: SampleAccount(Posts(posts, is_whole=True), **others)


@pytest.fixture
def a_post() -> Callable[..., PublishedPost]:
    """Return a maker of posts that know everything, but for what Kit says otherwise in a test."""
    return lambda **changes: from_post(Post(**{**POST, **changes}))


@pytest.fixture
def render() -> Callable[..., str]:
    """Return a renderer: a block's name, raw settings, an account, raw styles."""

    def render(
        name: str,
        settings: Mapping[str, object],
        account: SampleAccount,
        styles: object = None,
    ) -> str:
        block = find(name)
        context = block.context(block.settings.parse(settings), account)
        return render_block(name, context, EmailStyles.parse(styles), instance="a draft")

    return render


def _elements(html: str) -> Iterator[Element]:
    tree = html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False)
    return (element for element in tree.iter() if element is not tree)


def _css_problems(style: str) -> Iterator[str]:
    for node in tinycss2.parse_declaration_list(style):
        if node.type != "declaration":
            yield f"css {node.type}"
            continue
        for token in node.value:
            if token.type in ("function", "url", "error", "{} block", "at-keyword"):
                yield f"css {token.type}"


def _attribute_problems(name: str, value: str) -> Iterator[str]:
    if name.lower().startswith("on") or name in ("srcdoc", "formaction", "ping", "id"):
        yield f"attribute {name}"
    if name in ("href", "src"):
        scheme, host = urlsplit(re.sub(r"[\x00-\x20\x7f-\xa0]", "", value))[:2]
        if scheme not in ("http", "https", "mailto") or (scheme != "mailto" and not host):
            yield f"address {value!r}"
    if name == "style":
        yield from _css_problems(value)
    elif re.search(r"url\s*\(", value, re.IGNORECASE):
        yield f"url() in {name}"


def _problems(html: str) -> Iterator[str]:
    for element in _elements(html):
        if not isinstance(element.tag, str):
            yield "comment"
            continue
        if element.tag.rpartition("}")[2].lower() in FORBIDDEN:
            yield f"element {element.tag}"
        for name, value in element.attrib.items():
            yield from _attribute_problems(name, value)
    # Liquid is looked for in what a reader could decode, with tags left out as well as in place.
    text = "".join(html5lib.parseFragment(html, treebuilder="etree").itertext())
    for view in (html, text, re.sub(r"<[^>]*>", "", html)):
        if re.search(r"\{\{|\{%|\}\}|%\}", view):
            yield "liquid"


@pytest.fixture
def judge() -> Callable[[str], list[str]]:
    """Return what a mail client or Kit would object to, by parsers that the gate does not use."""
    return lambda html: list(_problems(html))
