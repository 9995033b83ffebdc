"""What developers read about templates that misuse personal values: the line, and what to write instead."""

import re
from collections.abc import Callable

import pytest
from support.blocks.personal import CONTEXT, filled

from plugin_server.errors import BlockRefused
from plugin_server.findings.finding import Finding, Place, error
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.jinja_environment import MissingName
from plugin_server.rendering.personal.structure import MAX_COMBINATIONS
from plugin_server.rendering.placeholders import PlaceholderMisuse
from plugin_server.rendering.renderer import Renderer

NAME = '"subscriber.name"'
START, END = f"{{% call when(has({NAME})) %}}\n<div>\n", "\n</div>\n{% endcall %}"


@pytest.fixture
def refused(template: Callable[[str], None]) -> Callable[[str], list[Finding]]:
    """Render a template that is refused; return what its author reads."""

    def render(source: str) -> list[Finding]:
        template(source)
        with pytest.raises((BlockRefused, PlaceholderMisuse, MissingName)):
            filled(Renderer(megabytes=1))
        with pytest.raises((BlockRefused, PlaceholderMisuse, MissingName)) as caught:
            filled()
        found = [*getattr(caught.value, "findings", ())]
        # A helper that refuses what it is given stops the template, at its line of the traceback.
        return found or [_of_traceback(caught.value)]

    return render


def _of_traceback(problem: BaseException) -> Finding:
    traceback = problem.__traceback__
    lines = []
    while traceback:
        if traceback.tb_frame.f_code.co_filename == "<template>":
            lines.append(traceback.tb_lineno)
        traceback = traceback.tb_next
    message, _, advice = str(problem).partition(". ")
    return error("placeholder", Place(line=lines[-1] if lines else 0), message, advice)


