"""Excerpts: the first words of any HTML as plain text."""

import html
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.blocks import attacks

from plugin_server.rendering.rich_text import excerpt

CORPUS = json.loads((Path(__file__).parents[1] / "corpus" / "excerpts.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: ascii(case["source"])[:40])
def test_an_excerpt_is_what_a_reader_would_see(case: dict[str, str]) -> None:
    assert excerpt(case["source"], 200) == case["expected"]


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: ascii(case["source"])[:40])
def test_an_excerpt_of_an_excerpt_is_the_same(case: dict[str, str]) -> None:
    assert excerpt(html.escape(case["expected"]), 200) == case["expected"]


@pytest.mark.parametrize("piece", attacks.SHAPES.values(), ids=attacks.SHAPES.keys())
def test_huge_sources_have_an_excerpt_like_any_other(piece: str) -> None:
    text = excerpt(piece * (300_000 // len(piece)), 200)

    assert len(text) <= 200
    assert excerpt(html.escape(text), 200) == text


def test_text_is_found_after_a_long_head() -> None:
    source = (
        f"<head><style>{'p { color: red }' * 5_000}</style></head><table>{'<tr>' * 500}<td>Found"
    )

    assert excerpt(source, 200) == "Found"


def test_text_is_found_after_many_elements_but_not_inside_many() -> None:
    assert excerpt("<p>" * 300 + "Found", 200) == "Found"
    assert excerpt("<b>a</b>" * 300, 1_000) == "a" * 300
    assert excerpt("Found" + "<b>" * 201 + "lost", 200) == "Found"


def test_a_long_text_is_cut_at_a_word() -> None:
    text = excerpt("<p>several words and <b>tags</b></p>" * 1_000, 50)

    assert text == "several words and tags several words and tags…"


@pytest.mark.parametrize("size", range(1_970, 2_010))
def test_no_half_tag_or_entity_shows_where_reading_stops(size: int) -> None:
    text = excerpt("a " * (size // 2) + "a" * (size % 2) + "<strong>&eacute;" * 300, 5_000)

    assert set(text) == set("a é")


@settings(max_examples=200)
@given(st.text() | st.lists(st.sampled_from(["<", ">", "{{", "}}", "<!--", "-->", "<script>", "</script>",
       "<p ", '"', "'", "&lt;", "&#123;", "a", " "])).map("".join))  # fmt: skip
def test_excerpts_are_short_and_settled(source: str) -> None:
    text = excerpt(source, 60)

    assert len(text) <= 60
    assert excerpt(html.escape(text), 60) == text
    assert "{{" not in text
