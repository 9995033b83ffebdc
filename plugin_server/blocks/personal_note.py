"""The Personal note block: a greeting and a few words, with what the creator knows of each reader."""

import re
from collections.abc import Mapping
from typing import ClassVar

from plugin_server.blocks import (
    FIRST_NAME,
    LINK,
    READ_CUSTOM_FIELDS,
    AccountData,
    Block,
    Choice,
    Option,
    SearchQuery,
    SettingsInvalid,
    TextFormat,
    TextWithFields,
    Values,
    brand_color,
    direction,
    find_field,
    search_fields,
    shorten,
    text_with_fields,
)

_GREETINGS: Mapping[str, str] = {
    "hi": "Hi [name],",
    "hello": "Hello [name],",
    "dear": "Dear [name],",
    "name": "[name],",
    "none": "",
}
_NOT_IN_PARAMETERS = re.compile("[^A-Za-z0-9_.-]+")
_MAX_PARAMETER = 60
# With long values in more places, a note would be larger than the gate allows.
_MAX_PLACES = 20
_MAX_NO_NAME = 100
_BUTTON = "Take a look"


def _parameter(text: str) -> Choice | None:
    """Return a text as the name of a parameter, ``home_port`` for “home port”; ``None`` for none.

    It is a choice, because Liquid's part of a link has to be known before a look is judged.
    """
    name = _NOT_IN_PARAMETERS.sub("", "_".join(text.split()))[:_MAX_PARAMETER]
    return Choice(name) if name.strip("_.-") else None


class PersonalNoteBlock(Block):
    """A greeting and a text in which words in brackets stand for fields of each subscriber.

    The note is for readers who have the chosen fields; all others get another text, or no block.
    """

    description: ClassVar[str] = "Greet readers by name, and write what you know of them"
    sort_order: ClassVar[int] = 6
    identifier: ClassVar[str] = "personal_note"
    scopes: ClassVar[Mapping[str, str]] = READ_CUSTOM_FIELDS
    formats: ClassVar[Mapping[str, TextFormat]] = {"button_link": LINK}

    def search(self, setting: str, query: SearchQuery, data: AccountData) -> list[Option]:
        """Return the first name and the custom fields, for all of the block's search fields."""
        return search_fields(query, data)

    def context(self, values: Values, data: AccountData) -> dict[str, object]:
        """Return the note, and the fields that a reader has to have to get it.

        Raises:
            SettingsInvalid: fields stand in too many places.
            ContentNotFound: a custom field was deleted.
        """
        button_color = values.color("button_color")
        link = values.link("button_link")
        data.prefetch(brand_colors=bool(link) and not button_color)
        name = find_field(values.result("name_field"), data) or FIRST_NAME
        chosen = find_field(values.result("field"), data)
        second = find_field(values.result("field_2"), data)
        places = {"field": chosen or FIRST_NAME, "field 2": second or FIRST_NAME}
        note = text_with_fields(values.text("text"), places)
        greeting = text_with_fields(_greeting(values), {"name": name})
        if _places(greeting) + _places(note) > _MAX_PLACES:
            raise SettingsInvalid(
                f"The words in brackets that stand for fields are used too often. Use at most {_MAX_PLACES}."
            )
        shown = note.fields if note else ()
        needed = list(dict.fromkeys(each for each in (chosen, second, *shown) if each))
        font = values.font("font")
        return {
            "name": name,
            "greeting": greeting,
            "no_name": shorten(values.text("no_name"), _MAX_NO_NAME),
            "note": note,
            "needed": needed[0] if needed else None,
            "also_needed": needed[1] if len(needed) > 1 else None,
            "other_text": values.text("other_text"),
            "button_text": values.text("button_text") or _BUTTON,
            "link": link,
            "parameter": _parameter(values.text("link_parameter")),
            "in_link": chosen or FIRST_NAME,
            "is_centered": values.choice("alignment") == "center",
            "background": values.color("background_color"),
            "button_color": button_color,
            "accent": (button_color or brand_color(data)) if link else None,
            "font_family": font and font.family,
            "font_weight": font and font.weight,
            "direction": direction(values.text("text"), values.text("other_text")),
        }


def _places(text: TextWithFields | None) -> int:
    pieces = (piece for each in text.paragraphs for piece in each.pieces) if text else ()
    return sum(piece.field is not None for piece in pieces)


def _greeting(values: Values) -> str:
    style = values.choice("greeting")
    if style == "own":
        return values.text("own_greeting")
    return _GREETINGS.get(style, _GREETINGS["hi"])
