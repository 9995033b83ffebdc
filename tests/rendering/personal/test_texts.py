"""Texts of creators with places for fields: what is split where, and what remains."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin_server.rendering.personal.texts import TextWithFields, text_with_fields
from plugin_server.rendering.text import one_line

FIELDS = {"name": "first_name", "field": "boat", "field 2": "home_port"}


def split(text: str) -> list[list[str]]:
    """Return the pieces of each paragraph; keys of fields are in angles."""
    found = text_with_fields(text, FIELDS)
    paragraphs = found.paragraphs if found else ()
    return [
        [f"<{piece.field}>" if piece.words is None else str(piece.words) for piece in each.pieces]
        for each in paragraphs
    ]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Hi [name],", [["Hi ", "<first_name>", ","]]),
        ("[name]", [["<first_name>"]]),
        ("[name] [field]", [["<first_name>", " ", "<boat>"]]),
        ("[name][field]", [["<first_name>", "<boat>"]]),
        (
            "[Name], [ FIELD 2 ], [field2]",
            [["<first_name>", ", ", "<home_port>", ", ", "<home_port>"]],
        ),
        ("[nobody] [] [field 3] [ na me ]", [["[nobody] [] [field 3] [ na me ]"]]),
        ("[[name]]", [["[", "<first_name>", "]"]]),
        ("[f\u0131eld] [F\u0130ELD 2] [name]", [["[f\u0131eld] [F\u0130ELD 2] ", "<first_name>"]]),
        ("One\n[name]\ntwo", [["One\n", "<first_name>", "\ntwo"]]),
        ("One \t \n  [name]", [["One\n", "<first_name>"]]),
        ("One\n\n[name]\r\n \r\nthree", [["One"], ["<first_name>"], ["three"]]),
        ("  words   of\u00a0 many\u202e spaces ", [["words of many spaces"]]),
        (" \n ", []),
        ("", []),
    ],
)
def test_a_text_is_split_around_its_fields(text: str, pieces: list[list[str]]) -> None:
    assert split(text) == pieces


def test_fields_are_named_once_in_their_order() -> None:
    found = text_with_fields("[field] [name]\n\n[field]", FIELDS)
    assert found is not None
    assert found.fields == ("boat", "first_name")


def test_a_text_without_known_fields_has_none() -> None:
    found = text_with_fields("Hi [name]", {})
    assert found is not None
    assert (found.fields, len(found.paragraphs[0].pieces)) == ((), 1)


def test_directions_are_those_of_the_words_alone() -> None:
    found = text_with_fields("[name]\n\n[name] שלום\n\nHi", FIELDS)
    assert found is not None
    assert [each.direction for each in found.paragraphs] == ["ltr", "rtl", "ltr"]
    assert found.direction == "rtl"


def test_the_last_paragraph_has_what_is_over() -> None:
    found = text_with_fields("\n\n".join(f"{number} [name]" for number in range(30)), FIELDS)
    assert found is not None
    assert len(found.paragraphs) == 20
    assert len([each for each in found.paragraphs[-1].pieces if each.field]) == 11


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="'First name' is not the key"):
        text_with_fields("[name]", {"name": "First name"})


def words_of(found: TextWithFields | None) -> str:
    pieces = [each for part in found.paragraphs for each in (*part.pieces, None)] if found else []
    return "".join(
        "\n" if each is None else str(each.words) if each.words is not None else "[name]"
        for each in pieces
    )


@given(st.lists(st.sampled_from(["[name]", "[", "]", " ", "\n", "a", "{{", "}", "\u05d0", "\t"])))
def test_nothing_but_spaces_is_lost(parts: list[str]) -> None:
    text = "".join(parts)
    assert one_line(words_of(text_with_fields(text, {"name": "first_name"}))) == one_line(text)
