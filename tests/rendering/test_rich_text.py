"""Rich text: what a creator types, or Kit holds as HTML, becomes paragraphs, lists, formats and links."""

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.blocks import attacks

from plugin_server.rendering.gate import URLS
from plugin_server.rendering.rich_text import MAX_LINES, Line, Piece, RichText, rich_text
from plugin_server.rendering.value_types import FormattedText, Run

# A short notation of tags for the tables below.
MARKS = {"strong": "*", "em": "/", "u": "_", "s": "~"}


def notation(rich: RichText | None) -> list[str]:
    """Return a line of text for each paragraph, and for each item of a list."""
    return [
        f"{part.kind}: {words_of(line)}"
        for part in (rich.parts if rich else ())
        for line in part.lines
    ]


def words_of(line: Line) -> str:
    written = ""
    for piece in line.pieces:
        text = "".join(marked(run) for run in piece.words.runs)
        written += f"[{text}]({piece.url})" if piece.url else text
    return written


def marked(run: Run) -> str:
    marks = "".join(mark for tag, mark in MARKS.items() if tag in run.tags)
    return f"{marks}{run.text}{marks[::-1]}"


def plain(rich: RichText | None) -> str:
    lines = [line for part in (rich.parts if rich else ()) for line in part.lines]
    return "\n\n".join("".join(piece.words for piece in line.pieces) for line in lines)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Just words", ["p: Just words"]),
        ("One\ntwo\r\n\r\n\n three  and ", ["p: One\ntwo", "p: three and"]),
        ("For you:\n- tea\n- milk\nBye", ["p: For you:", "ul: tea", "ul: milk", "p: Bye"]),
        ("* tea\n\n• milk", ["ul: tea", "ul: milk"]),
        ("1. tea\n2) milk\n\n3. sugar", ["ol: tea", "ol: milk", "ol: sugar"]),
        ("1. tea\n3. milk", ["ol: tea", "p: 3. milk"]),
        ("2026. What a year", ["p: 2026. What a year"]),
        ("- tea\n1. milk\n1. sugar", ["ul: tea", "ol: milk", "ol: sugar"]),
        ("-1 degree\n-\n--\n*so*", ["p: -1 degree\n-\n--\n*so*"]),
        ("\u2013 Anna", ["p: \u2013 Anna"]),
        ("a < b & c > d <3", ["p: a < b & c > d <3"]),
        ("AT&T &amp; &eacute;", ["p: AT&T & \u00e9"]),
        ("<b>Bold\nand</b> <I>not</I>", ["p: *Bold\nand* /not/"]),
        ("<b>Bold\n\nand</b> not", ["p: *Bold*", "p: *and* not"]),
        ("- <b>tea</b> and\n- <u>milk</u>", ["ul: *tea* and", "ul: _milk_"]),
        ("", []),
        (" \n<b> </b>\n&nbsp;", []),
        ("Hi {{ subscriber.first_name }}, {% if x %}yes{% endif %}", ["p: Hi, yes"]),
        ("{{ a", ["p: a"]),
    ],
    ids=lambda value: ascii(value)[:50] if isinstance(value, str) else "",
)
def test_typed_text_has_lines_lists_and_tags(typed: str, expected: list[str]) -> None:
    assert notation(rich_text(typed, 500)) == expected


