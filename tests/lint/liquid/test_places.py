"""Values are escaped for the place where they land, and Liquid stands where parsers of HTML leave it."""

import pytest
from support.blocks.liquid_cases import CART, codes, find, found, guarded, infos

from plugin_server.findings.finding import Severity

# A value that is never empty, and not escaped.
CITY = "subscriber.city | default: 'x'"


def put(html: str, filters: str = "") -> str:
    """Return a template with the value in place of ``@``."""
    return guarded(html.replace("@", f"{{{{{CITY.replace(' ', '')}{filters}}}}}"))


@pytest.mark.parametrize(
    ("html", "filters", "code"),
    [
        ("<p>@</p>", "", "liquid-escape"),
        ("<p>@</p>", "|strip_html", "liquid-escape"),
        ("<p>@</p>", "|escape|url_decode", "liquid-escape"),
        ("<p>@</p>", "|escape|replace:'&lt;','<'", "liquid-escape"),
        ("<p>@</p>", "|escape|append:subscriber.city", "liquid-escape"),
        ("<p>@</p>", "|escape|default:subscriber.company", "liquid-escape"),
        ("<!-- @ -->", "", "liquid-escape"),
        ('<img alt="@">', "", "liquid-escape"),
        ('<img alt="@">', "|escape|newline_to_br", "liquid-escape"),
        ("<img alt=@>", "|escape", "liquid-escape"),
        ('<a href="https://a.example/?b=@">c</a>', "", "liquid-url"),
        ('<a href="https://a.example/?b=@">c</a>', "|escape", "liquid-url"),
        ('<a href="https://a.example/?b=@">c</a>', "|url_encode|default:'a b'", "liquid-url"),
        ('<a href="mailto:@">c</a>', "|escape", "liquid-url"),
        ('<a href="@">c</a>', "|escape", "liquid-url"),
        ('<p style="color:@">c</p>', "|escape", "liquid-css"),
        ("<style>p { color:@ }</style>", "|escape", "liquid-css"),
        ('<p onclick="@">c</p>', "|escape", "liquid-css"),
        ("<h@>c</h1>", "|escape", "liquid-in-tag"),
        ("<p @>c</p>", "|escape", "liquid-in-tag"),
        ("<p class=a @=b>c</p>", "|escape", "liquid-in-tag"),
    ],
)
def test_a_value_that_is_not_escaped_for_its_place_is_found(
    html: str, filters: str, code: str
) -> None:
    assert codes(put(html, filters)) == [code]


@pytest.mark.parametrize(
    ("html", "filters"),
    [
        ("<p>@</p>", "|escape"),
        ("<p>@</p>", "|escape|upcase|truncate:20"),
        ("<p>@</p>", "|h"),
        ("<p>@</p>", "|escape_once"),
        ("<p>@</p>", "|escape|newline_to_br"),
        ("<p>@</p>", "|url_encode|url_decode|escape"),
        ("<p>@</p>", "|escape|prepend:'('|append:')'"),
        ("<p>@</p>", "|size"),
        ('<img alt="@">', "|escape"),
        ('<img alt="A\'s @">', "|escape"),
        ('<a href="https://a.example/?b=@&amp;c=d">c</a>', "|url_encode"),
        ('<img width="@">', "|size"),
        ('<p style="width:@px">c</p>', "|size"),
    ],
)
def test_a_value_that_is_escaped_is_not(html: str, filters: str) -> None:
    assert codes(put(html, filters)) == []


def test_a_whole_url_of_the_event_is_escaped_and_not_encoded() -> None:
    link = '<a href="{{%s.items[0].url%s}}">c</a>'
    assert codes(guarded(link % (CART, ""))) == ["liquid-escape"]
    assert codes(guarded(link % (CART, "|url_encode"))) == ["liquid-url"]
    assert codes(guarded(link % (CART, "|escape"))) == []
    start = link.replace("}}", "}}?a=b")
    assert codes(guarded(start % (CART, "|escape"))) == []


