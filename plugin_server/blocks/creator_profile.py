"""The Creator profile block: who writes this email, from their profile on Kit."""

from collections.abc import Mapping
from math import ceil
from typing import Any, ClassVar

from plugin_server.blocks import (
    AccountData,
    Block,
    Choice,
    ContentNotFound,
    SettingsInvalid,
    Values,
    direction,
    one_line,
    parse_web_url,
    shorten,
    shorten_paragraphs,
    side,
)
from plugin_server.kit.api.models import CreatorProfile

_MAX_NAME, _MAX_BYLINE, _MAX_BIO = 120, 160, 600
_LINK_TEXT = "View my profile"
# Emails of at least this width, in px, have room for the photo and 20 px more beside the text; in
# narrower ones it is above the text. Most are 600 px wide.
_NARROWEST_ROW = 540


class CreatorProfileBlock(Block):
    """A photo, a name, a byline, a bio and a link, as far as the creator has filled them in."""

    description: ClassVar[str] = "Introduce yourself with photo and bio"
    sort_order: ClassVar[int] = 3
    scopes: ClassVar[Mapping[str, str]] = {"read:profile": "Read your creator profile"}

    def context(self, values: Values, data: AccountData) -> dict[str, object]:
        """Return the parts of the profile; those hidden or empty are ``None`` or ``""``.

        A font's weight applies to the name only: text in that weight would be hard to read.

        Raises:
            ContentNotFound: there is no profile, or an empty one.
            SettingsInvalid: every part that the profile has is switched off.
        """
        profile = _filled_in(data.creator_profile())
        url = parse_web_url(profile.profile_url) if values.is_on("show_link") else None
        link_text = values.text("link_text") or _LINK_TEXT
        name = shorten(profile.name or "", _MAX_NAME)
        # A link needs words where its picture is not loaded.
        alt = name or (link_text if url else "")
        shown = {
            "name": name,
            "byline": shorten(profile.byline or "", _MAX_BYLINE)
            if values.is_on("show_byline")
            else "",
            "bio": shorten_paragraphs(profile.bio or "", _MAX_BIO)
            if values.is_on("show_bio")
            else "",
            "photo": _photo(profile, alt, values) if values.is_on("show_photo") else None,
        }
        if not any(shown.values()):
            raise SettingsInvalid(
                "All that your profile holds is switched off. Switch on the photo, the byline or "
                "the bio."
            )
        layout = values.choice("layout") or Choice("beside")
        runs = direction(name, profile.byline, profile.bio)
        font = values.font("font")
        return {
            **shown,
            "url": url,
            "link_text": link_text,
            "layout": layout,
            "side": side(layout, runs),
            "text_color": values.color("text_color"),
            "link_color": values.color("link_color"),
            "background": values.color("background_color"),
            "font_family": font and font.family,
            "font_weight": font and font.weight,
            "direction": runs,
        }


def _filled_in(profile: CreatorProfile | None) -> CreatorProfile:
    """Return the profile if it has something to show.

    Raises:
        ContentNotFound: there is no profile, or an empty one.
    """
    if profile is not None:
        texts = (profile.name, profile.byline, profile.bio)
        if any(one_line(text or "") for text in texts) or parse_web_url(profile.image_url):
            return profile
    raise ContentNotFound(
        "Your creator profile is empty. Fill it in in Kit's settings, then refresh this block."
    )


def _photo(profile: CreatorProfile, alt: str, values: Values) -> dict[str, Any] | None:
    """Return the photo with its style, and its share of a row in percent."""
    src = parse_web_url(profile.image_url)
    if src is None:
        return None
    size = int(values.number("photo_size") or 0)
    radius = {"round": size // 2, "rounded": size // 8}.get(values.choice("photo_shape"))
    share = ceil((size + 20) / _NARROWEST_ROW * 100)
    return {
        "src": src,
        "alt": alt,
        "size": size,
        "radius": radius,
        "share": share,
    }