LINK = "https://a.example/?a=1&b=2"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>One\ntwo</p>\n<p>three</p>", ["p: One two", "p: three"]),
        ("<div><h2>One</h2><div>two<br>three</div></div>", ["p: One", "p: two\nthree"]),
        ("One<br><br>two<br/>three<br></br>", ["p: One", "p: two\nthree"]),
        ("<p>- tea</p>", ["p: - tea"]),
        (
            "<b>a</b><strong>b</strong> <i>c</i><em>d</em> <u>e</u><ins>f</ins> "
            "<s>g</s><del>h</del><strike>i</strike>",
            ["p: *ab* /cd/ _ef_ ~ghi~"],
        ),
        ("<b>a <i>b <u>c <s>d</s></u></i></b>", ["p: *a **/b /**/_c _/**/_~d~_/*"]),
        ("a<b> b </b>c", ["p: a *b* c"]),
        ("<b>a</b> <b>b</b>", ["p: *a b*"]),
        ("wo<b>r</b>d", ["p: wo*r*d"]),
        ("<ul><li>a</li><li><p>b</p><p>c</p></li></ul>", ["ul: a", "ul: b\nc"]),
        ("<ul><li>a<ol><li>b</li></ol>c</li></ul><ol><li>d</li></ol>", ["ul: a", "ul: b", "ul: c"]
         + ["ol: d"]),
        ("<ol><li>a</ol><ol><li>b</ol>", ["ol: a", "ol: b"]),
        ("<li>a</li><li>b", ["p: a", "p: b"]),
        ("<table><tr><td>a</td><td>b</td></tr></table>", ["p: a", "p: b"]),
        (f'<a href="{html.escape(LINK)}">a <b>link</b></a>.', [f"p: [a *link*]({LINK})."]),
        (f"<a title='>' HREF='{LINK}'>a</a> <a href=mailto:a@b.example>b</a>",
         [f"p: [a]({LINK}) [b](mailto:a@b.example)"]),
        (f'a<a href="{LINK}"> b </a>c<a href="{LINK}"> </a>d', [f"p: a [b]({LINK}) c d"]),
        (f'<a href="{LINK}">a<p>b</p></a>', [f"p: [a]({LINK})", f"p: [b]({LINK})"]),
        (f'<a href="{LINK}"><img src="x" alt="y"></a>', []),
        ('<a href="javascript:alert(1)">a</a><a href="/b">b</a><a>c</a>', ["p: abc"]),
        ('<a title=" href=https://b.example/" href="https://a.example/">a</a>',
         ["p: [a](https://a.example/)"]),
        ('<a href="https://u@a.example/">a</a><a href="data:text/html,x">b</a>', ["p: ab"]),
        ("<script>a</script><style>b</style><!-- c --><svg><b>d</b></svg><p hidden>e</p>f", ["p: f"]),
        ('<p style="display:none">a</p><p style="color:red" onclick="x">b</p>', ["p: b"]),
        ("<x-y><b onmouseover=alert(1)>a</b></x-y><img src=x onerror=y>", ["p: *a*"]),
        ("&lt;b&gt;a&lt;/b&gt; &amp;lt;", ["p: <b>a</b> &lt;"]),
        ("a\u202eb\x00c\u200bd\u00ad", ["p: abcd"]),
    ],
    ids=lambda value: ascii(value)[:50] if isinstance(value, str) else "",
)  # fmt: skip
def test_html_becomes_a_few_elements(source: str, expected: list[str]) -> None:
    assert notation(rich_text(source, 500)) == expected


@pytest.mark.parametrize(
    ("source", "limit", "expected"),
    [
        ("<p>Some <b>bold words</b> here</p>", 18, ["p: Some *bold words\u2026*"]),
        ("<p>Some <b>bold words</b> here</p>", 20, ["p: Some *bold words* here"]),
        ("<p>One two three</p><p>four five six seven eight</p>", 35,
         ["p: One two three", "p: four five six seven\u2026"]),
        ("<p>One two three</p><p>four five six seven eight</p>", 20, ["p: One two three\u2026"]),
        ("- one\n- two\n- three", 10, ["ul: one", "ul: two\u2026"]),
        ("abcdefgh", 1, ["p: \u2026"]),
    ],
)  # fmt: skip
def test_longer_text_is_cut_at_a_word(source: str, limit: int, expected: list[str]) -> None:
    rich = rich_text(source, limit)
    assert notation(rich) == expected
    assert len(plain(rich).replace("\n\n", "\n")) <= limit


def test_directions_are_those_of_each_line_and_of_the_whole() -> None:
    rich = rich_text("12 \u05e9\u05dc\u05d5\u05dd\n\n- Hello\n- \u05e9\u05dc\u05d5\u05dd", 500)
    assert rich is not None
    assert rich.direction == "rtl"
    assert [part.direction for part in rich.parts] == ["rtl", "ltr"]
    assert [line.direction for line in rich.parts[1].lines] == ["ltr", "rtl"]


