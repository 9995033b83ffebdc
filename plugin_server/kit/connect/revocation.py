"""Telling Kit that we hold a creator's tokens no more, so that they cannot outlive our copy of them.

Kit then ends them and marks the app as uninstalled. When it was Kit that began, by calling our
``/oauth/revoke``, it does not mind being told what it knows (RFC 7009, 2.2); and nothing is left here by
then of which it could be told twice.
"""

import contextvars
import threading
from dataclasses import dataclass

from plugin_server.errors import KitError, PluginError
from plugin_server.kit.connect.oauth_client import KitOAuth
from plugin_server.observe.audit import audit
from plugin_server.store.base import Store
from plugin_server.store.records import Connection


@dataclass(frozen=True)
class Revocation:
    """Gives connections up at Kit that ``Store.on_release`` tells of."""

    oauth: KitOAuth
    store: Store

    def tell(self, connection: Connection) -> None:
        """Tell Kit now, which takes some seconds at most; the audit log says whether it worked."""
        account = connection.account_id
        if connection.ended_at is not None:  # by Kit, which knows
            return
        try:
            # Whoever uninstalls and installs again at once must not lose the new connection with the old.
            if self.store.find_connection(account_id=account) is not None:
                audit("revocation_at_kit_skipped", account=account)
                return
            # The refresh token stands for all of the grant; not every connection has one.
            self.oauth.revoke(connection.refresh_token or connection.access_token)
        except PluginError as error:
            reason = error.reason if isinstance(error, KitError) else type(error).__name__
            audit("revocation_at_kit_failed", account=account, reason=reason)
        else:
            audit("revoked_at_kit", account=account)

    def tell_behind(self, connection: Connection) -> None:
        """Tell Kit in a thread of its own, so that nobody waits; the process ends after it."""
        # In a copy of the request's context, so that its lines have the request's id.
        run = contextvars.copy_context().run
        thread = threading.Thread(
            target=run, args=(self.tell, connection), name="kit-revocation", daemon=False
        )
        try:
            thread.start()
        except RuntimeError:  # the machine has no more threads
            audit("revocation_at_kit_failed", account=connection.account_id, reason="no_threads")
