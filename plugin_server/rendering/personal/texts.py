"""Texts of creators in which words in brackets, such as ``[town]``, stand for a subscriber's fields.

Brackets, because Liquid uses braces. The text is split before a template gets it, so that the parts around a
field keep their spaces and line breaks.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from plugin_server.rendering.personal.fields import subscriber_field
from plugin_server.rendering.placeholders import MAX_PARAGRAPHS
from plugin_server.rendering.text import direction, printable
from plugin_server.rendering.value_types import Choice, FormattedText, Run, SubscriberField

_EMPTY_LINES = re.compile(r"\n\s*\n")
_SPACES = re.compile(r"[^\S\n]+")
_AROUND_BREAK = re.compile(r" ?\n ?")


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Words, or the place of a field.

    Attributes:
        words: with the spaces at their ends, and ``\\n`` for line breaks; ``None`` at a field's place.
        field: ``None`` for words.
    """

    words: FormattedText | None
    field: SubscriberField | None


@dataclass(frozen=True, slots=True)
class FieldParagraph:
    """A paragraph, in pieces to be printed without white space between them."""

    pieces: tuple[TextPiece, ...]
    direction: Choice


@dataclass(frozen=True, slots=True)
class TextWithFields:
    """A text with places for fields.

    Attributes:
        paragraphs: at least one.
        fields: those that have a place, each once, in order.
        direction: that of the first paragraph that has one.
    """

    paragraphs: tuple[FieldParagraph, ...]
    fields: tuple[SubscriberField, ...]
    direction: Choice


def text_with_fields(text: str, fields: Mapping[str, str]) -> TextWithFields | None:
    """Return a creator's text with places for fields of subscribers; ``None`` for no text.

    ``text_with_fields("Hi [name],", {"name": "first_name"})`` has one field between two words. Capitals do
    not matter, nor do spaces: ``[Field2]`` is ``[field 2]``. Other words in brackets are text. Empty lines
    part paragraphs, of which there are at most 20; the last one has the rest.

    Args:
        text: as a setting has it.
        fields: keys of subscribers' fields by the words in brackets. Which of them stand where affects the
            markup, so a block with a very long text is prepared again with each that comes or goes.

    Raises:
        ValueError: a key is not that of a field.
    """
    known = {_name(word): _field(key) for word, key in fields.items()}
    place = _place(tuple(fields))
    parts = [each for each in _EMPTY_LINES.split(_tidied(text)) if each]
    if len(parts) > MAX_PARAGRAPHS:
        parts[MAX_PARAGRAPHS - 1 :] = ["\n\n".join(parts[MAX_PARAGRAPHS - 1 :])]
    if not parts:
        return None
    split = [(_pieces(part, place, known), direction(place.sub("", part))) for part in parts]
    paragraphs = tuple(FieldParagraph(tuple(pieces), side) for pieces, side in split)
    used = (piece.field for each in paragraphs for piece in each.pieces if piece.field)
    return TextWithFields(paragraphs, tuple(dict.fromkeys(used)), direction(place.sub("", text)))


def _tidied(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _AROUND_BREAK.sub("\n", _SPACES.sub(" ", printable(lines))).strip()


def _name(word: str) -> str:
    return "".join(word.lower().split())


@lru_cache(maxsize=256)
def _place(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern of these words in brackets."""
    patterns = (r"\s*".join(map(re.escape, word.split())) for word in words)
    return re.compile(rf"\[\s*({'|'.join(patterns) or '(?!)'})\s*\]", re.IGNORECASE)


def _field(key: str) -> SubscriberField:
    if (found := subscriber_field(key)) is None:
        raise ValueError(f"{key!r} is not the key of a field")
    return found


def _pieces(
    text: str, place: re.Pattern[str], known: Mapping[str, SubscriberField]
) -> Iterator[TextPiece]:
    start = 0
    for found in place.finditer(text):
        # A pattern takes some other letters for capitals of ours, such as Turkish ones for "i".
        if (key := known.get(_name(found[1]))) is None:
            continue
        yield from _words(text[start : found.start()])
        yield TextPiece(None, key)
        start = found.end()
    yield from _words(text[start:])


def _words(text: str) -> Iterator[TextPiece]:
    if text:
        yield TextPiece(FormattedText([Run(text)]), None)
