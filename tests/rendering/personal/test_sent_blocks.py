"""What Kit sends of dynamic blocks: which values are shown, and to whom."""

from collections.abc import Callable

import pytest
from support.blocks.personal import CONTEXT, DYNAMIC, EVERYTHING, filled, sent, templates

from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.personal import engine
from plugin_server.rendering.personal.fields import DynamicBlock, EventPlugin, subscriber_field
from plugin_server.rendering.renderer import Renderer, render_block, verifying_renderer
from plugin_server.rendering.value_types import Choice, Url

NAME = """{% call when(has("subscriber.first_name")) %}
<p>{{ personal("subscriber.first_name") }}</p>{% endcall %}"""
ALWAYS = (
    '{{% call when(any_of(has("subscriber.x"), lacks("subscriber.x"))) %}}<p>{}</p>{{% endcall %}}'
)


def always(inside: str) -> str:
    """Return a template that is shown to everybody."""
    return ALWAYS.format(inside)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Ada", "Ada"),
        ("  Ada\t\n", "Ada"),
        ("Ada\r\nLovelace\tKing", "Ada  Lovelace King"),
        ("<b>&\"'", "&lt;b&gt;&amp;&quot;&#x27;"),
        ("{{ 7 }}{% x %}", "{\u200c{\u200c 7 \u200c}\u200c}{\u200c% x %\u200c}"),
        ("url(x)", "url\u200c(x)"),
        ("100% + 1", "100% + 1"),
        ("%7B%7B", "%7B%7B"),
        ("&amp;", "&amp;amp;"),
        ("\u202eabc\u2066\ufeff", "abc\ufe06"),
        ("\u00a0\u5c71\u7530\u3000\u592a\u90ce\u00a0", "\u5c71\u7530 \u592a\u90ce"),
        # As in Ruby, no white space.
        ("\u2009", "\u2009"),
        ("\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
        ("\U0001f600", "\U0001f600"),
        (42, "42"),
        (4.5, "4.5"),
        ("x" * 301, "x" * 297 + "..."),
    ],
)
def test_a_value_is_shown_as_text(
    value: object, shown: str, template: Callable[[str], None]
) -> None:
    template(NAME)
    assert sent(filled(), {"first_name": value}) == f"<p>{shown}</p>"


@pytest.mark.parametrize(
    "value", [None, "", " \n", False, "\u202e", "\u00a0", " \u202f\u3000\n", "\x00"]
)
def test_a_block_vanishes_without_the_value(value: object, template: Callable[[str], None]) -> None:
    template(NAME)
    html = filled()
    if value is not False:  # "false" in Ruby, too, where it is a text before it is encoded
        assert sent(html, {"first_name": value}) == ""
    assert sent(html, {}) == ""
    assert sent(html) == ""


def test_a_default_stands_where_there_is_no_value(template: Callable[[str], None]) -> None:
    template(always('{{ personal("subscriber.name", default=words) }}'))
    html = filled(words='dear "friend" {{ x }}\nof ours %}')
    shown = "dear &quot;friend&quot; {\u200c{\u200c x \u200c}\u200c} of ours %\u200c}"
    for subscriber in ({}, {"name": ""}, {"name": " "}, None):
        assert sent(html, subscriber) == f"<p>{shown}</p>"
    assert sent(html, {"name": "Ada"}) == "<p>Ada</p>"


@pytest.mark.parametrize(
    ("value", "expected", "is_equal"),
    [
        ("acme & co", "ACME & Co", True),
        (" ACME & CO ", "acme & co", True),
        ("acme", "acme & co", False),
        ('"}}', '"}}', True),
        ("\u00c9T\u00c9", "\u00e9t\u00e9", True),
        ("\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03cc\u03c2", False),
        *(
            (value, expected, True)
            for value in (
                "\u039f\u0394\u039f\u03a3",
                "\u03bf\u03b4\u03bf\u03c2",
                "\u03bf\u03b4\u03bf\u03c3",
            )
            for expected in (
                "\u039f\u0394\u039f\u03a3",
                "\u03bf\u03b4\u03bf\u03c2",
                "\u03bf\u03b4\u03bf\u03c3",
            )
        ),
        ("\u00a0acme\u00a0&\u00a0co\u3000", "acme & co", True),
        ("acme  &\t\r\n co", "acme & co", True),
        (f"acme{' ' * 8}& co", "acme   & co", True),
        ("acme &+co", "acme & co", False),
        ("acme++&", "acme+ &", False),
        (None, "acme", False),
        (7, "7", True),
    ],
)
def test_texts_are_equal_whatever_their_capitals(
    value: object, expected: str, is_equal: bool, template: Callable[[str], None]
) -> None:
    template(always("{% call when(equals(field, expected)) %}yes{{ otherwise() }}no{% endcall %}"))
    html = filled(expected=expected)
    assert sent(html, {"company": value}) == f"<p>{'yes' if is_equal else 'no'}</p>"


