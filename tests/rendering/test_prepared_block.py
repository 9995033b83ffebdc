"""Prepared blocks: each part of the safety argument is violated, and the violation is refused."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import ChoiceLoader, DictLoader
from prometheus_client import generate_latest

from plugin_server.errors import BlockRefused
from plugin_server.observe import metrics
from plugin_server.rendering.context_shape import UnusableContext
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.gate import check
from plugin_server.rendering.jinja_environment import jinja_environment
from plugin_server.rendering.placeholders import PlaceholderMisuse
from plugin_server.rendering.prepared_block import (
    SAFE_COLOR,
    SAFE_TEXT,
    Blank,
    PreparedBlock,
    UnsafeFilling,
    checked,
)
from plugin_server.rendering.renderer import Renderer
from plugin_server.rendering.value_types import Choice, Color, FormattedText, Run, Url

VALUES = {
    "text": "Some words",
    "url": Url("https://example.com/a?b=1&c=2"),
    "color": Color("#12ab34"),
    "choice": Choice("card"),
    "prose": "One\ntwo\n\nthree",
    "words": FormattedText([Run("Some "), Run("bold\ntext", frozenset({"strong", "em"}))]),
    "number": 5,
}
SAFE = {
    "text": "<div>{{ text }}</div>",
    "alternative text": '<div><img src="https://a.example/" alt="a {{ text }}"></div>',
    "link": '<div><a href="{{ url }}" target="_blank">a</a></div>',
    "image": '<div><img src="{{ url }}" alt=""></div>',
    "color": '<div style="{{ css(color=color, margin="0") }}">a</div>',
    "border": '<div style="{{ css(border=("1px", color)) }}">a</div>',
    **{
        f"border on the {side}": f"""<div style="{{{{ css(border_{side}=("1px", color)) }}}}">a</div>"""
        for side in ("top", "right", "bottom", "left")
    },
    "border beside the email's font": """<div style="{{ styles.text("p", border_left=("4px", color),
        border_top=("1px", readable_on(color)), color=color) }}">a</div>""",
    "border and font": """<div style="{{ css(border_left=("4px", color), font_family=styles.family("p")) }}">
a</div>""",
    "formatted text": "<div>{{ words }}</div>",
    "formatted text in formatted text": "<div><strong><em>{{ words }}</em></strong></div>",
    "formatted text in a link": '<div><a href="{{ url }}" target="_blank">{{ words }}</a></div>',
    "formatted text in an item": "<div><ul><li>{{ words }}</li></ul></div>",
    "derived color": '<div style="{{ css(color=readable_on(legible_on(color, "#ffffff"))) }}">a</div>',
    "cell": '<div><table role="presentation"><tbody><tr><td bgcolor="{{ color }}">a</td></tr></tbody></table>'
    "</div>",
    "class": """<div class="{{ css_class }}-a"><style>
@media only screen and (max-width:600px) {
.{{ css_class }}-a { padding-left:0 !important }
}
</style></div>""",
    "choice": '<div>{% if choice == "card" %}a{% endif %}{{ choice }}</div>',
    "prose": """<div>{% for p in prose.paragraphs %}
<p>{% for l in p.lines %}{{ l }}<br>{% endfor %}</p>
{% endfor %}</div>""",
    "direction": '<div dir="{{ text|direction }}">{% if text %}{{ text }}{% endif %}{{ number }}</div>',
}
# What templates may not do, and the error message.
UNSAFE = {
    "text in a link": ('<a href="{{ text }}" target="_blank">a</a>', "“text” is a text"),
    "part of a link": ('<a href="https://a.example/{{ text }}" target="_blank">a</a>', "in href"),
    "prefix of a URL": ('<a href="{{ url }}x" target="_blank">a</a>', "in href"),
    "URL as text": ("<p>{{ url }}</p>", "“url” is a URL"),
    "URL in alt": ('<img src="https://a.example/" alt="{{ url }}">', "in alt"),
    "text in a style": ('<p style="color:{{ text }}">a</p>', "in style"),
    "URL in a style": ('<p style="color:{{ url }}">a</p>', "in style"),
    "color in a name of a property": ('<p style="{{ color }}:red">a</p>', "in style"),
    "color with more digits": ('<p style="color:{{ color }}80">a</p>', "in style"),
    "text in a class": ('<p class="kb-{{ text }}">a</p>', "in class"),
    "text in a width": ('<td width="{{ text }}">a</td>', "in width"),
    "text in a sheet": ("<style>.{{ text }} { color:red }</style>", "in style element"),
    "color in a sheet": ("<style>p { color:{{ color }} }</style>", "in style element"),
    "class in a property": ("<style>p { color:{{ css_class }} }</style>", "in style element"),
    "color as text": ("<p>{{ color }}</p>", "“color” is a color"),
    "text in a tag's name": ("<{{ text }}>a</p>", "in a tag"),
    "text in an attribute's name": ('<p {{ text }}="a">a</p>', "odd tag"),
    "text for a whole tag": ("<p {{ text }}>a</p>", "odd tag"),
    "text without quotes": ("<p dir={{ text }}>a</p>", "odd tag"),
    "text in single quotes": ("<img src='https://a.example/' alt='{{ text }}'>", "odd tag"),
    "text in a comment": ("<!-- {{ text }} --><p>a</p>", "a comment"),
    "text after a comment": ("<!-- a --><p>{{ text }}</p>", "a comment"),
    "formatted text in alt": (
        '<img src="https://a.example/" alt="{{ words }}">',
        "“words” is a formatted text",
    ),
    "formatted text in a link": ('<a href="{{ words }}" target="_blank">a</a>', "in href"),
    "formatted text in a style": ('<p style="color:{{ words }}">a</p>', "in style"),
    "formatted text in a class": ('<p class="kb-{{ words }}">a</p>', "in class"),
    "formatted text in a sheet": ("<style>{{ words }}</style>", "in style element"),
    "formatted text in a tag's name": ("<{{ words }}>a</p>", "in a tag"),
    "formatted text in a comment": ("<!-- {{ words }} --><p>a</p>", "a comment"),
    "formatted text beside a brace": ("<p>{{ '{' }}{{ words }}</p>", "beside a brace"),
    "formatted text in a border": (
        """<p style="{{ styles.text('p', border=('1px', words)) }}">a</p>""",
        "cannot style anything with it",
    ),
    "text in a border": (
        """<p style="{{ styles.text('p', border=('1px', text)) }}">a</p>""",
        "cannot style anything with it",
    ),
    "text beside a brace": ("<p>{{ '{' }}{{ text }}</p>", "beside a brace"),
    "text before a brace": ("<p>{{ text }}<b>{{ '}' }}</b></p>", "beside a brace"),
    "text beside half a reference": ("<p>&#123;{{ text }}</p>", "beside a brace"),
}
DECIDING = {
    "comparison": ("{% if text == 'a' %}a{% endif %}", "cannot compare it"),
    "comparison of a color": ("{% if color == '#000000' %}a{% endif %}", "cannot compare it"),
    "membership": ("{% if 'a' in text %}a{% endif %}", "cannot"),
    "length": ("{{ text|length }}", "cannot measure it"),
    "filter": ("{{ text|upper }}", "cannot join or change it"),
    "joining": ("{{ text ~ text }}", "cannot join or change it"),
    "adding": ("{{ text + 'a' }}", "cannot join or change it"),
    "formatting": ("{{ '%s'|format(text) }}", "cannot join or change it"),
    "comparison of a formatted text": ("{% if words == 'a' %}a{% endif %}", "cannot compare it"),
    "runs": ("{% for r in words.runs %}a{% endfor %}", "cannot use its runs"),
    "direction of a formatted text": ("{{ words|direction }}", "cannot use its direction"),
    "loop": ("{% for c in text %}{{ c }}{% endfor %}", "cannot loop over it"),
    "slice": ("{{ text[:5] }}", "cannot take a part of it"),
    "method": ("{{ text.split() }}", "cannot use its split"),
    "text as a color": ("{{ readable_on(text) }}", "cannot pass it to readable_on"),
    "direction of a URL": ("{{ url|direction }}", "cannot use its direction"),
}


