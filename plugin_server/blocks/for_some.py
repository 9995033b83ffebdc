"""The For some readers block: words for those whose custom field has, lacks or equals a value."""

from collections.abc import Mapping
from typing import ClassVar

from plugin_server.blocks import (
    LINK,
    READ_CUSTOM_FIELDS,
    AccountData,
    Block,
    Option,
    SearchQuery,
    SettingsInvalid,
    TextFormat,
    Values,
    brand_color,
    direction,
    find_field,
    search_fields,
    shorten,
)

_MAX_HEADING = 200
_BUTTON = "Take a look"


class ForSomeBlock(Block):
    """A heading, a text and a button that only some readers get, and another text for the others."""

    description: ClassVar[str] = "Show something only to readers whose custom field says so"
    sort_order: ClassVar[int] = 7
    identifier: ClassVar[str] = "for_some"
    scopes: ClassVar[Mapping[str, str]] = READ_CUSTOM_FIELDS
    formats: ClassVar[Mapping[str, TextFormat]] = {"button_link": LINK}

    def search(self, setting: str, query: SearchQuery, data: AccountData) -> list[Option]:
        """Return the first name and the custom fields."""
        return search_fields(query, data)

    def context(self, values: Values, data: AccountData) -> dict[str, object]:
        """Return what is shown, and the condition in three parts: a field, a rule and a value.

        Raises:
            SettingsInvalid: no field is chosen.
            ContentNotFound: the custom field was deleted.
        """
        button_color = values.color("button_color")
        link = values.link("button_link")
        data.prefetch(brand_colors=bool(link) and not button_color)
        field = find_field(values.result("field"), data)
        if field is None:
            raise SettingsInvalid("Choose the field that decides who gets this.")
        heading = shorten(values.text("heading"), _MAX_HEADING)
        text, other = values.text("text"), values.text("other_text")
        font = values.font("font")
        return {
            "field": field,
            "rule": values.choice("rule"),
            "value": values.text("value"),
            "heading": heading,
            "text": text,
            "other_text": other,
            "button_text": values.text("button_text") or _BUTTON,
            "link": link,
            "is_centered": values.choice("alignment") == "center",
            "background": values.color("background_color"),
            "button_color": button_color,
            "accent": (button_color or brand_color(data)) if link else None,
            "font_family": font and font.family,
            "font_weight": font and font.weight,
            "direction": direction(heading, text, other),
        }
