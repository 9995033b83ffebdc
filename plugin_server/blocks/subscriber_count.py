"""The Subscriber count block: a sentence that says how many people read along."""

import re
from collections.abc import Mapping
from typing import ClassVar

from plugin_server.blocks import (
    AccountData,
    Block,
    ContentNotFound,
    SettingsInvalid,
    Values,
    brand_color,
    direction,
    side,
)
from plugin_server.rendering import locale_formats

_SENTENCE = "Join [number] readers"
# The place of the number, in brackets because Liquid uses braces. Adjoining punctuation, such as a
# plus or a full stop, belongs to the number where it is shown alone.
_PLACE = re.compile(r"([^\w\s]*)\[\s*number\s*\]([^\w\s]*)", re.IGNORECASE)
_STEPS: Mapping[str, int] = {"hundreds": 100, "thousands": 1000}


class SubscriberCountBlock(Block):
    """The number of subscribers in the creator's own words."""

    description: ClassVar[str] = "Say how many people read along"
    sort_order: ClassVar[int] = 4
    scopes: ClassVar[Mapping[str, str]] = {
        "read:growth": "Read how many subscribers you have, but not who they are"
    }

    def context(self, values: Values, data: AccountData) -> dict[str, object]:
        """Return the sentence, whole, and in three parts for a number that is shown alone.

        Raises:
            SettingsInvalid: the sentence has no place for the number.
            ContentNotFound: there is no number to show.
        """
        layout = values.choice("layout")
        sentence = values.text("sentence") or _SENTENCE
        place = _PLACE.search(sentence)
        if place is None and layout != "big_number":
            raise SettingsInvalid(
                '"Sentence" does not say where the number goes. Write [number] there, as in '
                f"“{_SENTENCE}”."
            )
        # A chosen background is the color of the badge.
        panel = values.color("background_color")
        data.prefetch(brand_colors=layout == "badge" and not panel)
        number = _written(_count(data), values.choice("rounding"), values.choice("language"))
        whole = _PLACE.sub(lambda found: f"{found[1]}{number}{found[2]}", sentence)
        lead, figure, rest = "", number, whole
        if place is not None:
            lead = sentence[: place.start()].strip()
            figure = f"{place[1]}{number}{place[2]}"
            rest = whole[len(sentence[: place.start()]) + len(figure) :].strip()
        runs = direction(sentence)
        font = values.font("font")
        return {
            "layout": layout,
            "sentence": whole,
            "lead": lead,
            "number": figure,
            "rest": rest,
            "side": side(values.choice("alignment"), runs),
            "text_color": values.color("text_color"),
            "number_color": values.color("number_color"),
            "background": panel,
            "accent": (panel or brand_color(data)) if layout == "badge" else None,
            "font_family": font and font.family,
            "font_weight": font and font.weight,
            "direction": runs,
        }


def _count(data: AccountData) -> int:
    """Return the number of subscribers.

    Raises:
        ContentNotFound: it is zero, which no creator would show, or Kit does not know it.
    """
    count = data.subscriber_count()
    if count is None:
        raise ContentNotFound(
            "Kit does not say how many subscribers you have. Refresh this block later."
        )
    if count < 1:
        raise ContentNotFound(
            "You have no subscribers yet. Refresh this block when the first has signed up."
        )
    return count


def _written(count: int, rounding: str | None, language: str | None) -> str:
    """Return the number, formatted and rounded; one below a step is not rounded down to zero."""
    if rounding == "short":
        return locale_formats.format_compact(count, language)
    step = _STEPS.get(rounding or "", 1)
    return locale_formats.format_number(count // step * step or count, language)
