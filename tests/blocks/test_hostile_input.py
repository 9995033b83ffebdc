"""Hostile input: random, split over fields, huge, and from many creators at the same time."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.blocks import attacks, setting_variants
from support.blocks.readers import judge_sent
from support.blocks.served import BLOCKS
from support.kit.hostile_accounts import account_of

from plugin_server.blocks.base import Block, SearchQuery
from plugin_server.errors import ContentError
from plugin_server.examples.block_examples import example_settings
from plugin_server.examples.example_files import EVERYTHING
from plugin_server.examples.sample_accounts import SampleAccount
from plugin_server.rendering.email_styles import ELEMENTS, INHERITED
from plugin_server.rendering.rich_text import excerpt
from plugin_server.testing import render

pytestmark = pytest.mark.slow

each_block = pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)


def rendered(
    block: Block, raw: Mapping[str, object], account: SampleAccount, styles: object = None
) -> str | None:
    """Return a finished block, ``None`` when a sentence came instead."""
    try:
        return render(block, raw, account, styles)
    except ContentError:
        return None


# Random input.

PIECES = st.sampled_from(
    ["<", ">", "</", "<!--", "-->", "]]>", '"', "'", "`", "=", "&", "&lt;", "&#123;", "&#x7d", ";"]
    + ["{", "}", "{{", "}}", "{%", "%}", "%", "url", "(", ")", "\\", "/", ":", "//", "@", "#", "?"]
    + ["script", "style", "td", "table", "onload", "javascript:", "https://", "x.example", "px"]
    + ["red", "'Georgia'", "expression", "@import", "a", " ", "\n", "\t", "\0", "\u200b", "\u202e"]
    + ["\u05d0", "\u0301", "\ud800", "\ufeff", "\U0001f600", "\uff1c"]
)
TEXT = st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=20))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def raw_settings(block: Block) -> st.SearchStrategy[dict[str, object]]:
    """Return a strategy for settings: most as some variant has them, one or two as they come."""
    names = [setting.name for setting in block.settings.settings]
    changed = st.dictionaries(st.sampled_from([*names, "unknown"]), TEXT | JSON, max_size=2)
    return st.builds(
        lambda a, b: {**a, **b}, st.sampled_from(setting_variants.variants(block)), changed
    )


STYLES = st.one_of(
    JSON,
    st.dictionaries(
        st.sampled_from(sorted(ELEMENTS)),
        st.dictionaries(st.sampled_from(sorted(INHERITED)), TEXT | JSON, max_size=4) | JSON,
        max_size=4,
    ),
)


@each_block
@given(data=st.data())
@settings(max_examples=50)
def test_whatever_comes_a_block_is_safe_or_refused_in_words(block: Block, data: Any) -> None:
    account = account_of(data.draw(TEXT), data.draw(TEXT))
    html = rendered(block, data.draw(raw_settings(block)), account, data.draw(STYLES))

    assert html is None or judge_sent(block, html, data.draw(TEXT)) == []


@each_block
@given(data=st.data())
@settings(max_examples=25)
def test_any_search_returns_options_or_a_sentence(block: Block, data: Any) -> None:
    account = account_of(data.draw(TEXT), "https://x.example/")
    query = SearchQuery(
        data.draw(TEXT),
        tuple(data.draw(st.lists(TEXT, max_size=3))),
        data.draw(st.dictionaries(TEXT, JSON, max_size=2)),
    )
    for setting in block.settings.search_names:
        try:
            options = block.search(setting, query, account)
        except ContentError:
            continue
        assert all(option.label for option in options)


# Liquid whose halves come from different fields.

HALVES = ["{", "}", "%", "{%", "%}", "}{", "%{", "}%", "url", "(", " (", "", "{\u200c", "\u202e}"]


@each_block
@pytest.mark.parametrize("first", HALVES)
def test_no_two_fields_make_liquid_of_their_halves(block: Block, first: str) -> None:
    """Every second text is one half, the others are the other, in both orders."""
    for second in HALVES:
        account = account_of(first or "x", "https://x.example/")
        typed = setting_variants.with_all_texts(block, second)
        html = rendered(block, typed, account)
        assert html is None or judge_sent(block, html, first) == [], (first, second)


# Many creators at once.


def test_creators_who_are_served_at_once_get_their_own_blocks() -> None:
    """The cleaner of rich text is not made for threads; nor may anything else be shared."""

    def serve(task: tuple[int, Block]) -> tuple[int, str | None]:
        number, block = task
        mark = f"marker{number:04}x"
        opening = f"<p>{'<b>' * 30}{mark}{'</b>' * 30}</p><script>{mark}</script>"
        account = account_of(mark, f"https://{mark}.example/", opening)
        settings = setting_variants.with_all_texts(block, mark)
        styles = {"p": {"font-family": mark, "color": f"#{number:06x}"}}
        return number, rendered(block, settings, account, styles)

    tasks = [(number, block) for number, block in enumerate(BLOCKS * 40)]
    with ThreadPoolExecutor(16) as pool:
        for number, html in pool.map(serve, tasks):
            assert html is not None
            assert set(re.findall(r"marker(\d{4})x", html)) == {f"{number:04}"}


# Huge input.


def serve_everything(text: str) -> None:
    """Put a text of any size wherever one can be."""
    excerpt(text, 300)
    account = account_of(text, f"https://x.example/{text}", text)
    styles = dict.fromkeys(ELEMENTS, dict.fromkeys(INHERITED, text))
    for block in BLOCKS:
        base = example_settings(block, EVERYTHING)
        rendered(block, base, account, styles)
        rendered(block, dict.fromkeys(base, text), account)
        rendered(block, dict.fromkeys(base, {"fontFamily": text}), account)
        rendered(block, dict.fromkeys(base, [text]), account)
        for setting in block.settings.search_names:
            for query in (SearchQuery(text, (text,), {text: text}), SearchQuery("")):
                try:
                    block.search(setting, query, account)
                except ContentError:
                    continue


@pytest.mark.parametrize("piece", attacks.SHAPES.values(), ids=attacks.SHAPES.keys())
def test_a_megabyte_gets_a_response_wherever_it_is_put(piece: str) -> None:
    """How fast, the benchmark tells."""
    serve_everything(piece * (1024 * 1024 // len(piece.encode())))
