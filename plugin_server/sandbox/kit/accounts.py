"""The accounts of the sandbox's creators and their data, read from the JSON files in ``accounts``.

The files have Kit's own field names, so that the API returns them almost unchanged; ``{base_url}``
in them stands for the sandbox's URL.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from plugin_server.sandbox.kit.generated_posts import GeneratedPosts, Record

_FOLDER = Path(__file__).parent / "accounts"

COLLECTIONS = (
    "custom_fields",
    "email_templates",
    "forms",
    "purchases",
    "segments",
    "sequences",
    "tags",
)


@dataclass(frozen=True)
class Account:
    """One creator's account.

    Attributes:
        developer: whether the app belongs to this account, which then also sees inactive plugins.
        account: the ``account`` member of ``GET /v4/account``.
        profile: the creator profile, ``None`` where Kit responds with 404.
        posts: newest first, with descending ids; ``None`` where Kit's older API has no such resource.
        broadcasts: newest first.
        growth: the numbers that the growth statistics are computed from; see ``growth_stats``.
        email_stats: numbers of the emails of the last 90 days.
        collections: the resources of ``COLLECTIONS`` by name, each newest first. A form has Kit's
            fields and its ``status``, which Kit's API takes as a filter and does not return.
    """

    id: int
    name: str
    email: str
    developer: bool
    api_key: str = field(repr=False)
    account: Record
    colors: list[str]
    profile: Record | None
    posts: Sequence[Record] | None
    broadcasts: list[Record]
    growth: dict[str, int]
    email_stats: Record
    collections: dict[str, list[Record]]

    @property
    def zone(self) -> tzinfo:
        """The account's time zone; UTC where it has none."""
        timezone = self.account.get("timezone")
        if timezone is None:
            return UTC
        try:
            return ZoneInfo(timezone["name"])
        except ZoneInfoNotFoundError:
            return datetime.strptime(timezone["utc_offset"], "%z").tzinfo or UTC


def load_accounts(base_url: str) -> dict[int, Account]:
    """Return every account by its id, the developer's first.

    A file may describe thousands of posts by numbers instead of listing them; see ``GeneratedPosts``.
    """
    accounts = [_read(path, base_url) for path in sorted(_FOLDER.glob("*.json"))]
    accounts.sort(key=lambda account: (not account.developer, account.id))
    return {account.id: account for account in accounts}


def real_account_stand_in(accounts: dict[int, Account], id_: int, name: str) -> dict[int, Account]:
    """Return one account under the name of a real Kit account: a creator who writes emails here.

    It has drafts of its own; the sandbox has no other data of the real account.
    """
    developer = next(iter(accounts.values()))
    return {id_: replace(developer, id=id_, name=name, profile=None)}


def _read(path: Path, base_url: str) -> Account:
    body = json.loads(path.read_text("utf-8").replace("{base_url}", base_url))
    return Account(
        id=body["account"]["id"],
        name=body["account"]["name"],
        email=body["account"]["primary_email_address"],
        developer=body["developer"],
        api_key=body["api_key"],
        account=body["account"],
        colors=body["colors"],
        profile=body["profile"],
        posts=_posts(body["posts"], f"{base_url}/pictures"),
        broadcasts=_newest_first(body["broadcasts"]),
        growth=body["growth"],
        email_stats=body["email_stats"],
        collections={name: _newest_first(body[name]) for name in COLLECTIONS},
    )


def _posts(posts: Any, pictures: str) -> Sequence[Record] | None:
    if isinstance(posts, dict):
        return GeneratedPosts(**posts, pictures=pictures)
    return None if posts is None else _newest_first(posts)


def _newest_first(records: list[Record]) -> list[Record]:
    return sorted(records, key=lambda record: int(record["id"]), reverse=True)