# Inside of a condition that "subscriber.name" has a value, on line 3.
INSIDE = {
    "no default": (
        '{{ personal("subscriber.city") }}',
        "“subscriber.city” may be empty",
        "default=…",
    ),
    "empty default": (
        '{{ personal("subscriber.city", default=" ") }}',
        "may be empty",
        "default=…",
    ),
    "other branch": (
        "{% call when(has(field)) %}a{{ otherwise() }}{{ personal(field) }}{% endcall %}",
        "“subscriber.company” may be empty",
        "when(has(…))",
    ),
    "equal to nothing": (
        "{% call when(equals(field, '')) %}{{ personal(field) }}{% endcall %}",
        "“subscriber.company” may be empty",
        "default=…",
    ),
    "any of two": (
        "{% call when(any_of(has(field), has('subscriber.a'))) %}{{ personal(field) }}{% endcall %}",
        "“subscriber.company” may be empty",
        "default",
    ),
    "unknown URL": (
        '<a href="{{ personal_url("event.checkout_url") }}" target="_blank">a</a>',
        "“event.checkout_url” may be no web URL",
        "when(has_url(…))",
    ),
    "a URL that has a value": (
        '{% call when(has("event.checkout_url")) %}'
        '<a href="{{ personal_url("event.checkout_url") }}" target="_blank">a</a>{% endcall %}',
        "may be no web URL",
        "when(has_url(…))",
    ),
    "value in a style": (
        '<p style="color:{{ personal(F) }}">a</p>',
        "in style here",
        "between tags or in alt",
    ),
    "value in a class": ('<p class="{{ personal(F) }}">a</p>', "in class here", "between tags"),
    "value in a tag's name": ("<{{ personal(F) }}>a</p>", "in a tag's name here", "between tags"),
    "value in a comment": ("<!-- {{ personal(F) }} --><p>a</p>", "the comment", "Delete it"),
    "value in href": (
        '<a href="{{ personal(F) }}" target="_blank">a</a>',
        "in href here",
        "with_personal()",
    ),
    "value in a part of href": (
        '<a href="https://a.example/{{ personal(F) }}" target="_blank">a</a>',
        "in href here",
        "with_personal()",
    ),
    "value in a sheet": (
        "<style>{{ personal(F) }}</style>",
        "in style element here",
        "between tags",
    ),
    "link in a part of href": (
        '<a href="{{ with_personal(url, "a", F) }}x" target="_blank">a</a>',
        "in href here",
        "the whole value of href",
    ),
    "link as text": (
        '<p>{{ with_personal(url, "a", F) }}</p>',
        "as text here",
        "the whole value of href",
    ),
    "link of an image": (
        '<img src="{{ with_personal(url, "a", F) }}" alt="">',
        "in src here",
        "the whole value of href",
    ),
    "condition in an attribute": (
        '<img src="https://a.example/" alt="{% call when(has(F)) %}a{% endcall %}">',
        "in alt here",
        "between tags",
    ),
    "condition in a tag": (
        '<p {% call when(has(F)) %}dir="rtl"{% endcall %}>a</p>',
        "in a tag or comment here",
        "between tags",
    ),
    "condition between rows": (
        '<table role="presentation"><tbody>{% call when(has(F)) %}<tr><td>a</td></tr>{% endcall %}'
        "</tbody></table>",
        "when() stands directly in <tbody>",
        "inside a <td>, or around the whole <table>",
    ),
    "loop over rows": (
        '<table role="presentation"><tbody>{% call(i) each("event.items") %}<tr><td>a</td></tr>{% endcall %}'
        "</tbody></table>",
        "each(event.items) stands directly in <tbody>",
        "around the whole <table>",
    ),
    "element that is not closed": (
        "{% call when(has(F)) %}<p>{{ otherwise() }}</p>{% endcall %}",
        "when() opens or closes an element that its other branches do not",
        "on one side of",
    ),
    "element that is closed": (
        "<p>{% call when(has(F)) %}</p><p>{% endcall %}</p>",
        "opens or closes",
        "one side",
    ),
    "loop that closes": (
        '<p>{% call(i) each("event.items") %}</p>{% endcall %}',
        "opens or closes",
        "one side",
    ),
    "second otherwise": (
        "{% call when(has(F)) %}a{{ otherwise() }}b{{ otherwise() }}c{% endcall %}",
        "this when() has an otherwise() already",
        "another when()",
    ),
    "otherwise of a loop": (
        '{% call(i) each("event.items") %}{{ otherwise() }}{% endcall %}',
        "otherwise() stands outside of the condition",
        "within {% call when",
    ),
    "printed twice": (
        "{% set x %}{% call when(has(F)) %}a{% endcall %}{% endset %}{{ x }}{{ x }}",
        "when() stands here twice",
        "Write the call block again",
    ),
    "item after its loop": (
        '{% set ns = namespace() %}{% call(i) each("event.items") %}{% set ns.i = i %}{% endcall %}'
        '{{ personal(ns.i.title, default="a") }}',
        "is used outside of its loop",
        "within the call block of each()",
    ),
    "unknown event field": (
        '{{ personal("event.total", default="a") }}',
        "“event.total” is not in the event's sample data",
        "It has checkout_url, customer and items.",
    ),
    "misspelt event field": (
        '{{ personal("event.checkouturl", default="a") }}',
        "is not in",
        'Did you mean "checkout_url"?',
    ),
    "unknown item field": (
        '{% call(item) each("event.items") %}{{ personal(item.name, default="a") }}{% endcall %}',
        "“item.name” is not in the event's sample data",
        "It has tags, title and url.",
    ),
    "field of a text": (
        '{{ personal("event.checkout_url.host", default="a") }}',
        "no object",
        "EventPlugin",
    ),
    "list as a value": ('{{ personal("event.items", default="a") }}', "is a list", "each("),
    "object as a value": (
        '{{ personal("event.customer", default="a") }}',
        "is an object",
        "event.customer.city",
    ),
    "loop over a text": (
        '{% call(i) each("event.checkout_url") %}a{% endcall %}',
        "is not a list",
        "personal()",
    ),
    "loop over a subscriber's": (
        "{% call(i) each(F) %}a{% endcall %}",
        "is one text",
        "personal()",
    ),
    "nothing that takes the item": (
        '{% call each("event.items") %}a{% endcall %}',
        "nothing takes it",
        "{% call(item) each(…) %}",
    ),
    "no limit": (
        '{% call(i) each("event.items", limit=0) %}a{% endcall %}',
        "each() shows 1 to 50",
        "limit=10",
    ),
    "not a field": (
        '{{ personal("name", default="a") }}',
        "“name” is not a field",
        'Write "subscriber."',
    ),
    "Liquid as a field": (
        '{{ personal("subscriber.name | upcase") }}',
        "is not a field",
        "small letters",
    ),
    "text as a field": ("{{ personal(words) }}", "is not a field", "subscriber_field(key)"),
    "number as a default": ("{{ personal(F, default=1) }}", "takes a text", "in quotes"),
    "URL as a default": ("{{ personal(F, default=url) }}", "“url” is a URL", "Print values"),
    "text as a URL": (
        '{{ with_personal("https://a.example/", "a", F) }}',
        "takes a URL of the context",
        "parse_link()",
    ),
    "odd parameter": (
        '{{ with_personal(url, "a=1&b", F) }}',
        "is not the name of a parameter",
        "letters",
    ),
    "no condition": ("{% call when(F) %}a{% endcall %}", "when() takes conditions", "has(…)"),
    "no conditions": (
        "{% call when(all_of()) %}a{% endcall %}",
        "all_of() takes conditions",
        "has(…)",
    ),
    "condition in Jinja": (
        "{% if has(F) %}a{% endif %}",
        "cannot decide in the template",
        "call when(…)",
    ),
    "no block": ("{{ when(has(F)) }}", "when() needs what it shows", "{% call when(…) %}"),
    "printed item": (
        '{% call(i) each("event.items") %}{{ i.title }}{% endcall %}',
        "cannot print it",
        "personal(i.title)",
    ),
    "tested item": (
        '{% call(i) each("event.items") %}{% if i.url %}a{% endif %}{% endcall %}',
        "cannot test it",
        "has(i.url)",
    ),
    "compared item": (
        '{% call(i) each("event.items") %}{% if i.url == "a" %}a{% endif %}{% endcall %}',
        "cannot compare it",
        "equals(i.url",
    ),
    "item in a loop of Jinja": (
        '{% call(i) each("event.items") %}{% for t in i.tags %}a{% endfor %}{% endcall %}',
        "cannot loop over it",
        "each(i.tags)",
    ),
    "changed value": ("{{ personal(F)|upper }}", "cannot join or change it", ""),
    "direction of a value": ("{{ personal(F)|direction }}", "cannot use its direction", ""),
    "raw Liquid": ("{{ '{{' }} subscriber.name }}", "Liquid", "personal()"),
    "Liquid's variable": ("{{ subscriber.name }}", "uses “subscriber”", "personal("),
    "Liquid's loop": (
        "{% for item in automation.our_app.x.items %}a{% endfor %}",
        "uses “automation”",
        "each(",
    ),
}


