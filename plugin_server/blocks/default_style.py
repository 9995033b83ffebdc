"""Default colors and alignment: what a block uses where the creator chose nothing."""

from plugin_server.kit.account_data import AccountData
from plugin_server.rendering import css_properties as css
from plugin_server.rendering.value_types import Choice, Color


def accent(chosen: Color | None, data: AccountData) -> Color | None:
    """Return the color of a button: the creator's choice, else their first brand color.

    ``None`` without either: the template then uses the color of the email's links. A brand color
    that is nearly white is skipped, because a button of that color would not be seen in most emails.
    """
    if chosen:  # then no request to Kit is needed
        return chosen
    # Kit gives brand colors as creators typed them, also in capitals.
    brand = filter(css.is_visible_on_white, map(css.color, data.brand_colors()))
    return next(brand, None)


def background(chosen: Color | Choice | None) -> Color | None:
    """Return the background color of a block; ``None`` for that of the email."""
    return chosen if isinstance(chosen, Color) else None


def side(chosen: Choice, direction: str) -> Choice:
    """Return the alignment of a block's lines: ``left``, ``center`` or ``right``.

    ``left`` is the default of every sidebar, so it means the side where lines begin, which is the
    right one in right-to-left text.
    """
    if chosen in ("center", "right"):
        return chosen
    return Choice("right" if direction == "rtl" else "left")