def test_what_the_author_wrote_needs_no_escaping() -> None:
    html = "{% assign color = '#112233' %}<p style=\"color:{{ color }}\">{{ 'a' }}{{ 5 | plus: 1 }}</p>"
    assert codes(guarded(html)) == []
    html = f'{{% for item in {CART}.items %}}<p style="top:{{{{ forloop.index }}}}px">a</p>{{% endfor %}}'
    assert codes(guarded(html)) == []


def test_what_is_captured_is_escaped_where_it_is_captured_or_printed() -> None:
    raw = f"{{% capture a %}}<b>{{{{ {CITY} }}}}</b>{{% endcapture %}}<p>{{{{ a }}}}</p>"
    escaped = raw.replace(CITY, f"{CITY} | escape")
    assert codes(guarded(escaped)) == []
    assert codes(guarded(raw)) == ["liquid-escape"]
    in_attribute = escaped.replace("<p>{{ a }}</p>", '<img alt="{{ a }}">')
    assert codes(guarded(in_attribute)) == ["liquid-escape"]


def test_escaping_twice_is_found() -> None:
    assert codes(put("<p>@</p>", "|escape|escape")) == ["liquid-escape-twice"]
    assigned = "{% assign a = subscriber.city | default: 'x' | escape %}<p>{{ a | escape }}</p>"
    assert codes(guarded(assigned)) == ["liquid-escape-twice"]


IF = "{% if subscriber.city != blank %}"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f'<p>\n</p><p class="{IF}a{{% endif %}}">b</p>', [("liquid-in-attribute", 2)]),
        (f"<p {IF}class=a{{% endif %}}>b</p>", [("liquid-in-tag", 1)]),
        (f"<table>\n{IF}<tr><td>a</td></tr>{{% endif %}}</table>", [("liquid-in-table", 2)]),
        (f"<table><tr>{IF}<td>a</td>{{% endif %}}</tr></table>", [("liquid-in-table", 1)]),
        (f"<table><tbody>{{{{ {CART}.items.size }}}}</tbody></table>", [("liquid-in-table", 1)]),
        (f"<table><tr><td>{IF}a{{% endif %}}</td></tr></table>", []),
        (f"{IF}<table><tr><td>a</td></tr></table>{{% endif %}}", []),
        ("<table>{% assign a = 1 %}<tr><td>{{ a }}</td></tr></table>", []),
        ('<p title="{{ "a" }}">b</p>', [("liquid-quote", 1)]),
        ("<p title=\"{{ 'a' }}\">b</p>", []),
        (f"{{% if {CART}.items.size <a %}}b{{% endif %}}", [("liquid-quote", 1)]),
        (f"{{% if {CART}.items.size < 3 %}}b{{% endif %}}", []),
    ],
)
def test_liquid_stands_where_parsers_leave_it(html: str, expected: list[tuple[str, int]]) -> None:
    assert [each for each in found(guarded(html)) if each[0] != "liquid-variable"] == expected


def test_a_space_in_a_url_is_an_info() -> None:
    link = '<a href="https://a.example/?b={{%s}}">c</a>'
    value = "subscriber.city | url_encode | default: 'x'"
    assert infos(guarded(link % f" {value} ")) == ["liquid-url-space"]
    assert infos(guarded(link % value.replace(" ", ""))) == []


def test_findings_have_their_column_and_line_of_source() -> None:
    template = guarded("\n  <p>{{ subscriber.city | default: 'x' }}</p>")
    finding = find(template, "liquid-escape")
    assert (finding.place.line, finding.place.column) == (2, 6)
    assert finding.source_line == "  <p>{{ subscriber.city | default: 'x' }}</p>{% endif %}"
    assert finding.severity is Severity.WARNING
    assert finding.advice == "Write | escape at the end of its filters."
