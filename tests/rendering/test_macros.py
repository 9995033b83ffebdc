"""The email macros, rendered as blocks are: with the gate, and compared with what no blanks would give."""

import re
from collections.abc import Callable, Mapping

import pytest
from selectolax.lexbor import LexborHTMLParser

from plugin_server.findings.finding import Severity
from plugin_server.lint.accepted import reason
from plugin_server.lint.linter import lint
from plugin_server.rendering.context_shape import split_context
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.gate import MAX_BYTES
from plugin_server.rendering.renderer import Renderer
from plugin_server.rendering.rich_text import rich_text
from plugin_server.rendering.value_types import Choice, Color, Url
from plugin_server.testing import judge

Template = Callable[[str], None]

HEBREW = "\u05e9\u05dc\u05d5\u05dd"
STYLES = EmailStyles.parse(
    {
        "p": {"color": "#222222", "font-family": "Georgia, serif", "font-size": "18px"},
        "a": {"color": "#0055aa"},
        "ul": {"color": "#333333", "font-size": "16px"},
        "blockquote": {"color": "#444444", "font-family": "Charter, serif"},
    }
)
VALUES: dict[str, object] = {
    "text": "One line\nand another\n\nA second paragraph",
    "texts": ["Tea", HEBREW, "Milk & <b>honey</b>"],
    "rich": rich_text(
        "Some <b>bold</b> words, a <a href='https://a.example/?a=1&b=2'>link <i>in</i> two</a> "
        f"<a href='https://b.example/'>links</a>.\nA {{line}}\n\n- Tea\n- {HEBREW}\n\n1. {HEBREW}",
        1_000,
    ),
    "by": "Anna",
    "url": Url("https://a.example/?a=1&b=2"),
    "color": Color("#7a1f3d"),
    "start": Choice("left"),
    "count": 2,
}
MACROS = {
    "quote": "{{ email.quote(styles, text, start) }}",
    "quote by a person": "{{ email.quote(styles, text, start, gap=12, by=by, bar=color, color=color) }}",
    "quote by a link": "{{ email.quote(styles, text, start, by=by, url=url, font_family='Georgia') }}",
    "list": "{{ lists.list(styles, texts, start) }}",
    "numbered list": "{{ lists.list(styles, texts, start, gap=8, ordered=True, color=color, size=15) }}",
    "empty list": "{{ lists.list(styles, [], start) }}{{ email.spacer(8) }}",
    "divider": "{{ email.divider(styles, gap=20) }}",
    "colored divider": "{{ email.divider(styles, color=color) }}",
    "spacer": "{{ email.spacer(24) }}",
    "rich text": "{{ lists.rich(styles, rich, start) }}",
    "colored rich text": "{{ lists.rich(styles, rich, start, gap=8, color=color, link_color=color) }}",
    "line of a rich text": """{% call email.row(start) %}
<p>{{ lists.line(styles, rich.parts[0].lines[0]) }}</p>
{% endcall %}""",
    "heading below a heading": "{% call email.row(start) %}{{ email.heading(styles, by, 22, level=4) }}"
    "{% endcall %}",
    "columns": """{% call email.row(start) %}
{% call(number) email.columns(css_class, start, count=count) %}
{% if number == 1 %}
{{ email.paragraph(styles, by) }}
{% elif number == 2 %}
{% call email.table() %}
{{ email.quote(styles, text, start) }}
{% endcall %}
{% else %}
{{ email.button(styles, by, url, color) }}
{% endif %}
{% endcall %}
{% endcall %}""",
}
BLOCK = """{%% import "macros/email.html" as email %%}
{%% import "macros/lists.html" as lists %%}
{%% call email.section(css_class, "ltr") %%}
{{ email.responsive(css_class, columns=True) }}
{%% call email.table(max_width="600px") %%}
%s
{%% endcall %%}
{%% endcall %%}
"""


def rendered(
    template: Template, source: str, styles: EmailStyles = STYLES, **values: object
) -> str:
    template(BLOCK % source)
    renderer = Renderer(megabytes=1, verifies=True)
    context = {**VALUES, **values}
    return renderer.render("trial", context, lambda: styles, instance="a", email_digest=b"")


def parsed(html: str) -> LexborHTMLParser:
    return LexborHTMLParser(html, is_fragment=True)


def style_of(html: str, selector: str) -> Mapping[str, str]:
    node = parsed(html).css_first(selector)
    assert node is not None
    style = node.attributes["style"] or ""
    return dict(each.split(":", 1) for each in style.split(";"))


