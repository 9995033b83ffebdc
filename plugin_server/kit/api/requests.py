"""Requests to Kit's API with one credential: within the budget, before a deadline, and retried.

What is retried is for ``KitReader`` and ``KitWriter`` to say: a read may be repeated, a write may not.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from plugin_server.errors import BudgetSpent, KitError, KitRateLimited
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
    """When to retry a request, and when to give up.

    Attributes:
        seconds: for one request, its retries included.
        attempts: how often it is sent at most.
        max_pause: seconds between two attempts, where Kit names none.
        in_background: whether no creator waits; such a request leaves some of the budget to others, and
            waits when it is spent.
    """

    seconds: float
    attempts: int = 4
    max_pause: float = 1.0
    in_background: bool = False


BACKGROUND = RetryPolicy(seconds=120, attempts=10, max_pause=15.0, in_background=True)


@dataclass(frozen=True)
class KitRequests:
    """Sends requests with one credential; the base of what reads and of what writes.

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

    def _send(
        self, method: str, path: str, may_retry: Callable[[KitError], bool], **content: Any
    ) -> tuple[dict[str, Any], int]:
        """Return the JSON object of the response, which is empty where it has no content, and its status.

        Args:
            method: of HTTP.
            path: starts with ``/v4/``.
            may_retry: whether an error allows another attempt.
            content: the query (``params``) and the body (``json``).

        Raises:
            KitError: Kit failed until the deadline (502, 503, 429); NotConnected (403): the
                creator's connection has ended; AccessWithheld (403): Kit gives apps no access at present.
        """
        deadline = Deadline.after(self.retry_policy.seconds)
        for attempt in stamina.retry_context(
            on=lambda error: (
                isinstance(error, KitError)
                and may_retry(error)
                and self._pause_after(error, deadline)
            ),
            attempts=self.retry_policy.attempts,
            timeout=None,  # the hook checks the deadline, which must not pass during the pause either
            wait_initial=FIRST_PAUSE,
            wait_max=self.retry_policy.max_pause,
            wait_jitter=JITTER,
        ):
            with attempt:
                return self._try(method, path, deadline, content)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _try(
        self, method: str, path: str, deadline: Deadline, content: dict[str, Any]
    ) -> tuple[dict[str, Any], int]:
        self.budget.spend(self.credential, in_background=self.retry_policy.in_background)
        request = self.http.build_request(method, self.base_url + path, **content)
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
            body = {} if response.status_code == 204 else read_json(response)
        except KitRateLimited as error:
            wait = self.budget.pause(self.credential, error.wait)
            raise KitRateLimited(wait=wait, reason=error.reason) from error
        self.budget.end_pause(self.credential)
        return body, response.status_code

    def _pause_after(self, error: KitError, deadline: Deadline) -> bool | float:
        """Return whether to retry, or the seconds after which to do so."""
        if isinstance(error, BudgetSpent) and not self.retry_policy.in_background:
            return False
        left = deadline.remaining() - _MIN_ATTEMPT
        if error.wait is not None:
            return float(error.wait) if error.wait <= left else False
        return left > self.retry_policy.max_pause
