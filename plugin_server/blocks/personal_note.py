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
    text_with_fields,
)

_GREETINGS: Mapping[str, str] = {
    "hi": "Hi [name],",
    "hello": "Hello [name],",
    "dear": "Dear [name],",
    "name": "[name],",
    "none": "",
}
_SECOND = re.compile(r"\[\s*field\s*2\s*\]", re.IGNORECASE)
_PARAMETER = re.compile("[A-Za-z0-9_.-]{1,60}", re.ASCII)
_BUTTON = "Take a look"


def _parameter(text: str) -> Choice | None:
    return Choice(text) if _PARAMETER.fullmatch(text) else None


class PersonalNoteBlock(Block):
    """A greeting and a text in which words in brackets stand for fields of each subscriber.

    The note is for readers who have the chosen fields; all others get another text, or no block.
    """

    description: ClassVar[str] = "Greet readers by name, and write what you know of them"
    sort_order: ClassVar[int] = 6
    identifier: ClassVar[str] = "personal_note"
    scopes: ClassVar[Mapping[str, str]] = READ_CUSTOM_FIELDS
    formats: ClassVar[Mapping[str, TextFormat]] = {
        "button_link": LINK,
        "link_parameter": TextFormat(
            "a name for links",
            "Use letters, digits and underscores only, such as boat.",
            _parameter,
        ),
    }

    def search(self, setting: str, query: SearchQuery, data: AccountData) -> list[Option]:
        """Return the first name and the custom fields, for all of the block's search fields."""
        return search_fields(query, data)

    def context(self, values: Values, data: AccountData) -> dict[str, object]:
        """Return the note, and the fields that a reader has to have to get it.

        Raises:
            SettingsInvalid: the text has a place for a second field, and none is chosen.
            ContentNotFound: a custom field was deleted.
        """
        button_color = values.color("button_color")
        link = values.link("button_link")
        data.prefetch(brand_colors=bool(link) and not button_color)
        name = find_field(values.result("name_field"), data) or FIRST_NAME
        chosen = find_field(values.result("field"), data)
        second = find_field(values.result("field_2"), data)
        note = _note(values.text("text"), chosen or FIRST_NAME, second)
        greeting = text_with_fields(_greeting(values), {"name": name})
        shown = note.fields if note else ()
        needed = list(dict.fromkeys(each for each in (chosen, second, *shown) if each))
        font = values.font("font")
        return {
            "name": name,
            "greeting": greeting,
            "no_name": values.text("no_name"),
            "note": note,
            "needed": needed[0] if needed else None,
            "also_needed": needed[1] if len(needed) > 1 else None,
            "other_text": values.text("other_text"),
            "button_text": values.text("button_text") or _BUTTON,
            "link": link,
            "parameter": values["link_parameter"],
            "in_link": chosen or FIRST_NAME,
            "is_centered": values.choice("alignment") == "center",
            "background": values.color("background_color"),
            "button_color": button_color,
            "accent": (button_color or brand_color(data)) if link else None,
            "font_family": font and font.family,
            "font_weight": font and font.weight,
            "direction": direction(values.text("text"), values.text("other_text")),
        }


def _greeting(values: Values) -> str:
    style = values.choice("greeting")
    if style == "own":
        return values.text("own_greeting")
    return _GREETINGS.get(style, _GREETINGS["hi"])


def _note(text: str, field: str, second: str | None) -> TextWithFields | None:
    """Return the text with its fields; raise SettingsInvalid where the second one is not chosen."""
    if second is None and _SECOND.search(text):
        raise SettingsInvalid(
            "The text says [field 2], and no second field is chosen. Choose one, or remove [field 2]."
        )
    return text_with_fields(text, {"field": field, **({"field 2": second} if second else {})})
