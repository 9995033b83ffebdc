"""Liquid in titles and descriptions: what a reader without data sees, and text that is not Liquid."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_server.rendering.liquid_text import remove_liquid, render_for_unknown_reader


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('{{ subscriber.first_name | default: "Friend" }}, your notes', "Friend, your notes"),
        ("{{subscriber.first_name|default:'Friend'}}, your notes", "Friend, your notes"),
        ("{{- name | default: 'Friend' -}}, your notes", "Friend, your notes"),
        ("{{ name | default: “Friend” }}, your notes", "Friend, your notes"),
        ("{{ name | default: „Friend“ }}, your notes", "Friend, your notes"),
        ("{{ name | default: ’Friend’ }}, your notes", "Friend, your notes"),
        ("{{ name | default: &quot;Friend&quot; }}, your notes", "Friend, your notes"),
        ("{{ name | default: &#39;Q&amp;A&#39; }}, your notes", "Q&A, your notes"),
        ('{{ name | default: "Q&amp;A" }}, your notes', "Q&amp;A, your notes"),
        ('{{ name | strip | default: "friend" | capitalize }}!', "Friend!"),
        ("{{ name | default: 'friend' | upcase | append: '!' }}", "FRIEND!"),
        ('{{ name | default: "it’s }} and {% me" }}, hi', "it’s }} and {% me, hi"),
        ('{{ a["first name"].b[0] | default: "you" }}, hi', "you, hi"),
        ("{{ name | default: x | default: 'you' }}, hi", "you, hi"),
    ],
)
def test_defaults_are_what_readers_see(text: str, read: str) -> None:
    assert render_for_unknown_reader(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("{{ subscriber.first_name }}, your weekly notes", "your weekly notes"),
        ("Hi {{ subscriber.first_name }}, welcome", "Hi, welcome"),
        ("Hello {{ first_name }}!", "Hello!"),
        ("Bonjour {{ first_name }} !", "Bonjour !"),
        ("Welcome, {{ first_name }}!", "Welcome!"),
        ("Thanks, {{ first_name }}", "Thanks"),
        ("Thanks, {{ first_name }}, for reading", "Thanks, for reading"),
        ("{{ first_name }} {{ last_name }}: news", "news"),
        ("Big news – {{ first_name }}", "Big news"),
        ("{{ first_name }} – big news", "big news"),
        ("Today - {{ first_name }} - big news", "Today - big news"),
        ("{{ first_name }}'s weekly notes", "weekly notes"),
        ("From {{ first_name }}’s desk", "From desk"),
        ("Ready? {{ first_name }}! Go", "Ready? Go"),
        ("[{{ tag }}] News ({{ month }})", "News"),
        ("“{{ first_name }}, come home”", "“come home”"),
        ("🎉 {{ first_name }}, you did it", "🎉 you did it"),
        ("مرحبا {{ first_name }}، أهلا", "مرحبا، أهلا"),
        ("To {{ first_name }} and yours", "To and yours"),
        ("No.{{ number }}, as ever , so", "No., as ever , so"),
        ("{{ 'now' | date: '%Y' }} in review", "in review"),
        ("{{ subscriber.first_name }}", ""),
        ("{{ }}{{}} x", "x"),
        ("{{ a b c }}, {{ 'x' * 3 }}, {{ x || y }}, hi", "hi"),
    ],
)
def test_a_hole_is_closed_with_its_spaces_and_punctuation(text: str, read: str) -> None:
    assert render_for_unknown_reader(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("{% if subscriber.first_name %}Hi you{% else %}Hi there{% endif %}, x", "Hi there, x"),
        ("{% if name %}{{ name }}, {% endif %}your notes", "your notes"),
        ("Hey{% if name %} {{ name }}{% endif %}, news", "Hey, news"),
        ("{% if name != blank %}Hi you{% else %}Hi there{% endif %}", "Hi there"),
        ("{% if a.b == empty or c %}Hi there{% else %}Hi you{% endif %}", "Hi there"),
        ('{% if c and name == "" %}A{% elsif name == nil %}B{% endif %}', "B"),
        ("{% if age &gt; 17 %}old{% elsif age %}young{% else %}ageless{% endif %}", "ageless"),
        ("{% unless name %}Reader{% endunless %}: news", "Reader: news"),
        ("{% case plan %}{% when 'pro' %}Pro{% else %}All{% endcase %}: news", "All: news"),
        ("{%- assign n = name | default: 'you' -%}Hi {{ n | capitalize }}", "Hi You"),
        ("{% capture n %}{{ name }}{% endcapture %}{% if n == '' %}Hi{% endif %}", "Hi"),
        ("{% capture n %}{{ name | default: 'me' }}{% endcapture %}{{ n | capitalize }}", "Me"),
        ("News {% comment %}draft {{ x }}{% endcomment %}of the week", "News of the week"),
        ("{% for t in subscriber.tags %}{{ t }}{% else %}none{% endfor %} x", "none x"),
        ("{% include 'header' %}{% wow %}, news", "news"),
        ("{% if vip %}For VIPs only{% endif %}", "For VIPs only"),
    ],
)
def test_branches_are_those_of_a_reader_without_data(text: str, read: str) -> None:
    assert render_for_unknown_reader(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Hi {{ subscriber.first_na", "Hi"),
        ("Hi {{ subscriber.first_name | default: 'Fri…", "Hi"),
        ("Hi, {% if subscriber.first_name", "Hi"),
        ("Hi {{ name }", "Hi"),
        ('If {% if tide == "low" %} were a sentence', "If were a sentence"),
        ("{% endif %}No end{% else %}ing", "No ending"),
        ("{{ x | default: it's }} and Tom's", "and Tom's"),
        ("{% for i in (1..1000000000) %}x{% endfor %} y", "x y"),
        ("Learn {{ is hard", "Learn {{ is hard"),
        ("a }} b %} c { d } 100%", "a }} b %} c { d } 100%"),
        ("{% raw %}{{ x }}{% endraw %} is code", "{{ x }} is code"),
    ],
)
def test_broken_liquid_loses_no_other_text(text: str, read: str) -> None:
    assert render_for_unknown_reader(text) == read


@pytest.mark.parametrize("text", ["", "Plain , text !", "{x} 50% {", "}} first", " \ufdd0 "])
def test_text_without_liquid_is_left_alone(text: str) -> None:
    assert render_for_unknown_reader(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        "{% assign s = s | append: 'xxxxxxxxxxxxxxx' | append: s %}",
        "{% assign s = 'aaaa' %}{{ s | replace: 'a', 'aaaaaaaaaa' | replace: 'a', 'aaaaaaaaaa' }}",
        "{% assign x = 99 %}{% assign x = x | times: x %}",
        "{% capture s %}{{ s }}{{ s }}aaaaaaaaaaaaaaaaa{% endcapture %}",
        "{% for a in 'a,b,c' %}{% for b in 'a,b,c' %}",
        "{{ (1..9999999999) | join }}{% if (1..9999999999) contains 'x' %}x{% endif %}",
        "{% if ((((((((((((((((((((a))))))))))))))))))) %}x{% endif %}",
        "{{ a[b[c[d[e[f[g[h[i[j[k[",
        "{{ 9999999999999999999999999999 | plus: 1e308 | times: 1e308 }}",
        "{{ 'x' | truncate: 99999999999999, 'y' }}",
        "{{'\"{%",
        "{% raw %}",
        ", {{ x }}",
    ],
)
@pytest.mark.parametrize("size", [4_900, 100_000])
def test_the_output_of_hostile_liquid_is_bounded(piece: str, size: int) -> None:
    assert len(render_for_unknown_reader(piece * (size // len(piece)))) <= size


PIECES = [
    *(
        "{{",
        "}}",
        "{%",
        "%}",
        "{",
        "}",
        "-",
        "|",
        " ",
        ",",
        "!",
        "(",
        ")",
        '"',
        "'",
        "“",
        "’",
        "&quot;",
    ),
    *(
        "if a",
        "else",
        "endif",
        "unless a",
        "endunless",
        "case a",
        "when 1",
        "endcase",
        "raw",
        "endraw",
    ),
    *("comment", "endcomment", "capture s", "endcapture", "assign s = 'x'", "for i in a", "endfor"),
    *(
        "a",
        "x.y",
        "default: 'b'",
        "upcase",
        "== blank",
        "(1..3)",
        "\ufdd0",
        "\ufdd1",
        "…",
        "é",
        "\n",
    ),
]


@settings(max_examples=300)
@given(st.text() | st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_any_text_is_read_without_an_error(text: str) -> None:
    read = render_for_unknown_reader(text)

    if "{{" in text or "{%" in text:
        assert not set(read) & set("\ufdd0\ufdd1\ufdd2\ufdd3")
    else:
        assert read == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Hi {{ name | default: 'x' }}, welcome", "Hi, welcome"),
        ("{% if x %}Dear {{ a }} {{ b }} reader{% endif %}", " Dear  reader "),
        ("{{{ a }}}", "{ }"),
    ],
)
def test_liquid_is_removed_whatever_it_prints(text: str, left: str) -> None:
    assert remove_liquid(text) == left