def rendered(renderer: Renderer, **values: object) -> str:
    return renderer.render(
        "trial", {**VALUES, **values}, EmailStyles, instance="a", email_digest=b""
    )


@pytest.mark.parametrize("source", SAFE.values(), ids=SAFE)
def test_values_stand_where_their_kind_may(source: str, template: Callable[[str], None]) -> None:
    template(source)
    first = rendered(Renderer(megabytes=1, verifies=True))
    quick = Renderer(megabytes=1)
    rendered(quick, text="Other", url=Url("https://example.org/"), color=Color("#ffffff"))
    assert rendered(quick) == first
    assert check(first) == []


@pytest.mark.parametrize(("source", "message"), UNSAFE.values(), ids=UNSAFE)
def test_values_stand_nowhere_else(
    source: str, message: str, template: Callable[[str], None]
) -> None:
    template(f"<div>\n{source}\n</div>")
    with pytest.raises(PlaceholderMisuse, match=re.escape(message)):
        rendered(Renderer(megabytes=1))


@pytest.mark.parametrize(("source", "message"), DECIDING.values(), ids=DECIDING)
def test_markup_does_not_depend_on_what_is_filled_in(
    source: str, message: str, template: Callable[[str], None]
) -> None:
    template(f"<div>\n{source}\n</div>")
    with pytest.raises(PlaceholderMisuse, match=message):
        rendered(Renderer(megabytes=1))


