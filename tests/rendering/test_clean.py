"""Excerpts: the opening of any HTML as plain text."""

import html
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_server.rendering.clean import excerpt

CORPUS = json.loads((Path(__file__).parents[1] / "corpus" / "excerpts.json").read_text("utf-8"))
HEAVY = {
    "nested formatting": "<b>" * 60_000,
    "alternating formatting": "<b><i><a>" * 20_000,
    "unknown tags": "<x-y>" * 60_000,
    "attributes": "<p " + "a=b " * 60_000 + ">",
    "open quotes": "<a \"<a '" * 40_000,
    "open comments": "<!--" * 60_000,
    "closed comments": "<!---->" * 40_000,
    "open scripts": "<script>" * 40_000,
    "open styles of two kinds": "<style></styl" * 30_000,
    "left angles": "<" * 200_000,
    "ampersands": "&" * 200_000,
    "braces": "{" * 100_000 + "}" * 100_000,
    "Liquid": "{{a" * 80_000,
    "spaces": " " * 300_000,
    "one long tag": "<" + "a" * 300_000,
    "table parts": "<table><tr><td>" * 20_000,
}


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: ascii(case["source"])[:40])
def test_an_excerpt_is_what_a_reader_would_see(case: dict[str, str]) -> None:
    assert excerpt(case["source"], 200) == case["expected"]


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: ascii(case["source"])[:40])
def test_an_excerpt_of_an_excerpt_is_the_same(case: dict[str, str]) -> None:
    assert excerpt(html.escape(case["expected"]), 200) == case["expected"]


@pytest.mark.parametrize("source", HEAVY.values(), ids=HEAVY.keys())
def test_hostile_sources_take_no_longer_than_long_ones(source: str) -> None:
    start = time.process_time()
    excerpt(source, 200)

    # A quadratic scan of these would take minutes; the usual time is under 50 ms.
    assert time.process_time() - start < 1


def test_text_is_found_behind_a_long_head() -> None:
    source = (
        f"<head><style>{'p { color: red }' * 5_000}</style></head><table>{'<tr>' * 500}<td>Found"
    )

    assert excerpt(source, 200) == "Found"


def test_a_long_text_is_cut_at_a_word() -> None:
    text = excerpt("<p>several words and <b>tags</b></p>" * 1_000, 50)

    assert text == "several words and tags several words and tags…"


@pytest.mark.parametrize("size", range(1_970, 2_010))
def test_no_half_tag_or_entity_shows_where_reading_stops(size: int) -> None:
    text = excerpt("a " * (size // 2) + "a" * (size % 2) + "<strong>&eacute;" * 300, 5_000)

    assert set(text) == set("a é")


@settings(deadline=None, max_examples=200)
@given(st.text() | st.lists(st.sampled_from(["<", ">", "{{", "}}", "<!--", "-->", "<script>", "</script>",
       "<p ", '"', "'", "&lt;", "&#123;", "a", " "])).map("".join))  # fmt: skip
def test_excerpts_are_short_and_settled(source: str) -> None:
    text = excerpt(source, 60)

    assert len(text) <= 60
    assert excerpt(html.escape(text), 60) == text
    assert "{{" not in text
