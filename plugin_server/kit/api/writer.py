"""Writes to Kit's API: every operation of the table in ``writes.py``, through one method.

The server itself writes nothing but its webhook endpoints, and never to a creator's content. Blocks cannot
reach this: they get ``AccountData``, which holds a ``KitClient``, and that only sends GET.
"""

from dataclasses import dataclass, field
from typing import Any, Generic

import httpx2

from plugin_server.errors import KitError, KitRateLimited
from plugin_server.kit.api.endpoints import P
from plugin_server.kit.api.records import Record, member_of, parse_record
from plugin_server.kit.api.requests import KitRequests
from plugin_server.kit.api.writes import Write

# What the HTTP library raises before it has sent a byte of the request.
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


@dataclass(frozen=True)
class Written(Generic[Record]):
    """What Kit responded to a write.

    Attributes:
        record: as Kit has it now.
        status: 201 for a new record, 200 for one that was there, 202 for what Kit does later.
        warnings: Kit's sentences about what it ignored, such as unknown custom fields.
    """

    record: Record
    status: int
    warnings: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class KitWriter(KitRequests):
    """Writes to one account, with its credential, within the budget of its reads.

    ``allowed`` are the only writes that it does; ``None`` stands for all.

    A write is sent again only where Kit has certainly not done it: after a 429, after a 401 with a fresh
    token, and when no connection could be made. Any other error may come after Kit has done it.
    """

    allowed: tuple[Write[Any, ...], ...] | None = None

    def send(
        self, write: Write[Record, P], *args: P.args, **parameters: P.kwargs
    ) -> Written[Record]:
        """Do a write, such as ``writer.send(UPDATE_TAG, id=7, name="Ferry")``, and return Kit's response.

        The keywords are those of the write's body in ``bodies.py``. One that is left out is not sent, so that
        Kit leaves it as it is; ``None`` is sent as null.

        Raises:
            PermissionError: the write is not allowed; nothing was sent.
            ValueError: parameters that Kit could not accept; nothing was sent.
            KitError: Kit failed or refused: KitUnauthorized, KitRateLimited (429), KitUnavailable (503),
                KitForbidden (403), KitNotFound or KitRejected (502).
            AccessWithheld: 403, Kit gives apps no access to the account at present.
        """
        if self.allowed is not None and write not in self.allowed:
            raise PermissionError(f"{write.operation} is not for this writer")
        method, path, body = write.request(*args, **parameters)
        response, status = self._send(method, path, _was_not_done, json=body)
        value = member_of(response, write.reply.member)
        warnings = response.get("warnings")
        return Written(
            parse_record(write.reply.record, value),
            status,
            tuple(map(str, warnings)) if isinstance(warnings, list) else (),
        )


def _was_not_done(error: KitError) -> bool:
    return isinstance(error, KitRateLimited) or isinstance(error.__cause__, _NOT_SENT)