@pytest.mark.parametrize(
    ("write", "safe"),
    [
        (lambda value, line: value, SAFE_TEXT),
        (lambda value, line: value.replace("<", "&lt;"), SAFE_TEXT),
        (lambda value, line: value.replace('"', "&quot;"), SAFE_TEXT),
        (lambda value, line: value, SAFE_COLOR),
    ],
)
@pytest.mark.parametrize(
    "value",
    ["<b>'\"", '"><img src=x onerror=alert(1)>', "<'\"", "'\" &lt;", "&#60;\"'", "a\x00b<\"'"],
)
def test_a_value_that_is_not_escaped_is_refused(
    write: Callable[[str, int], str], safe: re.Pattern[str], value: str
) -> None:
    with pytest.raises(UnsafeFilling):
        checked(write, safe, "a text")(value, 0)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("href", "javascript:alert(1)"),
        ("href", 'https://a.example/"onclick="x'),
        ("href", "https://a.example"),
        ("href", "https://u@a.example/"),
        ("src", "mailto:a@a.example"),
        ("src", "data:image/png;base64,x"),
        ("style", "red"),
        ("style", "#12345"),
        ("style", "#12345678"),
        ("style", "#123456;background:url(//x)"),
        ("bgcolor", "#12345G"),
        ("class", "kb-a b"),
        ("class", 'kb-a" onclick="x'),
        ("class", "kb-a{"),
        ("", "lone \ud800 but printable drops it" + "\u2029"),
    ],
)
def test_a_value_that_does_not_fit_its_place_is_refused_or_made_harmless(
    place: str, value: str
) -> None:
    prepared = PreparedBlock(["<p>", Blank(0, 0, place), "</p>"], [])
    if place:
        with pytest.raises(UnsafeFilling):
            prepared.fill([value])
    else:
        assert prepared.fill([value]) == "<p>lone  but printable drops it</p>"


def test_what_adjacent_values_form_together_is_refused() -> None:
    two = PreparedBlock(["<p>u", Blank(0, 0, ""), "</p>"], [])
    with pytest.raises(UnsafeFilling):
        two.fill(["rl(a)"])


def test_a_first_filling_that_breaks_a_rule_is_refused_and_not_cached(
    template: Callable[[str], None],
) -> None:
    template("<div><p>{{ text }}</div>")
    renderer = Renderer(megabytes=1)
    for _ in "12":
        with pytest.raises(BlockRefused):
            rendered(renderer)


def test_a_block_that_gets_too_large_is_refused(template: Callable[[str], None]) -> None:
    template("<div>{{ text }}</div>")
    renderer = Renderer(megabytes=1)
    assert rendered(renderer, text="word " * 1_000)
    for large in ("word " * 10_000, "\u6c34" * 14_000):
        with pytest.raises(BlockRefused):
            rendered(renderer, text=large)


