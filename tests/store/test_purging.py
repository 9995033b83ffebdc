"""What every store deletes, and when; a part of the contract of ``test_contract``."""

from dataclasses import replace

import pytest
from support.databases.stored import ADA, CONNECTION, DAY, NOW, code, refresh

from plugin_server.store.base import FAMILY_LIFETIME, KEEP_ENDED, REFRESH_IDLE, Store
from plugin_server.store.records import Pending

LONG = NOW + KEEP_ENDED + 2 * DAY


class TestPurging:
    """What goes and what stays, one kind of record at a time."""

    def test_a_pending_record_goes_once_it_has_expired(self, store: Store) -> None:
        store.save_pending(digest="over", pending=Pending("consent", "b", {}, NOW))
        store.save_pending(digest="open", pending=Pending("consent", "b", {}, NOW + 10))
        assert store.purge(now=NOW + 1) == 1
        assert store.consume_pending(digest="open", kind="consent", session="b", now=NOW + 1)

    def test_an_unused_code_goes_a_day_after_it_expired(self, store: Store) -> None:
        store.save_account(replace(ADA, seen_at=NOW))
        store.save_code(code())
        store.purge(now=NOW + DAY)
        assert store.find_code(digest="code") is not None
        store.purge(now=NOW + 60 + DAY + 1)
        assert store.find_code(digest="code") is None

    def test_a_used_code_stays_while_a_replay_could_matter(self, installed: Store) -> None:
        installed.purge(now=NOW + KEEP_ENDED)
        assert installed.find_code(digest="code") is not None
        installed.purge(now=LONG)
        assert installed.find_code(digest="code") is None

    def test_a_spent_token_stays_while_its_reuse_could_matter(self, installed: Store) -> None:
        refresh(installed, "1", "2")
        installed.purge(now=NOW + KEEP_ENDED)
        assert installed.find_refresh_token(refresh_digest="refresh-1", now=NOW) is not None
        installed.purge(now=LONG)
        assert installed.find_refresh_token(refresh_digest="refresh-1", now=NOW) is None
        assert installed.find_refresh_token(refresh_digest="refresh-2", now=NOW) is not None

    def test_a_revoked_family_goes_with_all_that_hangs_on_it(self, installed: Store) -> None:
        family = installed.find_family(token_digest="access-1")
        assert family is not None
        installed.revoke_family(family_id=family[0], now=NOW)
        installed.purge(now=NOW + KEEP_ENDED)
        assert installed.find_family(token_digest="access-1") is not None
        installed.purge(now=LONG)
        assert installed.find_family(token_digest="access-1") is None
        assert installed.find_account(account_id=ADA.id) is None

    @pytest.mark.parametrize("limit", [REFRESH_IDLE, FAMILY_LIFETIME])
    def test_a_family_that_nobody_can_refresh_goes(self, installed: Store, limit: int) -> None:
        installed.purge(now=NOW + limit + KEEP_ENDED + 1)
        assert installed.find_family(token_digest="access-1") is None

    def test_an_installation_in_use_stays_whole(self, installed: Store) -> None:
        installed.purge(now=NOW + 100 * DAY)
        assert installed.find_refresh_token(refresh_digest="refresh-1", now=NOW + 100 * DAY)
        assert installed.find_connection(account_id=ADA.id) is not None
        assert installed.find_account(account_id=ADA.id) is not None

    def test_a_sign_in_without_consent_is_forgotten_after_a_day(self, store: Store) -> None:
        store.save_account(replace(ADA, seen_at=NOW))
        store.save_connection(CONNECTION)
        store.purge(now=NOW + DAY)
        assert store.find_connection(account_id=ADA.id) is not None
        store.purge(now=NOW + DAY + 1)
        assert store.find_connection(account_id=ADA.id) is None
        assert store.find_account(account_id=ADA.id) is None