@pytest.mark.parametrize(("inside", "message", "advice"), INSIDE.values(), ids=INSIDE)
def test_misuse_is_explained_at_its_line(
    inside: str, message: str, advice: str, refused: Callable[[str], list[Finding]]
) -> None:
    found = refused(f"{START}{inside.replace('F)', f'{NAME})').replace('F,', f'{NAME},')}{END}")
    assert message in found[0].message
    assert advice in found[0].advice
    assert found[0].place.line == 3
    shown = " ".join(f"{each.message} {each.rendered}" for each in found)
    assert not re.search("[0-9a-f]{16}", shown)


OUTSIDE = {
    "nothing around": '<div>\n{{ personal("subscriber.name", default="a") }}\n</div>',
    "an element around": '<div>{% call when(has("subscriber.name")) %}<p>a</p>{% endcall %}</div>',
    "text before": 'a {% call when(has("subscriber.name")) %}<p>a</p>{% endcall %}',
    "an element after": '{% call when(has("subscriber.name")) %}<p>a</p>{% endcall %}<p>b</p>',
    "two": '{% call when(has("subscriber.name")) %}<p>a</p>{% endcall %}'
    '{% call when(lacks("subscriber.name")) %}<p>b</p>{% endcall %}',
    "a loop": '{% call(item) each("event.items") %}<p>a</p>{% endcall %}',
}