@pytest.mark.parametrize("value", [{"a"}, object(), 1j, b"bytes", lambda: "x"])
def test_a_context_holds_nothing_that_cannot_be_printed(
    value: object, template: Callable[[str], None]
) -> None:
    template("<div>a</div>")
    with pytest.raises(UnusableContext, match=type(value).__name__):
        rendered(Renderer(megabytes=1), more=value)


@dataclass(frozen=True)
class Item:
    title: str
    url: Url | None
    shown: object
    words: FormattedText = FormattedText([Run("words")])


LIST = """<div>{% for item in items %}
<p dir="{{ item.title|direction }}">
{% if item.url %}<a href="{{ item.url }}" target="_blank">{{ item.title }}</a>
{% else %}{{ item.title }}{% endif %}
{{ item.shown }}</p>
<p>{{ item.words }}</p>
{% endfor %}</div>"""
HOSTILE = (
    "<script>alert(1)</script>",
    "{{ x }}",
    "{",
    "}",
    "%}",
    "{%",
    "&lt;b&gt;",
    "&#123;{",
    "\"'>",
    "</p></div>",
    "url(",
    "u\u0000rl(",
    "\u202eabc",
    "\n\n a \n",
    " \t",
    "\ud800",
    "b0123456789abcdefp0e",
    "\u0627",
    "<!--",
)
ITEMS = st.lists(
    st.builds(
        Item,
        st.text(max_size=30) | st.sampled_from(HOSTILE),
        st.none() | st.just(Url("https://a.example/?a=1&b=2")),
        st.sampled_from([1, True, 1.0, 0, False, Choice("1"), Choice("True")]),
        st.builds(
            lambda text, tags: FormattedText([Run(text), Run(text, frozenset(tags))]),
            st.text(max_size=10) | st.sampled_from(HOSTILE),
            st.sets(st.sampled_from(["strong", "em", "u", "s"])),
        ),
    ),
    max_size=3,
)


@pytest.mark.slow
@given(st.lists(ITEMS, min_size=2, max_size=6))
@settings(max_examples=200, deadline=None)
def test_equal_shapes_have_equal_markup(lists: list[list[Item]]) -> None:
    """The renderer compares each filling with what the template makes of the values themselves."""
    env = jinja_environment()
    own = env.loader
    assert own is not None
    env.loader = ChoiceLoader([DictLoader({"blocks/list.html": LIST}), own])
    try:
        renderer = Renderer(megabytes=4, verifies=True)
        for items in lists:
            html = renderer.render(
                "list", {"items": items}, EmailStyles, instance="a", email_digest=b""
            )
            assert html.count("<p ") == len(items)
            assert html.count("<p>") == len(items)
    finally:
        env.loader = own


def counted(result: str) -> float:
    return metric(f'plugin_server_prepared_blocks_total{{result="{result}"}}')


def evicted() -> float:
    return metric('plugin_server_cache_evictions_total{cache="prepared_blocks"}')


def metric(sample: str) -> float:
    exposition = generate_latest(metrics.REGISTRY).decode()
    found = re.search(rf"^{re.escape(sample)} ([0-9.]+)", exposition, re.MULTILINE)
    return float(found[1]) if found else 0


def test_looks_are_bounded_and_counted(template: Callable[[str], None]) -> None:
    template("<div>{{ text }}{{ choice }}</div>")
    before, evicted_before = {result: counted(result) for result in ("hit", "miss")}, evicted()
    renderer = Renderer(megabytes=0.01)
    for number in range(40):
        for _ in "12":
            rendered(renderer, choice=Choice(str(number)))
    assert counted("miss") - before["miss"] == 40
    assert counted("hit") - before["hit"] == 40
    assert evicted() - evicted_before > 20


def test_nothing_is_cached_without_room(template: Callable[[str], None]) -> None:
    renderer = Renderer(megabytes=0)
    for word in ("one", "two"):
        template(f"<div>{word}</div>")
        jinja_environment().cache.clear()
        assert word in rendered(renderer)
