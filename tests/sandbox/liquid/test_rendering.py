"""What is known of rendered Liquid: which tag wrote what, what is empty, and where a mistake is."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_server.sandbox.editor.start_tags import shown_marked
from plugin_server.sandbox.liquid.rendering import LiquidRenderer, Sent

pytestmark = pytest.mark.processes

TEMPLATE = """<div class="a">{% if subscriber.city != '<u>' %}
<p>From {{ subscriber.city }} <b>{{ subscriber.zip }}</b></p>
{% for item in items %}<a href="{{ item.url }}">{{ item.title }}</a>{% endfor %}{% endif %}</div>"""


@pytest.fixture(scope="module")
def renderer() -> Iterator[LiquidRenderer]:
    found = LiquidRenderer()
    yield found
    found.stop()


def one(renderer: LiquidRenderer, template: str, **context: Any) -> Sent:
    (sent,) = renderer.render(template, [context])
    return sent


def test_each_tag_has_its_number_in_the_template(renderer: LiquidRenderer) -> None:
    items = [{"url": "/1", "title": "One"}, {"url": "/2", "title": "Two"}]
    sent = one(renderer, TEMPLATE, subscriber={"city": "Ghent", "zip": "9000"}, items=items)
    assert sent.html.startswith('<div class="a">\n<p>From Ghent <b>9000</b></p>\n<a href="/1">One')
    assert sent.numbers == (0, 2, 3, 4, 4)
    assert sent.empties == ()
    shown, tags = shown_marked(sent.marked)
    assert shown == sent.html
    assert [number for _, number in tags] == [0, 2, 3, 4, 4]


def test_what_prints_nothing_is_marked_where_readers_see_it(renderer: LiquidRenderer) -> None:
    sent = one(renderer, TEMPLATE, subscriber={"city": "Ghent"}, items=[{"title": ""}])
    found = [(each.source, each.line, each.column, each.is_text) for each in sent.empties]
    assert found == [
        ("{{ subscriber.zip }}", 2, 34, True),
        ("{{ item.url }}", 3, 33, False),
        ("{{ item.title }}", 3, 49, True),
    ]
    assert sent.marked.count("<sandbox-empty") == 2
    assert 'title="{{ subscriber.zip }}"></sandbox-empty></b>' in sent.marked
    assert "sandbox" not in sent.html


@pytest.mark.parametrize(
    "around",
    ["<!-- {} -->", "<style>{}</style>", '<img alt="{}">', "<a {}>", "<script>{}</script>"],
)
def test_nothing_is_marked_where_no_text_is(renderer: LiquidRenderer, around: str) -> None:
    sent = one(renderer, around.format("{{ nothing }}"))
    assert [each.is_text for each in sent.empties] == [False]
    assert "sandbox-empty" not in sent.marked


def test_variables_stay_what_they_are(renderer: LiquidRenderer) -> None:
    captured = "{% capture c %}<b>{{ x }}</b>{% endcapture %}"
    sent = one(renderer, captured + "{% if c == '<b></b>' %}same{% endif %}{{ c | size }}")
    assert sent.html == "same7"
    # The marks would have changed the size: there are none then.
    assert sent.marked == sent.html


def test_an_assigned_variable_is_named_by_where_it_comes_from(renderer: LiquidRenderer) -> None:
    template = "{% assign kb_1 = subscriber.town | strip | escape %}<p>{{ kb_1 }}{{ kb_2 }}</p>"
    sent = one(renderer, template)
    assert [each.source for each in sent.empties] == ["subscriber.town", "{{ kb_2 }}"]


def test_markup_of_liquid_itself_has_no_number(renderer: LiquidRenderer) -> None:
    sent = one(renderer, "{{ '<i>' }}x</i>{% raw %}{{ <u> }}{% endraw %}<b>y</b>")
    assert sent.html == "<i>x</i>{{ <u> }}<b>y</b>"
    assert sent.numbers == (None, None, 2)


def test_values_cannot_forge_marks(renderer: LiquidRenderer) -> None:
    sent = one(renderer, "<p>{{ v }}</p>", v=' data-sandbox-tag="7"<sandbox-empty title="x">')
    assert sent.marked == sent.html
    assert sent.numbers == ()


@pytest.mark.parametrize(
    ("template", "line", "column", "sentence"),
    [
        ("<p>\n{% if a %}x</p>", 2, 4, "{% if %} is not closed: add {% endif %}."),
        ("a\n\n b {% endfor %}", 3, 7, "{% endfor %} stands where no tag before it needs it."),
        ("{% nope %}", 1, 4, "{% nope %} is not a tag of Liquid."),
        ("x\n{{ a | shout }}", 2, 8, "“shout” is not a filter of Liquid."),
        ("x\n{{ a", 2, 1, "Expected '}}' before the end."),
        ("x\r\n{{ b[ }}", 2, 1, "Missing or unexpected path segment."),
        ("{% assign x %}", 1, 4, "Expected '=', found the end of the tag."),
        ("{{ 1 | divided_by: 0 }}", 1, 8, "Divided_by: can't divide by 0."),
    ],
)
def test_a_mistake_has_its_line(
    renderer: LiquidRenderer, template: str, line: int, column: int, sentence: str
) -> None:
    problem = one(renderer, template).problem
    assert problem is not None
    assert (problem.line, problem.column, problem.sentence) == (line, column, sentence)
    assert str(problem) == f"Line {line} of the Liquid: {sentence}"


def test_a_mistake_of_one_reader_is_not_another_s(renderer: LiquidRenderer) -> None:
    good, bad = renderer.render("{{ 6 | divided_by: n }}", [{"n": 2}, {"n": 0}])
    assert (good.html, good.problem) == ("3", None)
    assert bad.problem is not None


PIECES = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<b class='x'",
            ">",
            "<!--",
            "-->",
            "<style>",
            "</style>",
            '"',
            "'",
            "=",
            " ",
        ),
        *(
            "{{ a }}",
            "{{ b }}",
            "{% if a %}",
            "{% endif %}",
            "{{ '<i>' }}",
            "text",
            "\n",
            "&amp;",
            "<",
        ),
    ]
)


@settings(max_examples=60)
@given(template=st.lists(PIECES, max_size=14).map("".join))
def test_marks_never_change_what_is_shown(renderer: LiquidRenderer, template: str) -> None:
    sent = one(renderer, template, a="A")
    if sent.problem:
        return
    without = re.sub(
        r"<sandbox-empty [^>]*></sandbox-empty>| data-sandbox-tag=\"\d+\"", "", sent.marked
    )
    assert without == sent.html