@pytest.mark.parametrize(
    ("condition", "for_whom"),
    [
        ('has("subscriber.a")', {"a", "ab"}),
        ('lacks("subscriber.a")', {"", "b"}),
        ('all_of(has("subscriber.a"), has("subscriber.b"))', {"ab"}),
        ('any_of(has("subscriber.a"), has("subscriber.b"))', {"a", "b", "ab"}),
        ('any_of(all_of(has("subscriber.a"), lacks("subscriber.b")), all_of(lacks("subscriber.a"), '
         'has("subscriber.b")))', {"a", "b"}),
        ('all_of(any_of(has("subscriber.a"), has("subscriber.b")), lacks("subscriber.b"))', {"a"}),
    ],
)  # fmt: skip
def test_conditions_combine_as_they_are_nested(
    condition: str, for_whom: set[str], template: Callable[[str], None]
) -> None:
    template(f"{{% call when({condition}) %}}<p>x</p>{{% endcall %}}")
    html = filled()
    shown = {who for who in ("", "a", "b", "ab") if sent(html, dict.fromkeys(who, "1"))}
    assert shown == for_whom


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://shop.example/a/b?c=1&d=2#e", "https://shop.example/a/b?c=1&amp;d=2#e"),
        ("HTTP://Shop.Example", "http://shop.example/"),
        (" https://shop.example/a b+c%20d ", "https://shop.example/a%20b+c%20d"),
        ("https://shop.example/\u05d0\u00e9", "https://shop.example/%D7%90%C3%A9"),
        ("https://shop.example/{{x}}\"'<>()\\", "https://shop.example/%7B%7Bx%7D%7D%22%27%3C%3E%28%29%5C"),
        ("https://shop.example/?next=https://a.example/", "https://shop.example/?next=https://a.example/"),
        ("javascript:alert(1)", None),
        ("javascript://shop.example/%0aalert(1)", None),
        ("//shop.example/", None),
        ("/cart", None),
        ("https:shop.example", None),
        ("https:///shop.example", None),
        ("https://", None),
        ("https://user@shop.example/", None),
        ("https://shop.example:8080/", None),
        ("https://{{ x }}/", None),
        ("https://m\u00fcller.example/", None),
        ("data:text/html,x", None),
        (f"https://shop.example/{'a' * 2000}", None),
        (None, None),
        (42, None),
        (["https://shop.example/"], None),
    ],
)  # fmt: skip
def test_only_web_urls_of_events_are_links(
    url: object, written: str | None, template: Callable[[str], None]
) -> None:
    template("""{% call when(has_url("event.checkout_url")) %}
<p><a href="{{ personal_url("event.checkout_url") }}" target="_blank">go</a></p>
{{ otherwise() }}<p>none</p>{% endcall %}""")
    expected = f'<p><a href="{written}" target="_blank">go</a></p>' if written else "<p>none</p>"
    assert sent(filled(), {}, {"checkout_url": url}) == expected


@pytest.mark.parametrize(
    ("url", "before", "after"),
    [
        ("https://example.com/", "https://example.com/?id=", ""),
        ("https://example.com/?a=1&b=2#top", "https://example.com/?a=1&amp;b=2&amp;id=", "#top"),
        ("https://example.com/?", "https://example.com/?id=", ""),
        ("https://example.com/#a?b", "https://example.com/?id=", "#a?b"),
        ("mailto:ada@example.com", "mailto:ada@example.com", None),
    ],
)
def test_links_carry_a_value_in_their_query(
    url: str, before: str, after: str | None, template: Callable[[str], None]
) -> None:
    link = '<a href="{{ with_personal(url, "id", "subscriber.id", default=words) }}" target="_blank">go</a>'
    template(always(link))
    html = filled(url=Url(url), words="a b&c")
    for value, written in (
        ("x y&z=1#{{", "x+y%26z%3D1%23%7B%7B"),
        (None, "a+b%26c"),
        ("\u00a0", "a+b%26c"),
    ):
        shown = "" if after is None else written + after
        assert f'href="{before}{shown}"' in sent(html, {"id": value})


