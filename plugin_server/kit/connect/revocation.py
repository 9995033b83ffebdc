"""Revocation of a creator's tokens at Kit when this server deletes them.

Kit then ends them and marks the app as uninstalled. When it was Kit that started, by calling our
``/oauth/revoke``, the request does no harm (RFC 7009, 2.2); and the connection is deleted here by then, so
that Kit does not get it twice.
"""

import contextvars
import threading
from collections.abc import Callable
from dataclasses import dataclass

from plugin_server.errors import KitError, PluginError
from plugin_server.kit.connect.oauth_client import KitOAuth
from plugin_server.observe.audit import audit
from plugin_server.store.base import Store
from plugin_server.store.records import Connection


def _unchanged(connection: Connection) -> Connection:
    return connection


@dataclass(frozen=True)
class Revocation:
    """Revokes the connections at Kit that ``Store.on_release`` reports.

    ``prepare`` does what the connection is needed for before that, and returns it with its latest tokens.
    """

    oauth: KitOAuth
    store: Store
    prepare: Callable[[Connection], Connection] = _unchanged

    def revoke(self, connection: Connection) -> None:
        """Revoke a connection now, which takes some seconds at most; the audit log says whether it worked."""
        account = connection.account_id
        if connection.ended_at is not None:  # Kit has ended it
            return
        try:
            if self._has_connected_again(account):
                return
            connection = self.prepare(connection)
            # That may have taken seconds.
            if self._has_connected_again(account):
                return
            # The refresh token revokes the whole grant; not every connection has one.
            self.oauth.revoke(connection.refresh_token or connection.access_token)
        except PluginError as error:
            reason = error.reason if isinstance(error, KitError) else type(error).__name__
            audit("revocation_at_kit_failed", account=account, reason=reason)
        else:
            audit("revoked_at_kit", account=account)

    def _has_connected_again(self, account: str) -> bool:
        """Return whether a creator, who installed again at once, would lose the new connection with this."""
        if self.store.find_connection(account_id=account) is None:
            return False
        audit("revocation_at_kit_skipped", account=account)
        return True

    def revoke_in_background(self, connection: Connection) -> None:
        """Revoke a connection in a thread of its own, without waiting; the process ends after it."""
        # In a copy of the request's context, so that its lines have the request's id.
        run = contextvars.copy_context().run
        thread = threading.Thread(
            target=run, args=(self.revoke, connection), name="kit-revocation", daemon=False
        )
        try:
            thread.start()
        except RuntimeError:  # the machine is out of threads
            audit("revocation_at_kit_failed", account=connection.account_id, reason="no_threads")
