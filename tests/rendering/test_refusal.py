"""What a developer reads when the gate refuses a block: the rule, the line, and what to write instead."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jinja2 import ChoiceLoader, DictLoader

from plugin_server.errors import BlockRefused
from plugin_server.findings.finding import Finding
from plugin_server.rendering import gate_advice
from plugin_server.rendering.css_properties import PROPERTIES
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.gate import ALLOWED, check
from plugin_server.rendering.jinja_environment import MissingName, jinja_environment
from plugin_server.rendering.placeholders import PlaceholderMisuse
from plugin_server.rendering.refusal import ExplainedRefusal, explained
from plugin_server.rendering.renderer import Renderer
from plugin_server.rendering.value_types import Color, Url

CONTEXT = {
    "text": "Some words",
    "url": Url("https://example.com/"),
    "relative": Url("/about"),
    "color": Color("#12ab34"),
    "nothing": None,
}
IMPORT = '{% import "macros/email.html" as email %}\n'
SEE = "See “plugin-server lint --allowed”."
SPELLING = "is not in the one spelling that all mail clients read alike"
NO_URL = "is not an absolute URL in its normal spelling"
ABSOLUTE = (
    "Write the absolute https URL of the {}; {}() of plugin_server.blocks makes one of a text in "
)
ABSOLUTE += "the block's context."


@pytest.fixture
def refuse() -> Iterator[Callable[..., list[Finding]]]:
    """Render a template that the gate refuses; return what the developer reads."""
    env = jinja_environment()
    own = env.loader
    assert own is not None

    def render(source: str, *, verifies: bool = True) -> list[Finding]:
        env.loader = ChoiceLoader([DictLoader({"blocks/trial.html": source}), own])
        renderer = Renderer(megabytes=1, verifies=verifies)
        with pytest.raises((BlockRefused, PlaceholderMisuse, MissingName)) as caught:
            renderer.render("trial", CONTEXT, EmailStyles, instance="a", email_digest=b"")
        return [*getattr(caught.value, "findings", ())]

    yield render
    env.loader = own


@pytest.mark.parametrize(
    ("inside", "message", "advice"),
    [
        (
            "<!-- note -->",
            "the comment <!-- note -->",
            "Delete it, or write {# … #}, which is not sent.",
        ),
        (
            "<P>a</P>",
            "<P> is not in the one spelling that all mail clients read alike",
            "Write <p>.",
        ),
        (
            "<p lang='he'>a</p>",
            "<p lang='he'> is not in the one spelling that all mail clients read alike",
            'Write <p lang="he">.',
        ),
        (
            "a<br/>",
            "<br/> is not in the one spelling that all mail clients read alike",
            "Write <br>.",
        ),
        (
            "<h1>a</h1>",
            "<h1> is not an element that blocks may have",
            f"Write <h2>: <h1> is the email's own. {SEE}",
        ),
        (
            "<spam>a</spam>",
            "<spam> is not an element that blocks may have",
            f'Did you mean "span"? {SEE}',
        ),
        (
            "<script>a</script>",
            "Kit rejects blocks with <script>",
            "Write a link to a page that has it.",
        ),
        (
            '<p id="a">a</p>',
            "<p> may not have the attribute id",
            f"Write a class: a block may stand twice in an email. {SEE}",
        ),
        (
            '<p onclick="a">a</p>',
            "<p> may not have the attribute onclick",
            "Remove it: it is a script, which Kit rejects.",
        ),
        ('<p dir="up">a</p>', '<p> may not have dir="up"', "dir takes ltr or rtl."),
        (
            '<p class="other">a</p>',
            '<p> may not have class="other"',
            "class takes {{ css_class }}, or {{ css_class }} followed by a hyphen and a name.",
        ),
        (
            '<a href="https://a.example/">a</a>',
            "<a> has no target",
            'Write target="_blank", so that readers keep the email.',
        ),
        (
            '<a href="/about" target="_blank">a</a>',
            f'href="/about" {NO_URL}',
            ABSOLUTE.format("page", "parse_link"),
        ),
        (
            '<img src="https://a.example/a.png">',
            "<img> has no alt",
            'Write alt="…" with what the image shows, or alt="" for mere decoration.',
        ),
        (
            '<img src="a.png" alt="">',
            f'src="a.png" {NO_URL}',
            ABSOLUTE.format("image", "parse_web_url"),
        ),
        (
            '<p style="position:fixed">a</p>',
            "blocks may not use the CSS property position",
            f"Lay out by a table: mail clients ignore it. {SEE}",
        ),
        (
            '<p style="font-sise:16px">a</p>',
            "blocks may not use the CSS property font-sise",
            f'Did you mean "font-size"? {SEE}',
        ),
        (
            '<p style="Color:#ffffff">a</p>',
            "blocks may not use the CSS property Color",
            "Write color.",
        ),
        (
            '<p style="color:red">a</p>',
            "color:red: color is not in its normal spelling",
            'Write color:#ff0000, or style="{{ css(…) }}", which knows the spelling.',
        ),
        (
            '<p style="font-size:9em">a</p>',
            "font-size:9em: font-size has a value that blocks do not use",
            "font-size takes a length in px from 0px to 200px.",
        ),
        (
            '<p style="color:rgb(0,0,0)">a</p>',
            "color:rgb(0,0,0): color holds function, which blocks do not use",
            "color takes a color such as #1f5fbf or inherit.",
        ),
        (
            '<p style="color:#ffffff !important">a</p>',
            "!important belongs in the media query, and only there: color",
            "Remove !important.",
        ),
        (
            '<table role="presentation"><tr><td>a</td></tr></table>',
            "<tr> stands directly in <table>: parsers add a <tbody>",
            "Write <tbody> around the rows.",
        ),
        (
            "<p>a",
            "<p> without </p>: </div> in line 3 ends it",
            "Write </p>: editors and simple parsers may not add it.",
        ),
        (
            "<p>a</p></p>",
            "</p> adds an empty paragraph: no <p> is open here",
            "Remove it, or write its start tag.",
        ),
        (
            "a url(b)",
            "url( in text: Kit rejects it, in texts too",
            "Write an <img>, or a space before the parenthesis.",
        ),
        (
            '{{ "{" }}{ a',
            "a delimiter of Liquid in text",
            "Write one brace only, or a space between two: Kit runs Liquid over the finished email. Texts "
            "of the context are safe. For a subscriber's value, use personal() in a dynamic block.",
        ),
        (
            "</div><div>",
            "a block is one element, and <div> is a second one beside it",
            "Write one element around everything, such as the macro email.section().",
        ),
        (
            "<style>p { color:#ffffff }</style>",
            "a style element holds one media query and nothing else",
            "Write one @media only screen and (max-width:600px) around all rules, without comments.",
        ),
    ],
)
def test_every_broken_rule_is_explained_at_its_line(
    inside: str, message: str, advice: str, refuse: Callable[..., list[Finding]]
) -> None:
    found = refuse(f"<div>\n{inside}\n</div>")

    assert (message, advice) in [(each.message, each.advice) for each in found]
    assert {(each.place.file, each.place.line) for each in found} == {("blocks/trial.html", 2)}
    assert {each.source_line for each in found} == {inside}


def test_all_lines_are_reported_at_once_and_each_once(refuse: Callable[..., list[Finding]]) -> None:
    found = refuse(
        "<div>\n{% for n in [1, 2, 3] %}\n<h1>{{ n }}</h1>\n{% endfor %}\n"
        '<a href="{{ relative }}">a</a>\n<p style="float:left;colour:red">a</p>\n</div>'
    )

    assert [(each.place.line, each.code) for each in found] == [
        (3, "element"),
        (5, "attribute-missing"),
        (5, "address"),
        (6, "css-property"),
        (6, "css-property"),
    ]
    assert found[2].rendered == '<a href="/about">a</a>'


def test_what_a_macro_of_ones_own_writes_is_placed_in_the_macro(
    refuse: Callable[..., list[Finding]],
) -> None:
    [found] = refuse(
        "{% macro loud(text) %}\n<font>{{ text }}</font>\n{% endmacro %}\n<div>\n{{ loud(text) }}\n</div>"
    )
    assert found.place.line == 2


def test_what_a_shared_macro_is_given_is_placed_where_it_is_called(
    refuse: Callable[..., list[Finding]],
) -> None:
    [found] = refuse(
        f'{IMPORT}{{% call email.section(css_class, "ltr") %}}\n'
        "{{ email.text_link(styles, text, relative) }}\n{% endcall %}"
    )
    assert found.place.line == 3
    assert found.message.startswith(
        'href="/about" is not an absolute URL in its normal spelling, in line '
    )
    assert found.message.endswith(" of templates/macros/email.html")
    assert found.source_line == "{{ email.text_link(styles, text, relative) }}"


def test_values_that_stand_in_wrong_places_are_reported_with_everything_else(
    refuse: Callable[..., list[Finding]],
) -> None:
    found = refuse(
        '<div>\n<a href="{{ text }}">a</a>\n<p class="{{ text }}">a</p>\n<h1>a</h1>\n</div>'
    )

    assert [(each.place.line, each.code) for each in found] == [
        (2, "placeholder"),
        (2, "attribute-missing"),
        (3, "placeholder"),
        (4, "element"),
    ]
    assert found[0].message == "“text” is a text, which cannot be printed in href here"
    assert found[0].advice.startswith("Print texts between tags or in alt.")


def test_a_constant_none_is_placed_each_time(refuse: Callable[..., list[Finding]]) -> None:
    template = "<div>\n{{ nobody }}\n{{ none }}\n</div>"
    first, second = refuse(template), refuse(template)
    assert [(each.code, each.place.line) for each in first] == [
        ("missing-name", 2),
        ("printed-none", 3),
    ]
    assert second == first


def test_the_template_is_read_beyond_its_first_mistake(
    refuse: Callable[..., list[Finding]],
) -> None:
    found = refuse(
        "<div>\n{{ nobody }}\n{% if anybody.knows %}{% endif %}\n{{ nothing }}\n<h1>{{ text }}</h1>\n"
        '{% for each in somebody %}{% endfor %}\n<p class="{{ text }}">{{ styles.txt("p") }}</p>\n</div>'
    )
    assert [(each.place.line, each.code) for each in found] == [
        (2, "missing-name"),
        (3, "missing-name"),
        (4, "printed-none"),
        (5, "element"),
        (6, "missing-name"),
        (7, "missing-attribute"),
        (7, "placeholder"),
    ]
    assert found[0].message == "uses “nobody”, which is not in the context"
    assert found[0].advice == "It has color, nothing, relative, text and url."
    assert found[5].advice == 'Did you mean "text"? It has color, family, get and text.'


def test_mistakes_before_something_else_stops_the_template_are_reported(
    refuse: Callable[..., list[Finding]],
) -> None:
    [found] = refuse("<div>\n{{ nobody }}\n{{ 1 / 0 }}\n</div>")
    assert (found.place.line, found.code) == (2, "missing-name")


def test_an_odd_tag_is_not_blamed_on_the_values_after_it(
    refuse: Callable[..., list[Finding]],
) -> None:
    found = refuse("<div>\n<P>a</P>\n<p>{{ text }}</p>\n</div>")
    assert {each.place.line for each in found} == {2}


def test_a_template_that_the_marks_disturb_is_explained_without_a_place(
    refuse: Callable[..., list[Finding]],
) -> None:
    found = refuse(
        "{% set a %}\n16px\n{% endset %}<div>{{ css(font_size=a|trim) }}<h1>a</h1></div>"
    )
    assert [(each.code, each.place.line) for each in found] == [("element", 0)]
    assert found[0].advice


def test_a_server_that_does_not_verify_explains_nothing(
    refuse: Callable[..., list[Finding]], caplog: pytest.LogCaptureFixture
) -> None:
    assert refuse("<div><h1>secret</h1></div>", verifies=False) == []
    assert "Refused block trial: element at div > unknown" in caplog.text
    assert "secret" not in caplog.text


def test_creators_read_the_same_sentence_and_tests_the_explanation() -> None:
    refusal = ExplainedRefusal(explained("<div><h1>a</h1></div>", []))

    assert refusal.messages == [BlockRefused.message]
    assert str(refusal) == (
        f"<h1> is not an element that blocks may have. Write <h2>: <h1> is the email's own. {SEE}"
    )


@pytest.mark.parametrize("name", ["gate.py", "gate_css.py", "renderer.py", "personal/judging.py"])
def test_every_rule_has_advice(name: str) -> None:
    source = (Path(gate_advice.__file__).parent / name).read_text()
    codes = set(re.findall(r'(?:error|Problem)\(\s*"([a-z-]+)"', source))
    assert codes
    assert codes <= set(gate_advice.RULES)


@pytest.mark.parametrize(
    "html", ["", "<", "<div", "<div>" * 200, "<!--", "<div>{<em></em>{</div>", "<p " + "a=b " * 300]
)
def test_nothing_that_the_gate_finds_is_lost(html: str) -> None:
    assert check(html)
    assert all(each.message and each.advice for each in explained(html, check(html)))
    assert explained(html, check(html))


def test_advice_for_what_blocks_may_not_use_is_not_about_what_they_may() -> None:
    assert not gate_advice.ELEMENTS_INSTEAD.keys() & ALLOWED.keys()
    assert not gate_advice.PROPERTIES_INSTEAD.keys() & PROPERTIES.keys()
