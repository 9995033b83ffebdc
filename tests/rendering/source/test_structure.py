"""Where parsers have to guess, each place is found with its line, and nothing else is."""

import pytest
from selectolax.lexbor import LexborHTMLParser
from support.blocks.markup import BROKEN, SOUND

from plugin_server.findings.finding import Finding, Severity
from plugin_server.rendering.source.nesting import MAX_FINDINGS
from plugin_server.rendering.source.structure import examine, is_exact


def errors(html: str) -> list[Finding]:
    return [finding for finding in examine(html) if finding.severity is Severity.ERROR]


def messages(html: str) -> str:
    """Return the messages of all findings."""
    return "\n".join(finding.message for finding in examine(html))


@pytest.mark.parametrize(("html", "expected"), BROKEN.items())
def test_what_parsers_guess_at_is_an_error_in_its_line(
    html: str, expected: tuple[str, int]
) -> None:
    first = errors(html)[0]
    assert (first.code, first.place.line) == expected


@pytest.mark.parametrize("html", SOUND)
def test_what_is_clear_is_no_error(html: str) -> None:
    assert errors(html) == []


@pytest.mark.parametrize(
    ("html", "message"),
    [
        ("x</td>", "</td> closes nothing: no <td> is open here"),
        (
            "<div>\n<table><tr><td>x</div></td></tr></table></div>",
            "</div> closes nothing: no <div> is open inside the <td> of line 2",
        ),
        ("<p><div>x</div></p>", "<div> ended the last"),
        ("<div>\n<b>x</div>", "<b> is never closed: </div> in line 2 comes first"),
        ("<b>\n<i>x</b></i>", "</b> comes while the <i> of line 2 is still open"),
        ("<table><div>x</div></table>", "<div> directly in the <table> of line 1"),
        ("<a href='x", "<a> is cut off, a quote in it is never closed"),
        ("<p title='a' title='b'>x</p>", "title stands twice"),
    ],
)
def test_a_message_says_what_is_open_and_where(html: str, message: str) -> None:
    assert message in messages(html)


@pytest.mark.parametrize(
    ("html", "count"),
    [
        ("<b><i>x</b></i>", 1),
        ("<div><b>x</div>y</b>", 1),
        ("<a href='x'><a href='y'>z</a></a>", 1),
        ("<table><div>x<tr><td>y</td></tr></div></table>", 1),
        ("<td>x</td>", 1),
        ("x</td></tr></table>", 3),
        ("<div><span>x</div><div><span>y</div>", 2),
    ],
)
def test_one_mistake_is_one_error(html: str, count: int) -> None:
    assert len(errors(html)) == count


@pytest.mark.parametrize(
    ("html", "left_out"),
    [
        ("<p>x<p>y</p>", "<p>"),
        ("<ul><li>x</ul>", "<li>"),
        ("<table><tr><td>x</table>", "<td>"),
        ("<select><option>x</select>", "<option>"),
    ],
)
def test_an_end_tag_that_html_lets_authors_leave_out_is_reported_without_an_error(
    html: str, left_out: str
) -> None:
    assert errors(html) == []
    assert f"{left_out} without" in messages(html)


@pytest.mark.parametrize(
    ("html", "line"),
    [
        ("<a href='x'><table><tbody><tr><td>\n<a href='y'>z</a></td></tr></tbody></table></a>", 2),
        ('<a href="x"><table><tbody><tr><td>\n<a href="y">z</a></td></tr></tbody></table></a>', 2),
        ("<a href='x'><div><table><tr><td><p>\n<a href='y'>z</a></p></table></div></a>", 2),
        ("<a href='x'><table><caption>\n\n<a>z</a></caption></table></a>", 3),
    ],
)
def test_a_link_in_a_link_is_an_error_also_through_a_table(html: str, line: int) -> None:
    # Browsers make the same tree as the tags, but only one of the two can be followed.
    [finding] = errors(html)
    assert "<a> inside the <a> of line 1" in finding.message
    assert finding.place.line == line
    assert not is_exact(html, LexborHTMLParser(html, is_fragment=True).html or "")


