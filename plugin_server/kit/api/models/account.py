"""Records of the account. Source: https://developers.kit.com/api-reference/accounts"""

from datetime import tzinfo
from typing import Annotated

from pydantic import BeforeValidator, Field, StrictFloat, StrictInt, StringConstraints

from plugin_server.kit.api.records import Id, KitRecord, LocalMoment, Moment, Readable
from plugin_server.rendering.time_zones import parse_time_zone


def _by_name(value: object) -> object:
    # As Kit's sequences have it.
    return {"name": value} if isinstance(value, str) else value


_Short = Annotated[str, StringConstraints(strict=True, max_length=64)]


class Timezone(KitRecord):
    """A member of ``GET /v4/account``: the zone's IANA name, and its offset, such as ``-05:00``."""

    name: _Short | None = None
    friendly_name: str | None = None
    utc_offset: _Short | StrictInt | StrictFloat | None = None

    @property
    def zone(self) -> tzinfo:
        """The zone; UTC where neither is known."""
        return parse_time_zone(self.name, self.utc_offset)


class Plan(KitRecord):
    """What the creator pays for, in ``GET /v4/account``; ``interval`` is such as ``month``."""

    plan_type: str | None = None
    interval: str | None = None
    subscriber_limit: int | None = None
    on_trial: bool | None = None
    trial_lapse_date: Moment | None = None
    renews_at: Moment | None = None
    cancels_at: Moment | None = None


class Sender(KitRecord):
    """One of ``sending_addresses`` in ``GET /v4/account``, without the email address itself."""

    from_name: str | None = None
    status: str | None = None
    is_default: bool | None = None
    is_verified: bool | None = None
    is_dmarc_configured: bool | None = None


class Account(KitRecord):
    """``GET /v4/account``: the identity behind an installation.

    The email addresses of the account and of its user are not read. ``name`` is empty where Kit gives none.
    """

    id: Id
    name: str = ""
    plan_type: str | None = None
    created_at: Moment | None = None
    timezone: Annotated[Timezone, BeforeValidator(_by_name)] | None = None
    plan: Plan | None = None
    sending_addresses: Readable[Sender] = ()


class Colors(KitRecord):
    """``GET /v4/account/colors``: up to ten as ``#rrggbb``; others are left out."""

    colors: Readable[Annotated[str, Field(pattern=r"\A#[0-9A-Fa-f]{6}\z")]]


class CreatorProfile(KitRecord):
    """``GET /v4/account/creator_profile``: what the creator shows the public. All is user text."""

    name: str | None = None
    byline: str | None = None
    bio: str | None = None
    image_url: str | None = None
    profile_url: str | None = None


class EmailStats(KitRecord):
    """``GET /v4/account/email_stats``: numbers of emails between ``starting`` and ``ending``.

    The rates are in per cent: 16.67 is one in six.
    """

    sent: int | None = None
    clicked: int | None = None
    opened: int | None = None
    open_rate: float | None = None
    click_rate: float | None = None
    unsubscribe_rate: float | None = None
    bounce_rate: float | None = None
    email_stats_mode: str | None = None
    open_tracking_enabled: bool | None = None
    click_tracking_enabled: bool | None = None
    starting: Moment | None = None
    ending: Moment | None = None


class GrowthStats(KitRecord):
    """``GET /v4/account/growth_stats``: numbers of subscribers; ``subscribers`` is the total.

    ``starting`` and ``ending`` keep the offset of the account's sending time zone.
    """

    subscribers: int | None = None
    new_subscribers: int | None = None
    cancellations: int | None = None
    net_new_subscribers: int | None = None
    starting: LocalMoment | None = None
    ending: LocalMoment | None = None