@pytest.mark.parametrize(
    ("start", "styles"), [("left", STYLES), ("right", EmailStyles()), ("center", STYLES)]
)
@pytest.mark.parametrize("source", MACROS.values(), ids=MACROS)
def test_every_macro_makes_a_block_that_clients_show(
    source: str, start: str, styles: EmailStyles, template: Template
) -> None:
    html = rendered(template, source, styles, start=Choice(start))
    assert judge(html) == []
    problems = [each for each in lint(html) if each.severity is not Severity.INFO]
    assert [str(each) for each in problems if reason(each) is None] == []
    assert len(html.encode()) < 6_000


@pytest.mark.parametrize("count", [1, 2, 3])
def test_columns_have_the_content_of_their_caller_in_order(count: int, template: Template) -> None:
    html = rendered(template, MACROS["columns"], count=count)
    assert judge(html) == []
    found = re.findall(r">\s*(Anna|One line)<", html)
    assert found == ["Anna", "One line", "Anna"][:count]
    columns = parsed(html).css("td[class$=-column]")
    assert len(columns) == {1: 0, 2: 2, 3: 4}[count]
    for column in columns:
        style = column.attributes["style"] or ""
        assert f"width:{column.attributes['width']}" in style
        assert "min-width" in style


def test_a_quotation_has_its_bar_where_lines_start(template: Template) -> None:
    left = rendered(template, MACROS["quote by a person"])
    right = rendered(template, MACROS["quote by a person"], start=Choice("right"))
    bar, other = style_of(left, "td:has(> blockquote)"), style_of(right, "td:has(> blockquote)")
    assert (bar["border-left"], bar["padding-left"]) == ("4px solid #7a1f3d", "16px")
    assert (other["border-right"], other["padding-right"]) == ("4px solid #7a1f3d", "16px")
    assert style_of(left, "blockquote > p")["font-family"] == "Charter, serif"
    assert len(parsed(left).css("blockquote > p")) == 2


def test_a_list_has_margins_where_its_markers_are(template: Template) -> None:
    html = rendered(template, MACROS["list"])
    assert style_of(html, "ul")["margin"] == "0 0 0 24px"
    assert style_of(html, "ul")["font-size"] == "16px"
    assert [node.text() for node in parsed(html).css("li")] == VALUES["texts"]
    [span] = parsed(html).css("li > span[dir]")
    assert (span.attributes["dir"], span.text()) == ("rtl", HEBREW)

    mirrored = rendered(template, MACROS["list"], texts=[HEBREW, "Tea"])
    assert style_of(mirrored, "ul")["margin"] == "0 24px 0 0"


def test_rich_text_has_its_formats_links_and_lists(template: Template) -> None:
    html = rendered(template, MACROS["rich text"])
    assert (
        '>Some <strong>bold</strong> words, a <a href="https://a.example/?a=1&amp;b=2" target="_blank" '
        'style="color:#0055aa;text-decoration:underline">link <em>in</em> two</a> <a '
    ) in html
    assert "</a>.<br>A {line}</p>" in html
    assert [node.text() for node in parsed(html).css("ul > li, ol > li")] == ["Tea", HEBREW, HEBREW]
    assert style_of(html, "ol")["margin"] == "0 24px 0 0"


def test_what_is_bold_in_a_rich_text_is_no_other_look(template: Template) -> None:
    template(BLOCK % MACROS["rich text"])
    contexts = [
        {**VALUES, "rich": rich_text(source, 100)}
        for source in ("Some <b>bold</b> text", "<u>Other</u>\nlines <i>and <b>marks</b></i>")
    ]
    assert len({split_context(context)[0] for context in contexts}) == 1
    linked = {**VALUES, "rich": rich_text("<a href='https://a.example/'>a</a>", 100)}
    assert split_context(linked)[0] != split_context(contexts[0])[0]


def test_the_largest_rich_text_fits_in_a_block(template: Template) -> None:
    links = "".join(f'<a href="https://a.example/{n}&{"b" * 40}">a</a>' for n in range(20))
    marked = "<b><i><u><s>&amp;</s></u></i></b>&amp;" * 40
    rich = rich_text(links + marked + f"<p>{'&amp;' * 50}" * 40, 2_000)
    families = ", ".join(f"'Some Family Number {n}'" for n in range(20))
    styles = EmailStyles.parse({"p": {"font-family": families}})
    html = rendered(template, MACROS["colored rich text"], styles, rich=rich)
    assert MAX_BYTES * 0.5 < len(html.encode()) < MAX_BYTES
