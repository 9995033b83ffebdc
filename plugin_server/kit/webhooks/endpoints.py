"""The server's endpoints at Kit: one for each connection, created, looked for and deleted in the background.

Kit gives an endpoint's secret once, in the response that creates it. So whatever Kit has with our URL that
the store does not know is deleted before another is created: its response was lost, or the process died.

Of all processes one does this for an account at a time. Each attempt is claimed in the store first, and what
an attempt has created is stored only while its claim is the latest one.
"""

import contextvars
import logging
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import httpx2
from pydantic import SecretStr

from plugin_server.errors import KitError, KitNotFound, KitUnauthorized, NotConnected, PluginError
from plugin_server.kit.api.budget import Budget, Credential
from plugin_server.kit.api.client import KitClient
from plugin_server.kit.api.endpoints import WEBHOOK_ENDPOINTS
from plugin_server.kit.api.models import WebhookEndpoint as KitEndpoint
from plugin_server.kit.api.reader import KitReader
from plugin_server.kit.api.requests import RetryPolicy
from plugin_server.kit.api.writer import KitWriter
from plugin_server.kit.api.writes import (
    CREATE_WEBHOOK_ENDPOINT,
    DELETE_WEBHOOK_ENDPOINT,
    OF_SERVER,
)
from plugin_server.kit.connect.oauth_client import KitGrantRefused, KitOAuth
from plugin_server.kit.webhooks.events import EVENTS
from plugin_server.observe.audit import audit
from plugin_server.store.base import Store
from plugin_server.store.records import Connection, WebhookEndpoint, digest

log = logging.getLogger(__name__)

# Where Kit delivers, below BASE_URL; the endpoint's key follows.
PATH = "/kit/webhooks/"
# Seconds after which the server looks whether Kit still has an endpoint, and for which that is believed.
CHECK_INTERVAL, TRUST = 3600, 2 * 3600
# Seconds after an attempt in which there is no other one.
RETRY_INTERVAL = 300
# Accounts of a process at one time; all others follow at later requests.
_MAX_THREADS = 8
# No creator waits, but a server that is to stop may.
_RETRY_POLICY = RetryPolicy(seconds=8, in_background=True)
_NAME = "Content blocks"
_DESCRIPTION = "Says that a post was published, so that content blocks show it at once."


@dataclass(frozen=True)
class EndpointAccess:
    """What reads and writes the endpoints of one account at Kit."""

    client: KitClient
    writer: KitWriter

    @classmethod
    def with_credential(
        cls,
        http: httpx2.Client,
        base_url: str,
        auth: httpx2.Auth,
        credential: Credential,
        budget: Budget,
    ) -> "EndpointAccess":
        """Return what reads and writes with a credential; for the arguments see ``KitRequests``."""
        requests = (http, base_url, auth, credential, budget, _RETRY_POLICY)
        return cls(KitClient(KitReader(*requests)), KitWriter(*requests, allowed=OF_SERVER))


