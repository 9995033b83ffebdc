"""Default colors and alignment: what a block uses where the creator chose nothing."""

from plugin_server.kit.account_data import AccountData
from plugin_server.rendering import css_properties as css
from plugin_server.rendering.value_types import Choice, Color


def brand_color(data: AccountData) -> Color | None:
    """Return the creator's first brand color, for a button without a chosen one; ``None`` without any.

    A brand color that is nearly white is skipped, because a button of that color would not be seen in most
    emails. May request Kit: write ``chosen or brand_color(data)``.
    """
    # Kit gives brand colors as creators typed them, also in capitals.
    brand = filter(css.is_visible_on_white, map(css.color, data.brand_colors()))
    return next(brand, None)


def side(chosen: Choice, direction: str) -> Choice:
    """Return the alignment of a block's lines: ``left``, ``center`` or ``right``.

    ``left`` is the default of every sidebar, so it means the side where lines begin, which is the
    right one in right-to-left text.
    """
    if chosen in ("center", "right"):
        return chosen
    return Choice("right" if direction == "rtl" else "left")