@pytest.mark.parametrize(
    "html",
    [
        "<a href=\u201chttps://a.example/\u201d>x</a>",
        "<a href=\u201chttps://a.example/\u201d title=\u201dA few words\u201d>x</a>",
        "<p style=\u2018color:red\u2019>x</p>",
        "<p class=\u00abx y\u00bb>x</p>",
        "<p class=\u201ex\u201c>x</p>",
    ],
)
def test_quotes_of_a_word_processor_are_an_error(html: str) -> None:
    assert "typographic" in errors(html)[0].message


@pytest.mark.parametrize(
    "html",
    [
        "<!--[if !mso]><!-- x -->y<!--<![endif]-->",
        "<!--[if mso]><!-- -- -->y",
        "<!-- x <!-- -->y",
    ],
)
def test_a_comment_in_a_comment_is_an_error_also_after_a_condition(html: str) -> None:
    assert "a comment inside a comment" in errors(html)[0].message


@pytest.mark.parametrize(
    "html",
    [
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html><body>x</body></html>',
        '<p><?xml:namespace prefix = o ns = "urn:schemas-microsoft-com:office:office" /><o:p>x</o:p></p>',
        '<div><?XML version="1.0"?>x</div>',
    ],
)
def test_what_is_written_for_xml_is_reported_without_an_error(html: str) -> None:
    assert errors(html) == []
    assert "is for XML" in messages(html)


DOCTYPE = "<!DOCTYPE html>"


@pytest.mark.parametrize(
    "html",
    [
        f"{DOCTYPE}<html><head><title>x</title></head><body><p>x</p></body></html>\n",
        f"{DOCTYPE}\n<title>x</title><p>x</p>",
        f"<!-- x -->{DOCTYPE}<html><body>x</body></html><!-- y -->",
        "<html><head><meta charset='utf-8'><style>p{color:red}</style></head>x</html>",
        "<body><p><table><tr><td>x</td></tr></table></p></body>",
    ],
)
def test_whole_documents_are_read_as_such(html: str) -> None:
    assert errors(html) == []


@pytest.mark.parametrize(
    ("html", "code"),
    [
        (f"{DOCTYPE}<html><body><p><table></table></p></body></html>", "html-stray-end"),
        (f"<p>x</p>{DOCTYPE}", "html-misplaced"),
        (f"{DOCTYPE}{DOCTYPE}<p>x</p>", "html-misplaced"),
        ("<html><body>x</body></html><p>y</p>", "html-misplaced"),
        ("<html><body>x</body>y</html>", "html-misplaced"),
        ("<html><body>x<body>y</body></html>", "html-misplaced"),
        ("<html><head><div>x</div></head><body>y</body></html>", "html-stray-end"),
        ("<p>x</p><html>", "html-misplaced"),
        ("<html><body><div>x</body></html>", "html-unclosed"),
    ],
)
def test_parts_of_a_document_have_their_places(html: str, code: str) -> None:
    assert errors(html)[0].code == code


def test_what_no_rule_explains_is_found_by_comparing_the_trees() -> None:
    [finding] = errors("<template>\n<div>x<tbody></tbody></div></template>")
    assert finding.code == "html-moved"


@pytest.mark.parametrize(
    "html",
    ["<div>" * 50_000, "</b>" * 50_000, "<table>" * 50_000, "\0x<p>" * 50_000],
    ids=lambda html: ascii(html[:8]),
)
def test_hopeless_sources_have_a_bearable_number_of_errors(html: str) -> None:
    assert len(errors(html)) == MAX_FINDINGS


def test_many_remarks_hide_no_error() -> None:
    html = "<ul>" + "<li>x" * 5 * MAX_FINDINGS + "</ul>\n</div>"
    assert [finding.code for finding in errors(html)] == ["html-stray-end"]
