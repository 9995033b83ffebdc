"""Kit's API V4, read only: one method for each endpoint, named as Kit names it.

Source: https://developers.kit.com/api-reference
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2
from pydantic import BaseModel, ValidationError

from plugin_server.errors import KitNotFound, KitRejected
from plugin_server.kit.http import kit_errors, read_json
from plugin_server.kit.models import Account, Broadcast, Pagination, Post

log = logging.getLogger(__name__)

PAGE_SIZE = 500

Record = TypeVar("Record", bound=BaseModel)


@dataclass(frozen=True)
class KitClient:
    """Reads one account. ``auth`` carries its credential and is asked again for each request.

    Every method raises a KitError when Kit fails: KitUnauthorized, KitRateLimited (429),
    KitUnavailable (503), KitNotFound or KitRejected (502).
    """

    http: httpx2.Client = field(repr=False)
    base_url: str
    auth: httpx2.Auth = field(repr=False)

    def get_account(self) -> Account:
        """Return the account that the credential belongs to."""
        return _parse(Account, self._get("/v4/account"), "account")

    def list_posts(self) -> Iterator[Post]:
        """Yield the account's posts, drafts and scheduled ones included, newest first."""
        return self._list("/v4/posts", "posts", Post)

    def get_post(self, post_id: int) -> Post | None:
        """Return a post with its ``content``; ``None`` when there is none of that id."""
        return self._find(f"/v4/posts/{post_id}", "post", Post)

    def list_broadcasts(self) -> Iterator[Broadcast]:
        """Yield the account's broadcasts, drafts included, newest first."""
        return self._list("/v4/broadcasts", "broadcasts", Broadcast)

    def get_broadcast(self, broadcast_id: int) -> Broadcast | None:
        """Return a broadcast; ``None`` when there is none of that id."""
        return self._find(f"/v4/broadcasts/{broadcast_id}", "broadcast", Broadcast)

    def _find(self, path: str, member: str, record: type[Record]) -> Record | None:
        try:
            return _parse(record, self._get(path), member)
        except KitNotFound:
            return None

    def _list(self, path: str, member: str, record: type[Record]) -> Iterator[Record]:
        """Yield records page by page; the next page is asked for only when it is reached.

        A record that cannot be read is left out: it must not hide all the others.
        """
        query = {"per_page": str(PAGE_SIZE)}
        seen: set[str] = set()
        while True:
            page = self._get(path, query)
            records = page.get(member)
            if not isinstance(records, list):
                raise KitRejected
            for each in records:
                try:
                    yield record.model_validate(each)
                except ValidationError:
                    log.warning("Left out a record of %s that could not be read", path)
            pagination = _parse(Pagination, page, "pagination")
            cursor = pagination.end_cursor
            # A cursor that comes back would lead in a circle.
            if not pagination.has_next_page or not cursor or cursor in seen:
                return
            seen.add(cursor)
            query["after"] = cursor

    def _get(self, path: str, query: dict[str, str] | None = None) -> dict[str, Any]:
        with kit_errors():
            response = self.http.get(self.base_url + path, params=query, auth=self.auth)
        return read_json(response)


def _parse(record: type[Record], body: dict[str, Any], member: str) -> Record:
    try:
        return record.model_validate(body.get(member))
    except ValidationError:
        # Raised anew without its cause: that shows the values, which may be a creator's drafts.
        raise KitRejected from None
