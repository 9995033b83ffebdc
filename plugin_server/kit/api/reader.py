"""One read of Kit's API: within the budget, before a deadline, and tried again where that may help.

Only GET is ever sent, so a repeat can do no harm.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from plugin_server.errors import BudgetSpent, KitRateLimited, KitUnavailable, KitUnreadable
from plugin_server.kit.api.budget import Budget, Credential
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.api.transport import read_json, send
from plugin_server.observe import metrics, record

log = logging.getLogger(__name__)

# Seconds between attempts, where Kit names none: doubled each time.
FIRST_PAUSE, JITTER = 0.2, 0.3
# What an attempt needs at least to be worth it.
_SHORTEST_ATTEMPT = 0.25
# Bytes: a page of broadcasts carries the whole text of each.
_LONGEST_ANSWER = 64 * 1024 * 1024


def _note(details: RetryDetails) -> None:
    """Log that Kit is asked again, and the kind of error alone."""
    kind = type(details.caused_by).__name__
    log.debug("Kit is asked again in %.1f s (%s)", details.wait_for, kind)


# Instead of stamina's own, which warns of each repeat and says nothing about it.
set_on_retry_hooks([_note])


@dataclass(frozen=True)
class Patience:
    """How hard to try.

    Attributes:
        seconds: for one read, its repeats included.
        attempts: how often Kit is asked.
        longest_pause: seconds between two attempts, where Kit names none.
        behind: whether nobody waits; such a read leaves some of the budget to others, and waits
            for it when it is spent.
    """

    seconds: float
    attempts: int = 4
    longest_pause: float = 1.0
    behind: bool = False


BEHIND = Patience(seconds=120, attempts=10, longest_pause=15.0, behind=True)


@dataclass(frozen=True)
class KitReader:
    """Reads with one credential.

    Attributes:
        http: the process's pooled client.
        base_url: Kit's API, or a gateway to it; may have a path.
        auth: signs each request.
        credential: what Kit counts the requests by.
        budget: how many are allowed.
        patience: how hard to try.
    """

    http: httpx2.Client = field(repr=False)
    base_url: str
    auth: httpx2.Auth = field(repr=False)
    credential: Credential
    budget: Budget = field(repr=False)
    patience: Patience

    def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the JSON object at ``path``, which begins with ``/v4/``.

        Raises:
            KitError: Kit failed until the deadline (502, 503, 429); NotConnected (403): the
                creator's connection has ended; AccessWithheld (403): Kit gives apps no access at present.
        """
        deadline = Deadline.after(self.patience.seconds)
        for attempt in stamina.retry_context(
            on=lambda error: self._pause_after(error, deadline),
            attempts=self.patience.attempts,
            timeout=None,  # the hook minds the deadline: it must not pass while we pause, either
            wait_initial=FIRST_PAUSE,
            wait_max=self.patience.longest_pause,
            wait_jitter=JITTER,
        ):
            with attempt:
                return self._try(path, query, deadline)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _try(
        self, path: str, query: Mapping[str, str] | None, deadline: Deadline
    ) -> dict[str, Any]:
        self.budget.spend(self.credential, spare=self.patience.behind)
        request = self.http.build_request("GET", self.base_url + path, params=query)
        record.current().kit_calls += 1
        status, begun = "none", time.perf_counter()
        try:
            response = send(
                self.http, request, deadline=deadline, longest=_LONGEST_ANSWER, auth=self.auth
            )
            status = str(response.status_code)
        finally:
            resource = metrics.resource_of(path)
            metrics.KIT_REQUESTS.labels(resource, status).observe(time.perf_counter() - begun)
        try:
            body = read_json(response)
        except KitRateLimited as error:
            wait = self.budget.refused(self.credential, error.wait)
            raise KitRateLimited(wait=wait, reason=error.reason) from error
        self.budget.answered(self.credential)
        return body

    def _pause_after(self, error: Exception, deadline: Deadline) -> bool | float:
        """Return whether to try again, or the seconds after which to do so."""
        if not isinstance(error, KitRateLimited | KitUnavailable | KitUnreadable):
            return False
        if isinstance(error, BudgetSpent) and not self.patience.behind:
            return False
        left = deadline.remaining() - _SHORTEST_ATTEMPT
        if error.wait is not None:
            return float(error.wait) if error.wait <= left else False
        return left > self.patience.longest_pause