def test_loops_show_items_up_to_their_limit(template: Callable[[str], None]) -> None:
    template("""{% call when(has("event.items")) %}<div>
{% call(item) each("event.items", limit=2) %}<p>{{ personal(item.title, default="thing") }}
{% call(tag) each(item.tags) %}<b>{{ personal(tag, default="?") }}</b>{% endcall %}</p>{% endcall %}
</div>{{ otherwise() }}<div>empty</div>{% endcall %}""")
    html = filled()
    items = [{"title": "One", "tags": ["a", "b"]}, {}, {"title": "Three"}]
    shown = sent(html, {}, {"items": items})
    assert "".join(shown.split()) == "<div><p>One<b>a</b><b>b</b></p><p>thing</p></div>"
    for none in ([], None, "", 42):
        assert sent(html, {}, {"items": none}) == "<div>empty</div>"


def test_liquid_needs_no_quotation_mark_brace_or_bracket_of_a_value(
    template: Callable[[str], None],
) -> None:
    template(EVERYTHING)
    html = filled(fallback='"{{ x }}" <b>', expected="%}\"'", words="plain")
    tags = html.count("{{") + html.count("{%")
    plain = filled(fallback="x", expected="x", words="plain")
    assert tags == plain.count("{{") + plain.count("{%")
    assert html.count('"') == plain.count('"')
    assert html.count("<") == plain.count("<")


@pytest.mark.parametrize("words", ["(x)", "rl(x)", " L (x)", "plain (x)"])
def test_no_text_continues_a_value_to_css(words: str, template: Callable[[str], None]) -> None:
    template(always("u{{ personal(field, default=words) }}{{ words }}"))
    html = filled(words=words)
    for value in ("", "r", "url", "u"):
        shown = sent(html, {"company": value})
        assert "url(" not in "".join(shown.lower().split())


def test_a_block_without_personal_values_is_static(template: Callable[[str], None]) -> None:
    template('<div>{{ words }}{% if shown == "yes" %}<b>x</b>{% endif %}</div>')
    assert filled(shown=Choice("no")) == "<div>your notes</div>"


def test_the_fields_that_are_shown_belong_to_the_look(template: Callable[[str], None]) -> None:
    template(always('{{ personal(field, default="x") }}{{ choice }}'))
    renderer = Renderer(megabytes=1)
    for key in ("city", "country", "city"):
        html = filled(renderer, field=subscriber_field(key), choice=Choice(key))
        assert sent(html, {key: "Haifa"}) == f"<p>Haifa{key}</p>"


@pytest.mark.parametrize(
    "key",
    [
        *(
            "size",
            "first",
            "last",
            "2nd_name",
            "7",
            "_",
            "or",
            "and",
            "nil",
            "null",
            "true",
            "false",
        ),
        *("contains", "with", "as", "for", "if", "in", "else", "limit", "offset", "empty", "blank"),
    ],
)
def test_any_key_is_a_field(key: str, template: Callable[[str], None]) -> None:
    template(always('{{ personal(field, default="none") }}'))
    html = filled(field=subscriber_field(key))
    assert sent(html, {key: "Ada", "other": "x"}) == "<p>Ada</p>"
    if key not in (
        "size",
        "first",
        "last",
    ):  # python-liquid reads brackets as dots; Kit's Ruby does not
        assert sent(html, {"other": "x"}) == "<p>none</p>"


@pytest.mark.parametrize("app", ["2shop", "our_app", "7", "size"])
def test_any_identifier_is_part_of_a_path(app: str, template: Callable[[str], None]) -> None:
    template(always('{{ personal("event.city", default="none") }}'))
    verifying_renderer.cache_clear()  # other tests have a block of that name
    event = EventPlugin("1st", {"city": "Haifa"})
    html = render_block(
        "trial", CONTEXT, EmailStyles(), instance="a", dynamic=DynamicBlock("a", event, app)
    )
    data = {"automation": {app: {"1st": {"city": "Jaffa"}}}}
    assert engine.render(engine.parse(html), data).strip() == "<p>Jaffa</p>"


def test_the_app_is_part_of_where_events_are(template: Callable[[str], None]) -> None:
    template(always('{{ personal("event.customer.city", default="x") }}'))
    assert DYNAMIC.event_path == "automation.our_app.abandoned_cart"
    assert "automation.our_app.abandoned_cart.customer.city" in filled()


def test_lines_are_broken_where_liquid_allows() -> None:
    with templates({"blocks/trial.html": EVERYTHING}):
        html = filled(words="word " * 300)
    # A text in quotes is one word.
    lines = [line for line in html.split("\n") if "word+word" not in line]
    assert max(map(len, lines)) < 998
    assert "word word" in sent(html, {"first_name": "Ada"})
