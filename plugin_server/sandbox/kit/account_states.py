"""The accounts as they are now: from their files, with what was changed, which a data file can store.

A data file holds the changed accounts in the format of account files; the others are as they were. Where
OAuth clients have registered themselves, it is an object with ``accounts`` and ``oauth_clients``.
"""

import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from threading import RLock
from typing import Any

from plugin_server.sandbox.kit.account_files import BadAccount, accounts_in, dump_account
from plugin_server.sandbox.kit.accounts import Account, Listener
from plugin_server.sandbox.kit.oauth_clients import OAuthClients
from plugin_server.sandbox.kit.tables import Table
from plugin_server.sandbox.kit.webhook_delivery import fail_pending

_SAVE_SECONDS = 0.5


class AccountStates:
    """Resets accounts, and stores the changed ones. Threads may share it."""

    def __init__(
        self,
        load: Callable[[], dict[int, Account]],
        data_file: Path | None = None,
        listeners: Iterable[Listener] = (),
    ) -> None:
        """Load the accounts, and what ``data_file`` has of them and of OAuth clients; raises BadAccount."""
        self._load, self._file, self._listeners = load, data_file, [*listeners]
        # Saving at the end may interrupt a save.
        self._lock, self._is_due = RLock(), False
        self.accounts = load()
        self.oauth_clients = OAuthClients(self._save_clients)
        if data_file is not None and data_file.exists():
            for id_, account in self._read(data_file).items():
                if id_ in self.accounts:
                    account.clock = self.accounts[id_].clock
                    account.developer = self.accounts[id_].developer
                    account.is_changed = True
                    fail_pending(account)
                    self.accounts[id_] = account
        for account in self.accounts.values():
            account.listeners.extend(self._listeners)

    def reset(self, account_id: int | None = None) -> None:
        """Return an account, or every one, to the state of its file."""
        fresh = self._load()
        for id_ in fresh if account_id is None else [account_id]:
            fresh[id_].listeners.extend(self._listeners)
            before, self.accounts[id_] = self.accounts[id_], fresh[id_]
            with before.lock:
                # A delivery that waits for a retry has no receiver any more.
                for name in ("webhooks", "webhook_endpoints"):
                    before.collections[name] = Table()
        self.save(always=True)

    def save_soon(self, run_later: Callable[[Callable[[Any], None], float], None]) -> None:
        """Save in a moment, together with the changes until then."""
        if self._file is not None and not self._is_due:
            self._is_due = True
            run_later(lambda _: self.save(), _SAVE_SECONDS)

    def save(self, *, always: bool = False) -> None:
        """Write the changed accounts to the data file, if there is one and anything has changed."""
        with self._lock:
            self._is_due = False
            clients = self.oauth_clients.dump()
            changed = [each for each in self.accounts.values() if each.is_changed]
            if self._file is None or not (always or any(each.is_unsaved for each in changed)):
                return
            for each in changed:
                each.is_unsaved = False
            if not changed and not clients:
                with suppress(FileNotFoundError):
                    self._file.unlink()
                return
            temporary = self._file.with_name(f"{self._file.name}.new")
            described: Any = [dump_account(each) for each in changed]
            if clients:
                described = {"accounts": described, "oauth_clients": clients}
            temporary.write_text(json.dumps(described, ensure_ascii=False), "utf-8")
            os.replace(temporary, self._file)

    def _save_clients(self) -> None:
        self.save(always=True)

    def _read(self, data_file: Path) -> dict[int, Account]:
        """Load the OAuth clients of a data file, and return its accounts."""
        try:
            body = json.loads(data_file.read_text("utf-8"))
        except ValueError as error:
            raise BadAccount(f"{data_file} is not JSON: {error}.") from None
        if isinstance(body, dict) and "oauth_clients" in body:
            try:
                self.oauth_clients.load(body["oauth_clients"])
            except (KeyError, TypeError):
                text = "must be what the sandbox has written."
                raise BadAccount(f"{data_file}.oauth_clients {text}") from None
            if not body.get("accounts"):
                return {}
        # Not as an account file: what looks like a placeholder in it is a creator's text.
        return accounts_in(body, data_file)