class Endpoints:
    """The endpoints of all accounts, as this process sees them. Threads may share it."""

    def __init__(
        self,
        *,
        store: Store,
        base_url: str,
        of_account: Callable[[str], EndpointAccess],
        of_token: Callable[[SecretStr], EndpointAccess],
        oauth: KitOAuth,
        clock: Callable[[], int],
    ) -> None:
        """Take what the endpoints depend on; nothing is requested yet.

        Args:
            store: has the endpoints that Kit has created for us.
            base_url: public URL of this server.
            of_account: returns what reads and writes an account with its connection.
            of_token: the same with an access token, for a connection that is not stored any more.
            oauth: refreshes the tokens of such a connection.
            clock: unix seconds.
        """
        self._store, self._base_url, self._clock = store, base_url, clock
        self._of_account, self._of_token, self._oauth = of_account, of_token, oauth
        # By account, when this process has tried last.
        self._tried: dict[str, int] = {}
        self._lock = threading.Lock()
        self._threads = threading.Semaphore(_MAX_THREADS)

    def is_live(self, endpoint: WebhookEndpoint, now: float) -> bool:
        """Return whether Kit reports to an endpoint, as far as we know."""
        return self._is_ours(endpoint) and now < endpoint.verified_at + TRUST

    def check_if_due(self, account_id: str, endpoint: WebhookEndpoint | None) -> None:
        """Check an account's endpoint in the background if it is missing or was not seen for long.

        ``endpoint`` is what the store has. There is one attempt in ``RETRY_INTERVAL`` seconds.
        """
        now = self._clock()
        if endpoint is not None:
            is_known = self._is_ours(endpoint) and now < endpoint.verified_at + CHECK_INTERVAL
            if is_known or now < endpoint.checked_at + RETRY_INTERVAL:
                return
        with self._lock:
            if now < self._tried.get(account_id, 0) + RETRY_INTERVAL:
                return
            since = now - RETRY_INTERVAL
            self._tried = {name: at for name, at in self._tried.items() if at > since}
            if self._in_background(partial(self.check, account_id)):
                self._tried[account_id] = now

    def check_in_background(self, account_id: str) -> None:
        """Check an account's endpoint at Kit, and create it if need be, in a thread of its own."""
        self._in_background(partial(self.check, account_id))

    def check(self, account_id: str) -> None:
        """Delete what Kit has of us that the store does not know; create an endpoint if none is left."""
        try:
            known = self._store.find_webhook_endpoint(account_id=account_id)
            claim = self._store.claim_webhook_endpoint(
                account_id=account_id,
                claim=known.checked_at if known else None,
                now=self._clock(),
            )
            if claim is not None:
                self._check(account_id, known, claim)
        except NotConnected:
            log.debug("Account %s has no connection for a webhook endpoint", account_id)
        except PluginError as error:
            audit("webhook_endpoint_failed", account=account_id, reason=_reason(error))

    def _check(self, account_id: str, known: WebhookEndpoint | None, claim: int) -> None:
        kit = self._of_account(account_id)
        is_there = self._delete_others(kit, known)
        # An endpoint that is gone at Kit counts as not verified, even if no other can be created.
        self._store.confirm_webhook_endpoint(
            account_id=account_id, claim=claim, verified_at=self._clock() if is_there else 0
        )
        if is_there:
            return
        key = secrets.token_urlsafe(32)
        created = kit.writer.send(
            CREATE_WEBHOOK_ENDPOINT,
            url=f"{self._base_url}{PATH}{key}",
            events=[*EVENTS],
            name=_NAME,
            description=_DESCRIPTION,
        ).record
        # What is loaded in this very second may have been requested before Kit had the endpoint.
        now = self._clock() + 1
        endpoint = WebhookEndpoint(
            account_id=account_id,
            endpoint_id=created.id,
            key_digest=digest(key),
            base_url=self._base_url,
            created_at=now,
            verified_at=now,
            checked_at=claim,
        )
        secret = created.secret.get_secret_value()
        if self._store.save_webhook_endpoint(endpoint, secret=secret):
            audit("webhook_endpoint_created", account=account_id)
        else:  # uninstalled meanwhile, or another attempt was started
            _delete(kit, created.id)

    def _delete_others(self, kit: EndpointAccess, known: WebhookEndpoint | None) -> bool:
        """Delete our endpoints at Kit but the known one; return whether Kit has that, as it should be."""
        is_there = False
        for each in kit.client.list(WEBHOOK_ENDPOINTS, per_page=100):
            if known is not None and self._is_intact(each, known):
                is_there = True
            elif self._has_our_url(each) or (known is not None and each.id == known.endpoint_id):
                _delete(kit, each.id)
        return is_there

    def _is_intact(self, each: KitEndpoint, known: WebhookEndpoint) -> bool:
        return (
            each.id == known.endpoint_id
            and self._has_our_url(each)
            and digest((each.url or "").removeprefix(self._base_url + PATH)) == known.key_digest
            and each.status == "active"
            # Somebody has made another secret, which only that response showed.
            and each.previous_secret_expires_at is None
            and {*EVENTS} <= {*each.events}
        )

    def _has_our_url(self, each: KitEndpoint) -> bool:
        return (each.url or "").startswith(self._base_url + PATH)

    def _is_ours(self, endpoint: WebhookEndpoint) -> bool:
        return endpoint.endpoint_id is not None and endpoint.base_url == self._base_url

    # Deleting

    def delete_of(self, connection: Connection) -> Connection:
        """Delete the endpoints at Kit of a connection that is not stored any more, before it is revoked.

        Returns:
            The connection with its tokens: an access token that has expired is refreshed for this.
        """
        account = connection.account_id
        try:
            if connection.expires_at <= self._clock() and connection.refresh_token:
                tokens = self._oauth.refresh(connection.refresh_token)
                connection = replace(
                    connection,
                    access_token=tokens.access_token,
                    refresh_token=tokens.refresh_token or connection.refresh_token,
                )
            self._delete_others(self._of_token(SecretStr(connection.access_token)), None)
        except (KitGrantRefused, KitUnauthorized):
            log.debug("Kit has ended the connection of account %s already", account)
        except PluginError as error:
            audit("webhook_endpoint_not_deleted", account=account, reason=_reason(error))
        return connection

    def delete_left_over(self, key_digest: str) -> None:
        """Delete, in the background, the endpoint of a server whose ``KIT_WEBHOOKS`` is now off."""
        if found := self._store.find_webhook_secret(key_digest=key_digest):
            self._in_background(partial(self._delete_left_over, found[0]))

    def _delete_left_over(self, account_id: str) -> None:
        try:
            self._delete_others(self._of_account(account_id), None)
            self._store.delete_webhook_endpoint(account_id=account_id)
        except PluginError as error:
            audit("webhook_endpoint_not_deleted", account=account_id, reason=_reason(error))

    def _in_background(self, work: Callable[[], None]) -> bool:
        """Start to work in a thread of its own; return whether there was one left for it."""
        if not self._threads.acquire(blocking=False):
            return False

        def run() -> None:
            try:
                work()
            finally:
                self._threads.release()

        # In a copy of the request's context, so that its lines have the request's id.
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(run,), name="kit-webhooks", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the machine is out of threads
            self._threads.release()
            return False
        return True


def _delete(kit: EndpointAccess, id: int) -> None:
    with suppress(KitNotFound):
        kit.writer.send(DELETE_WEBHOOK_ENDPOINT, id=id)


def _reason(error: PluginError) -> str:
    return (error.reason if isinstance(error, KitError) else "") or type(error).__name__