def test_lines_formats_and_links_are_few_however_many_there_are() -> None:
    items = [f"- item {n}" for n in range(MAX_LINES + 5)]
    shown = notation(rich_text("\n".join(items), 2_000))
    assert len(shown) == MAX_LINES
    assert shown[-1] == "p: " + "\n".join(f"item {n}" for n in range(MAX_LINES - 1, MAX_LINES + 5))

    alternating = rich_text("<b>a</b>b" * 500, 2_000)
    assert plain(alternating) == "ab" * 500
    assert runs_of(alternating) == 200

    links = "".join(f'<a href="https://a.example/{n}">a</a> ' for n in range(100))
    assert plain(rich_text(links, 2_000)) == "a " * 99 + "a"
    assert 10 < notation(rich_text(links, 2_000))[0].count("https://") < 20
    long = "".join(f'<a href="https://a.example/{n}{"x" * 1_900}">a</a>' for n in range(3))
    assert notation(rich_text(long, 2_000))[0].count("https://") == 1


def runs_of(rich: RichText | None) -> int:
    lines = [line for part in (rich.parts if rich else ()) for line in part.lines]
    return sum(len(piece.words.runs) for line in lines for piece in line.pieces)


def assert_settled(rich: RichText | None, limit: int) -> None:
    """Assert that a rich text is as templates may rely on, whatever it was made of."""
    if rich is None:
        return
    assert plain(rich).strip()
    lines = [line for part in rich.parts for line in part.lines]
    assert len(lines) <= MAX_LINES
    for line in lines:
        text = "".join(piece.words for piece in line.pieces)
        assert text == text.strip()
        assert not re.search(r"[^\S\n ]|  | \n|\n |\n\n", text)
        for piece in line.pieces:
            assert isinstance(piece.words, FormattedText)
            assert all(run.text and run.tags <= MARKS.keys() for run in piece.words.runs)
            if piece.url is not None:
                assert piece.words.strip()
                assert URLS["href"].fullmatch(piece.url)
    assert len(plain(rich).replace("\n\n", "\n")) <= limit


PIECES = (
    *(
        "<",
        ">",
        "</",
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<i ",
        "<a href=",
        '<a href="',
        "<a>",
        "</a>",
        '"',
    ),
    *(
        "'",
        "<br>",
        "<ul>",
        "</ul>",
        "<ol>",
        "<li>",
        "</li>",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "{{",
        "}}",
        "{%",
    ),
    *(
        "https://a.example/",
        "javascript:alert(1)",
        "&lt;",
        "&#123;",
        "&amp;",
        " ",
        "a",
        "\u05d0",
        "\u200b",
    ),
    *(
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "<svg>",
        "<table>",
        "<td>",
        " style='display:none'>",
        "\x00",
    ),
)


@given(st.text() | st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.integers(1, 80))
@settings(max_examples=300, deadline=None)
def test_anything_becomes_a_settled_rich_text(source: str, limit: int) -> None:
    assert_settled(rich_text(source, limit), limit)


@pytest.mark.parametrize("piece", attacks.SHAPES.values(), ids=attacks.SHAPES.keys())
def test_huge_sources_become_a_settled_rich_text(piece: str) -> None:
    assert_settled(rich_text(piece * (300_000 // len(piece)), 2_000), 2_000)


def as_html(rich: RichText) -> str:
    written = ""
    for part in rich.parts:
        lines = ["".join(map(piece_as_html, line.pieces)) for line in part.lines]
        if part.kind == "p":
            written += f"<p>{lines[0]}</p>"
        else:
            items = "".join(f"<li>{line}</li>" for line in lines)
            written += f"<{part.kind}>{items}</{part.kind}>"
    return written


def piece_as_html(piece: Piece) -> str:
    written = ""
    for run in piece.words.runs:
        text = html.escape(run.text).replace("\n", "<br>")
        tags = sorted(run.tags)
        written += "".join(f"<{tag}>" for tag in tags) + text
        written += "".join(f"</{tag}>" for tag in reversed(tags))
    return f'<a href="{html.escape(piece.url)}">{written}</a>' if piece.url else written


@given(
    st.lists(st.sampled_from([piece for piece in PIECES if "{" not in piece]), max_size=40).map(
        "".join
    )
)
@settings(max_examples=300, deadline=None)
def test_a_rich_text_that_is_read_again_is_the_same(source: str) -> None:
    rich = rich_text(source, 2_000)
    if rich is not None:
        assert rich_text(as_html(rich), 2_000) == rich
