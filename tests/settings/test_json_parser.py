"""JSON with places: what is refused where, and that nothing is read otherwise than by Python."""

import json
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plugin_server.findings.finding import Place
from plugin_server.findings.lines import Lines
from plugin_server.settings.json_parser import NotJson, parse


@pytest.mark.parametrize(
    ("text", "offset", "words"),
    [
        ("", 0, "the text ends too early"),
        (" \n", 2, "the text ends too early"),
        ("[1,]", 2, "a comma before “]”"),
        ('{"a": 1,\n}', 7, "a comma before “}”"),
        ("[1 2]", 3, "expected “,” or “]”"),
        ("{'a': 1}", 1, "double quotes only"),
        ("[“a”]", 1, "straight double quotes only"),
        ('{"a" 1}', 5, "expected “:”"),
        ('{"a"}', 4, "expected “:”"),
        ("{1: 2}", 1, "expected a name in double quotes"),
        ('["a", // note\n"b"]', 6, "no comments"),
        ("[] []", 3, "expected the end of the text"),
        ('["a', 1, "a closing double quote"),
        ('["a\nb"]', 3, "a line break or control character"),
        (r'["\x"]', 2, "a backslash that begins no escape"),
        ("[NaN]", 1, "expected a value"),
        ("[Infinity]", 1, "expected a value"),
        ("[01]", 2, "expected “,” or “]”"),
        ("[+1]", 1, "expected a value"),
        ("[1e999]", 1, "too large"),
        ("[" + "9" * 5_000 + "]", 1, "too large"),
        ("[" * 100_000, 65, "levels deep"),
        ("\ufeff[]", 0, "byte order mark"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_what_is_not_json_is_refused_at_its_place(text: str, offset: int, words: str) -> None:
    with pytest.raises(NotJson, match=words) as caught:
        parse(text)

    assert caught.value.offset == offset


TEXT = """[
  {
    "na\\u00efve😀": "\\"",
    "b": [1, {}]
  }
]"""


@pytest.mark.parametrize(
    ("path", "key", "place"),
    [
        ((), False, (1, 1)),
        ((0,), False, (2, 3)),
        ((0, "na\u00efve😀"), True, (3, 5)),
        ((0, "na\u00efve😀"), False, (3, 20)),
        ((0, "b", 1), False, (4, 14)),
        ((0, "b", 7, "unknown"), True, (4, 10)),
    ],
)
def test_every_value_and_key_has_a_line_and_a_column(
    path: tuple[str | int, ...], key: bool, place: tuple[int, int]
) -> None:
    offset = parse(TEXT).offset(Place(path=path, is_key=key))

    assert Lines(TEXT).position(offset) == place


def test_a_key_that_is_written_twice_is_found_and_the_last_counts() -> None:
    document = parse('[{"a": 1,\n "b": {"a": 2, "\\u0061": 3}}]')

    assert document.value == [{"a": 1, "b": {"a": 3}}]
    [(path, offset)] = document.duplicates
    assert path == (0, "b", "a")
    assert Lines(document.text).position(offset) == (2, 16)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    # Lone surrogates too: JSON can hold them as escapes.
    | st.text(st.characters()),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)


@settings(max_examples=150)
@given(JSON, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_json_is_read_as_python_reads_it(value: object, indent: int | None, escape: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=escape)

    assert parse(text).value == json.loads(text) == value


def finite(written: str) -> float:
    """Read a number; one beyond any float, which Python makes infinite, is none to us."""
    number = float(written)
    if math.isinf(number):
        raise ValueError
    return number


@settings(max_examples=300)
@given(st.text('[]{}",:\\ \n0123456789.eE+-truefalsn\ud800', max_size=30))
@example("1E310")
def test_python_and_we_agree_on_what_is_json(text: str) -> None:
    try:
        expected = json.loads(text, parse_float=finite)
    except ValueError:
        with pytest.raises(NotJson):
            parse(text)
    else:
        assert parse(text).value == expected
