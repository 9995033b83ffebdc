"""How a block looks where the creator chose nothing."""

from plugin_server.kit.account_data import AccountData
from plugin_server.rendering import css
from plugin_server.rendering.kinds import Choice, Color


def accent(chosen: Color | None, data: AccountData) -> Color | None:
    """Return the color of a button: the creator's choice, else their first brand color.

    ``None`` where there is neither: the template then takes the color of the email's links. A brand
    color that is nearly white is passed over, because most emails are, and the button would be gone.
    """
    if chosen:  # then Kit need not be asked
        return chosen
    # Kit gives brand colors as creators typed them, also in capitals.
    brand = filter(css.is_seen_on_white, map(css.color, data.brand_colors()))
    return next(brand, None)


def background(chosen: Color | Choice | None) -> Color | None:
    """Return the color behind a block; ``None`` where the email's own shows."""
    return chosen if isinstance(chosen, Color) else None


def side(chosen: Choice, direction: str) -> Choice:
    """Return where a block's lines stand: ``left``, ``center`` or ``right``.

    Left is what every sidebar begins with, so it stands for the side where lines begin, and is the
    right one in right-to-left text.
    """
    if chosen in ("center", "right"):
        return chosen
    return Choice("right" if direction == "rtl" else "left")
