"""One read of Kit's API: within the budget, before a deadline, and retried where that may help.

Only GET is ever sent, so a retry does no harm.
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
# Seconds that an attempt needs at least.
_MIN_ATTEMPT = 0.25
# Bytes: a page of broadcasts carries the whole text of each.
_MAX_RESPONSE = 64 * 1024 * 1024


def _log_retry(details: RetryDetails) -> None:
    """Log a retry with the kind of error, without its text."""
    kind = type(details.caused_by).__name__
    log.debug("Request to Kit is retried in %.1f s (%s)", details.wait_for, kind)


# Instead of stamina's own hook, which warns of each retry without the reason.
set_on_retry_hooks([_log_retry])


@dataclass(frozen=True)
class RetryPolicy:
    """When to retry a read, and when to give up.

    Attributes:
        seconds: for one read, its retries included.
        attempts: how often it is requested at most.
        max_pause: seconds between two attempts, where Kit names none.
        in_background: whether no creator waits; such a read leaves some of the budget to others, and waits
            when it is spent.
    """

    seconds: float
    attempts: int = 4
    max_pause: float = 1.0
    in_background: bool = False


BACKGROUND = RetryPolicy(seconds=120, attempts=10, max_pause=15.0, in_background=True)


@dataclass(frozen=True)
class KitReader:
    """Reads with one credential.

    Attributes:
        http: the process's pooled client.
        base_url: Kit's API, or a gateway to it; may have a path.
        auth: signs each request.
        credential: what Kit counts the requests by.
        budget: how many are allowed.
        retry_policy: when to retry, and when to give up.
    """

    http: httpx2.Client = field(repr=False)
    base_url: str
    auth: httpx2.Auth = field(repr=False)
    credential: Credential
    budget: Budget = field(repr=False)
    retry_policy: RetryPolicy

    def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the JSON object at ``path``, which starts with ``/v4/``.

        Raises:
            KitError: Kit failed until the deadline (502, 503, 429); NotConnected (403): the
                creator's connection has ended; AccessWithheld (403): Kit gives apps no access at present.
        """
        deadline = Deadline.after(self.retry_policy.seconds)
        for attempt in stamina.retry_context(
            on=lambda error: self._pause_after(error, deadline),
            attempts=self.retry_policy.attempts,
            timeout=None,  # the hook checks the deadline, which must not pass during the pause either
            wait_initial=FIRST_PAUSE,
            wait_max=self.retry_policy.max_pause,
            wait_jitter=JITTER,
        ):
            with attempt:
                return self._try(path, query, deadline)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _try(
        self, path: str, query: Mapping[str, str] | None, deadline: Deadline
    ) -> dict[str, Any]:
        self.budget.spend(self.credential, in_background=self.retry_policy.in_background)
        request = self.http.build_request("GET", self.base_url + path, params=query)
        record.current().kit_calls += 1
        status, started = "none", time.perf_counter()
        try:
            response = send(
                self.http, request, deadline=deadline, max_bytes=_MAX_RESPONSE, auth=self.auth
            )
            status = str(response.status_code)
        finally:
            resource = metrics.resource_of(path)
            metrics.KIT_REQUESTS.labels(resource, status).observe(time.perf_counter() - started)
        try:
            body = read_json(response)
        except KitRateLimited as error:
            wait = self.budget.pause(self.credential, error.wait)
            raise KitRateLimited(wait=wait, reason=error.reason) from error
        self.budget.end_pause(self.credential)
        return body

    def _pause_after(self, error: Exception, deadline: Deadline) -> bool | float:
        """Return whether to retry, or the seconds after which to do so."""
        if not isinstance(error, KitRateLimited | KitUnavailable | KitUnreadable):
            return False
        if isinstance(error, BudgetSpent) and not self.retry_policy.in_background:
            return False
        left = deadline.remaining() - _MIN_ATTEMPT
        if error.wait is not None:
            return float(error.wait) if error.wait <= left else False
        return left > self.retry_policy.max_pause
