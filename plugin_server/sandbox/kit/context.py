"""What Kit's side of the sandbox shares: its accounts, clock, faults, limits and log."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import abort, current_app, redirect, request, session
from flask.typing import ResponseReturnValue

from plugin_server.sandbox.config import SandboxConfig
from plugin_server.sandbox.kit.account_states import AccountStates
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.faults.rules import FaultRules
from plugin_server.sandbox.kit.limits import RateLimits
from plugin_server.sandbox.kit.oauth_clients import OAuthClients
from plugin_server.sandbox.kit.request_log import RequestLog
from plugin_server.sandbox.kit.webhook_delivery import WebhookDelivery
from plugin_server.sandbox.store import Store


@dataclass(frozen=True)
class KitSide:
    """The parts that Kit's API and OAuth server share; ``clock`` gives Unix seconds."""

    config: SandboxConfig
    store: Store
    states: AccountStates
    clock: Callable[[], float]
    faults: FaultRules
    limits: RateLimits
    request_log: RequestLog
    webhooks: WebhookDelivery
    oauth_clients: OAuthClients

    @property
    def accounts(self) -> dict[int, Account]:
        """The creators' accounts by their ids, the developer's first."""
        return self.states.accounts

    def changed(self, account: Account) -> None:
        """Deliver what has happened in an account, and store it soon. The account is locked."""
        account.note_change()
        self.webhooks.flush(account)
        self.states.save_soon(self.webhooks.run_later)

    def stop(self) -> None:
        """Store what has changed, and stop what runs in the background."""
        self.states.save()
        self.webhooks.stop()


def sandbox() -> KitSide:
    """Return the parts of the app that handles this request."""
    found: KitSide = current_app.extensions["sandbox"]
    return found


def creator() -> Account:
    """Return the signed-in creator: the developer's account unless another is chosen."""
    accounts = sandbox().accounts
    return accounts.get(session.get("account", 0)) or next(iter(accounts.values()))


def switch_creator() -> ResponseReturnValue:
    """Sign in as another creator of the sandbox; 400 when there is no such creator."""
    chosen = request.form.get("account", 0, int)
    if chosen not in sandbox().accounts:
        abort(400, "There is no such creator.")
    session["account"] = chosen
    # A second slash or a backslash could start another host.
    back = request.form.get("back", "")
    own = back.startswith("/") and not back.startswith(("//", "/\\"))
    return redirect(back.removesuffix("?") if own else "/apps/1", 303)
