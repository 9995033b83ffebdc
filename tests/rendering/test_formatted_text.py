"""Formatted texts in prepared blocks: what their writer may emit, and that parsers read no more in it."""

from collections.abc import Callable

import pytest
from bleach._vendor import html5lib
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_server.errors import BlockRefused
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.gate import check
from plugin_server.rendering.prepared_block import (
    FORMATTED,
    Blank,
    PreparedBlock,
    UnsafeFilling,
    formatted,
    write_formatted,
)
from plugin_server.rendering.renderer import Renderer
from plugin_server.rendering.text import defuse
from plugin_server.rendering.value_types import FormattedText, Run

RUN = Run('a <b> & "c"', frozenset({"strong", "u"}))
WRITTEN = "a &lt;b&gt; &amp; &#34;c&#34;"


@pytest.mark.parametrize(
    "written",
    [
        RUN.text,
        f"<strong><u>{RUN.text}</u></strong>",
        f"<strong><u>{WRITTEN}</strong></u>",
        f"<u><strong>{WRITTEN}</strong></u>",
        f"<strong><u>{WRITTEN}</u>",
        f"<strong>{WRITTEN}",
        f"{WRITTEN}</strong>",
        f"<strong></strong></strong>{WRITTEN}",
        f"<strong>{WRITTEN}</strong><strong>{WRITTEN}</strong>",
        f"<strong><strong>{WRITTEN}</strong></strong>",
        f'<strong style="color:red">{WRITTEN}</strong>',
        f"<strong >{WRITTEN}</strong>",
        f"<STRONG>{WRITTEN}</STRONG>",
        f"<b>{WRITTEN}</b>",
        f"<p>{WRITTEN}</p>",
        f"<script>{WRITTEN}</script>",
        f'<a href="https://a.example/">{WRITTEN}</a>',
        f"{WRITTEN}<br/>",
        f"{WRITTEN}</br>",
        f"<br class='a'>{WRITTEN}",
        f"<!-- -->{WRITTEN}",
        "a &lt;b> &amp; c",
        "a &amp;lt; &quot;c&quot;",
        f"{WRITTEN}\x00",
        f"{WRITTEN}\u202e",
    ],
)
def test_a_formatted_text_that_is_written_in_any_other_way_is_refused(written: str) -> None:
    with pytest.raises(UnsafeFilling, match="a formatted text"):
        formatted(lambda run, line: written)(FormattedText([RUN]), 0)


def rendered(renderer: Renderer, words: FormattedText) -> str:
    return renderer.render("trial", {"words": words}, EmailStyles, instance="a", email_digest=b"")


TAGS = st.frozensets(st.sampled_from(["strong", "em", "u", "s"]))


def runs(text: st.SearchStrategy[str]) -> st.SearchStrategy[FormattedText]:
    return st.lists(st.builds(Run, text, TAGS), max_size=5).map(FormattedText)


@given(runs(st.text(max_size=20) | st.text("{}%<>&\"'url( \n", max_size=8)))
@settings(max_examples=300, deadline=None)
def test_formatted_texts_are_read_as_they_are(words: FormattedText) -> None:
    html = f"<div>|{write_formatted(words, 0)}|</div>"
    tree = html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False)
    for line_break in tree.iter("br"):
        line_break.text = "\n"
    expected = "\n".join(map(defuse, words.split("\n")))
    assert "".join(tree.itertext()).replace("\u200c", "") == f"|{expected}|".replace("\u200c", "")
    assert {each.tag for each in tree.iter()} <= {"DOCUMENT_FRAGMENT", "div", "br"} | {
        tag for run in words.runs for tag in run.tags
    }
    assert check(html) == []


@pytest.mark.parametrize(
    "texts",
    [
        ("{", "{ x"),
        ("{", "% x"),
        ("x }", "}"),
        ("x %", "}"),
        ("{\n{ x",),
        ("{\n", "{"),
        ("a {\n% x",),
    ],
)
def test_the_runs_and_lines_of_a_formatted_text_make_no_liquid(texts: tuple[str, ...]) -> None:
    for tags in (frozenset[str](), frozenset({"em"})):
        words = FormattedText(
            Run(text, tags if n % 2 else frozenset()) for n, text in enumerate(texts)
        )
        html = PreparedBlock(["<div>", Blank(0, 0, FORMATTED), "</div>"]).fill([words])
        assert check(html) == []


def test_a_blank_formatted_text_has_another_look(template: Callable[[str], None]) -> None:
    """Between the parts of a table, blank text stays where it is, and other text does not."""
    template(
        '<div><table role="presentation"><tbody><tr>{{ words }}<td>a</td></tr></tbody></table></div>'
    )
    renderer = Renderer(megabytes=1)
    rendered(renderer, FormattedText([Run(" ")]))
    for text in ("a", "\n"):
        with pytest.raises(BlockRefused):
            rendered(renderer, FormattedText([Run(text)]))


def test_formatted_texts_differ_by_their_formats_and_cannot_be_changed() -> None:
    plain, bold = FormattedText([Run("a")]), FormattedText([Run("a", frozenset({"strong"}))])
    assert str(plain) == str(bold) == "a"
    assert plain != bold
    assert plain == FormattedText([Run("a")])
    assert len({plain, bold, FormattedText([Run("a")])}) == 2
    with pytest.raises(AttributeError):
        plain.runs = bold.runs
    assert type(plain + "b") is str