@pytest.mark.parametrize("source", OUTSIDE.values(), ids=OUTSIDE)
def test_one_condition_stands_around_the_block(
    source: str, refused: Callable[[str], list[Finding]]
) -> None:
    found = refused(source)
    whole = [each for each in found if "stands in one condition as a whole" in each.message]
    assert whole
    assert "Write {% call when(…) %} before everything else" in whole[0].advice


def test_every_combination_of_conditions_is_judged_or_refused(
    template: Callable[[str], None], refused: Callable[[str], list[Finding]]
) -> None:
    def with_fields(number: int) -> str:
        each = '{{% call when(has("subscriber.f{}")) %}}<p>a</p>{{% endcall %}}'
        conditions = "\n".join(map(each.format, range(number)))
        return f'{{% call when(has("subscriber.f0")) %}}\n<div>{conditions}</div>{{% endcall %}}'

    template(with_fields(6))
    assert MAX_COMBINATIONS == 2**6
    assert filled()
    [found] = refused(with_fields(7))
    assert found.message.startswith(
        "the conditions of this block have 128 combinations of outcomes"
    )
    assert found.advice == "Use fewer fields in conditions, or make two blocks."


@pytest.mark.parametrize(
    ("limit", "number", "is_judged"), [(10, 6, True), (1, 2, True), (1, 3, False)]
)
def test_items_of_a_loop_share_subscribers(
    limit: int, number: int, is_judged: bool, template: Callable[[str], None]
) -> None:
    each = '{{% call when(equals(item.title, "{}")) %}}<b>a</b>{{% endcall %}}'
    conditions = "\n".join(map(each.format, range(number)))
    template(
        f'{{% call when(has("event.items")) %}}\n<div>{{% call(item) each("event.items", limit={limit}) %}}'
        f"{conditions}{{% call when(all_of(has(item.tags), lacks(item.url))) %}}<u>a</u>{{% endcall %}}"
        '{% call when(has("subscriber.a")) %}<s>a</s>{% endcall %}{% endcall %}</div>{% endcall %}'
    )
    if is_judged:
        assert filled(Renderer(megabytes=1))
    else:
        with pytest.raises(PlaceholderMisuse, match="combinations of outcomes"):
            filled(Renderer(megabytes=1))


def test_other_blocks_have_no_personal_values(template: Callable[[str], None]) -> None:
    template('<div>{{ personal("subscriber.name", default="a") }}</div>')
    with pytest.raises(PlaceholderMisuse, match="is for dynamic blocks"):
        Renderer(megabytes=1).render("trial", CONTEXT, EmailStyles, instance="a", email_digest=b"")


def test_what_the_gate_finds_in_a_branch_has_its_line(
    refused: Callable[[str], list[Finding]],
) -> None:
    lines = [
        '{% call when(has("subscriber.name")) %}',
        "<div><p>a</p></div>",
        "{{ otherwise() }}",
        "<div>",
        "<h1>{{ words }}</h1>",
        "</div>",
        "{% endcall %}",
    ]
    found = refused("\n".join(lines))
    assert [(each.code, each.place.line) for each in found] == [("element", 5)]
