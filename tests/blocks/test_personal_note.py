"""The Personal note block: its greeting, its fields, who gets it, and its button."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.blocks.block_html import one, parse, style
from support.blocks.readers import ADA, judge_sent
from support.blocks.served import find

from plugin_server.blocks import SearchQuery
from plugin_server.errors import ContentNotFound, SettingsInvalid
from plugin_server.examples.block_examples import examples
from plugin_server.examples.sample_accounts import typical_account
from plugin_server.rendering.css_properties import readable_on
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.testing import render, sent

BLOCK = find("personal_note")
LINK = "https://letters.example/berths?from=letter#top"


def note(subscriber: Mapping[str, object] = ADA, **given: object) -> str:
    """Return what a subscriber gets of a note that asks about a boat."""
    values = {"text": "How is [field]?", "field": "boat", **given}
    return sent(BLOCK, values, subscriber=subscriber)


def words(html: str) -> list[str]:
    return [" ".join(p.text().split()) for p in parse(html).css("p")]


def link(html: str) -> str | None:
    return one(html, "a").attributes["href"]


# The greeting.


@pytest.mark.parametrize(
    ("greeting", "words_of_it"),
    [
        (None, ["Hi Ada,"]),
        ("hi", ["Hi Ada,"]),
        ("hello", ["Hello Ada,"]),
        ("dear", ["Dear Ada,"]),
        ("name", ["Ada,"]),
        ("none", []),
    ],
)
def test_a_greeting_has_the_style_that_was_chosen(
    greeting: str | None, words_of_it: list[str]
) -> None:
    assert words(note(greeting=greeting)) == [*words_of_it, "How is Curlew?"]


def test_a_greeting_can_be_in_words_of_any_language() -> None:
    html = note(greeting="own", own_greeting="שלום [name], [NAME]!")
    assert words(html) == ["שלום Ada, Ada!", "How is Curlew?"]
    assert words(note(greeting="own", own_greeting="Hello all,"))[0] == "Hello all,"


@pytest.mark.parametrize("subscriber", [{"boat": "Curlew"}, {"boat": "Curlew", "first_name": " "}])
def test_who_has_no_name_is_greeted_otherwise_or_not_at_all(subscriber: Mapping[str, str]) -> None:
    assert words(note(subscriber, no_name="friend")) == ["Hi friend,", "How is Curlew?"]
    assert words(note(subscriber)) == ["How is Curlew?"]


def test_a_custom_field_can_hold_the_name() -> None:
    assert words(note(name_field="last_name"))[0] == "Hi Moor,"


def test_a_note_for_everybody_needs_no_field() -> None:
    plain = {"field": None, "text": "The tide was early."}
    assert words(note({}, **plain, no_name="all")) == ["Hi all,", "The tide was early."]
    assert words(note({}, **plain)) == ["The tide was early."]
    assert words(note(**plain)) == ["Hi Ada,", "The tide was early."]


def test_a_note_without_any_field_is_no_liquid() -> None:
    html = render(BLOCK, {"greeting": "none", "text": "The tide was early."})
    assert "{" not in html
    assert words(html) == ["The tide was early."]


# The text and its fields.


def test_a_text_keeps_its_spaces_lines_and_paragraphs() -> None:
    html = note(text="From [field 2] to [field],\n[field].\n\nEnd", field_2="home_port_2")
    assert words(html)[1:] == ["From Stromness to Curlew,Curlew.", "End"]
    assert "From Stromness to Curlew,<br>Curlew." in " ".join(html.split())


def test_without_a_chosen_field_the_place_is_the_first_names() -> None:
    assert words(note(field=None, greeting="none", text="You, [field]!")) == ["You, Ada!"]
    assert note({}, field=None, text="You, [field]!") == ""


@pytest.mark.parametrize(
    "subscriber", [{}, {"boat": ""}, {"boat": " \n"}, {"boat": None}, {"home_port_2": "Oban"}]
)
def test_who_lacks_the_field_gets_another_text_or_nothing(subscriber: Mapping[str, object]) -> None:
    assert note(subscriber) == ""
    assert words(note(subscriber, other_text="A.\n\nB.", no_name="you")) == ["Hi you,", "A.", "B."]


def test_both_fields_are_needed_where_two_are_chosen() -> None:
    both = {"text": "[field] [field 2]", "field_2": "home_port_2"}
    assert words(note(**both))[1] == "Curlew Stromness"
    assert note({"boat": "Curlew"}, **both) == note({"home_port_2": "Oban"}, **both) == ""


def test_a_chosen_field_is_needed_also_where_the_text_does_not_say_it() -> None:
    assert words(note(text="For owners."))[1] == "For owners."
    assert note({}, text="For owners.") == ""


def test_a_second_place_without_a_second_field_is_the_first_names() -> None:
    assert words(note(text="[field], [Field 2]"))[1] == "Curlew, Ada"
    assert note({"boat": "Curlew"}, text="[field], [field 2]") == ""


@pytest.mark.parametrize("setting", ["field", "field_2", "name_field"])
def test_a_field_that_is_gone_is_reported(setting: str) -> None:
    with pytest.raises(ContentNotFound, match="a custom field gone any more"):
        note(**{setting: "gone"})


@pytest.mark.parametrize("setting", ["field", "field_2", "name_field"])
def test_every_search_offers_first_names_and_custom_fields(setting: str) -> None:
    options = BLOCK.search(setting, SearchQuery(""), typical_account())
    assert [each.value for each in options][:3] == ["first_name", "last_name", "boat"]


# The button.


def test_a_button_leads_on_with_the_field_in_its_link() -> None:
    html = note({"boat": "Sea & Sky"}, button_link=LINK, link_parameter="boat")
    assert link(html) == "https://letters.example/berths?from=letter&boat=Sea+%26+Sky#top"
    assert one(html, "a").text().strip() == "Take a look"


def test_without_a_name_for_it_the_link_stays_as_it_is() -> None:
    assert link(note(button_link=LINK, button_text="Go")) == LINK


def test_who_lacks_the_field_gets_the_link_alone() -> None:
    given = {"button_link": LINK, "link_parameter": "boat", "other_text": "Go."}
    assert link(note({}, **given)) == LINK


def test_there_is_no_button_without_a_link() -> None:
    assert not parse(note()).css("a")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("boat", "boat"),
        (" Home  port ", "Home_port"),
        ("utm.x-1_y", "utm.x-1_y"),
        ("a&b=c#", "abc"),
        ("{{ x }}%}", "_x_"),
        ("x" * 61, "x" * 60),
    ],
)
def test_what_is_typed_becomes_a_name_in_a_link(typed: str, name: str) -> None:
    html = note(button_link="https://a.example/", link_parameter=typed)
    assert link(html) == f"https://a.example/?{name}=Curlew"


@pytest.mark.parametrize("typed", [" ", "_.-", "שלום", "&=?"])
def test_what_cannot_be_a_name_leaves_the_link_as_it_is(typed: str) -> None:
    assert link(note(button_link=LINK, link_parameter=typed)) == LINK


# The look.


def test_texts_take_the_emails_own_style_or_that_of_the_block() -> None:
    chosen = {
        "alignment": "center",
        "background_color": "#1f4e5f",
        "font": {"fontFamily": "Courier, monospace", "fontWeight": 700},
        "other_text": "Other.",
    }
    for subscriber in (ADA, {}):
        html = note(subscriber, **chosen)
        assert {td.attributes["align"] for td in parse(html).css("td[align]")} == {"center"}
        assert {style(p)["color"] for p in parse(html).css("p")} == {readable_on("#1f4e5f")}
        assert {style(p)["font-family"] for p in parse(html).css("p")} == {"Courier, monospace"}
    html = sent(BLOCK, {"text": "x"}, styles={"p": {"color": "#123456"}}, subscriber=ADA)
    assert {style(p)["color"] for p in parse(html).css("p")} == {"#123456"}
    assert not parse(html).css("[bgcolor]")


def test_right_to_left_text_mirrors_the_block() -> None:
    html = note(text="מה שלום [field]?", button_link=LINK)
    root = parse(html).root
    assert root is not None
    assert root.attributes["dir"] == "rtl"
    assert {td.attributes["align"] for td in parse(html).css("td[align]")} == {"right", "center"}
    assert [p.attributes["dir"] for p in parse(html).css("p")] == ["ltr", "rtl"]


def test_every_example_stays_small() -> None:
    for example in examples(BLOCK):
        html = example.render(EmailStyles())
        assert len(html.encode()) < (16_000 if example.name == "very_long" else 10_000)


# Any text, any value.

PIECES = st.sampled_from(
    ["[field]", "[field 2]", "[name]", "{", "}", "{{", "{%", "%}", "url", "(", '"', "'", "<", ">"]
    + ["&", "</p>", "<script>", "\n", "\n\n", " ", "a", "\u05d0", "\u202e", "\0", "|", "\\"]
)
TEXT = st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=20)
VALUE = TEXT.map(lambda text: text.encode("utf-8", "replace").decode()) | st.none() | st.integers()
SUBSCRIBER: Any = st.fixed_dictionaries({}, optional=dict.fromkeys(ADA, VALUE))


@given(
    texts=st.fixed_dictionaries(
        {name: TEXT for name in ("own_greeting", "no_name", "text", "other_text", "button_text")}
    ),
    chosen=st.fixed_dictionaries({}, optional={"link_parameter": TEXT}),
    subscriber=SUBSCRIBER,
)
@settings(max_examples=60)
def test_no_text_and_no_value_breaks_what_is_sent(
    texts: dict[str, str], chosen: dict[str, str], subscriber: Mapping[str, object]
) -> None:
    given = {"greeting": "own", "field": "boat", "field_2": "home_port_2", "button_link": LINK}
    given |= chosen
    given |= {name: f"x{text}" for name, text in texts.items()}
    assert judge_sent(BLOCK, render(BLOCK, given), subscriber) == []


# Its size.


def test_a_note_with_the_most_fields_and_the_longest_texts_is_not_too_large() -> None:
    quotes = '"' * 500
    given = {
        "text": ("[field]\n\n" * 10 + quotes * 2)[:1000],
        "other_text": (quotes * 2)[:1000],
        "greeting": "own",
        "own_greeting": ("[name]" * 10 + quotes)[:500],
        "no_name": quotes,
    }
    assert "&#34;" in note({"boat": '"' * 300}, **given)
    with pytest.raises(SettingsInvalid, match="at most 20"):
        note(**{**given, "own_greeting": "[name]" * 11})


def test_long_words_in_place_of_a_name_are_cut() -> None:
    (greeting, _) = words(note({"boat": "Curlew"}, no_name="friend of mine " * 20))
    assert greeting.endswith("…,")
    assert len(greeting) < 110
