"""Records of Kit's API V4, as far as blocks read them. Unknown fields are ignored, absent ones are ``None``.

Source: https://developers.kit.com/api-reference
"""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _in_utc(moment: datetime) -> datetime:
    # Kit says that its times are UTC; one without a zone could not be compared with the others.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Account(_Record):
    """``GET /v4/account``: the identity behind an installation. The email address is not read."""

    id: int
    name: str


class Post(_Record):
    """``GET /v4/posts`` and ``/v4/posts/{id}``. ``content`` is set only where it was asked for."""

    id: int
    title: str | None = None
    slug: str | None = None
    description: str | None = None
    meta_description: str | None = None
    status: str | None = None
    published_at: Moment | None = None
    thumbnail_url: str | None = None
    thumbnail_alt: str | None = None
    is_paid: bool | None = None
    public_url: str | None = None
    publication_id: int | None = None
    content: str | None = None


class Broadcast(_Record):
    """``GET /v4/broadcasts`` and ``/v4/broadcasts/{id}``. Kit gives a broadcast no public address."""

    id: int
    publication_id: int | None = None
    subject: str | None = None
    preview_text: str | None = None
    description: str | None = None
    content: str | None = None
    public: bool | None = None
    send_at: Moment | None = None
    published_at: Moment | None = None
    thumbnail_url: str | None = None
    thumbnail_alt: str | None = None


class Pagination(_Record):
    """The ``pagination`` member of every list; cursors are ``None`` on an empty page."""

    has_previous_page: bool = False
    has_next_page: bool = False
    start_cursor: str | None = None
    end_cursor: str | None = None
    per_page: int | None = None


class PublishedPost(_Record):
    """What a block shows of a post, whether Kit keeps it as a post or only as a broadcast.

    ``value`` is what the sidebar stores: the post's id, or ``broadcast-<id>``. ``url`` is ``None``
    for broadcasts, ``content`` is HTML of unknown quality and set only by a look-up of one post.
    """

    value: str
    title: str
    url: str | None = None
    description: str | None = None
    published_at: Moment | None = None
    thumbnail_url: str | None = None
    thumbnail_alt: str | None = None
    content: str | None = Field(default=None, repr=False)
