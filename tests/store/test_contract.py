"""What every store promises; each backend's ``store`` fixture goes through all of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from support.databases.stored import ADA, CONNECTION, GRACE, NOW, code, pair, refresh

from plugin_server.store.base import MAX_PENDING, Store
from plugin_server.store.records import (
    Account,
    Connection,
    Lease,
    Pending,
    Token,
)


class TestSigningIn:
    def test_a_pending_record_comes_back_once(self, store: Store) -> None:
        pending = Pending("consent", "browser", {"state": 'é " \\ %'}, NOW + 10)
        store.save_pending(digest="d", pending=pending)
        take = {"digest": "d", "kind": "consent", "session": "browser", "now": NOW}
        assert store.consume_pending(**take) == pending
        assert store.consume_pending(**take) is None

    @pytest.mark.parametrize(
        "difference",
        [{"digest": "other"}, {"kind": "sign_in"}, {"session": "other"}, {"now": NOW + 10}],
    )
    def test_a_pending_record_is_for_its_browser_kind_and_time(
        self, store: Store, difference: dict[str, object]
    ) -> None:
        store.save_pending(digest="d", pending=Pending("consent", "browser", {}, NOW + 10))
        take = {"digest": "d", "kind": "consent", "session": "browser", "now": NOW, **difference}
        assert store.consume_pending(**take) is None

    def test_another_browser_cannot_use_up_a_pending_record(self, store: Store) -> None:
        store.save_pending(digest="d", pending=Pending("consent", "browser", {}, NOW + 10))
        store.consume_pending(digest="d", kind="consent", session="other", now=NOW)
        assert store.consume_pending(digest="d", kind="consent", session="browser", now=NOW)

    def test_of_one_session_the_newest_pending_records_are_kept(self, store: Store) -> None:
        others = Pending("consent", "other", {}, NOW)
        store.save_pending(digest="theirs", pending=others)
        for number in range(MAX_PENDING + 5):
            pending = Pending("consent", "browser", {}, NOW + 10 + number)
            store.save_pending(digest=str(number), pending=pending)

        def take(digest: str, session: str = "browser") -> Pending | None:
            return store.consume_pending(digest=digest, kind="consent", session=session, now=0)

        kept = [number for number in range(MAX_PENDING + 5) if take(str(number))]
        assert kept == list(range(5, MAX_PENDING + 5))
        assert take("theirs", "other") == others

    def test_an_account_takes_its_new_name(self, store: Store) -> None:
        store.save_account(ADA)
        store.save_account(replace(ADA, name="Ada Lovelace"))
        assert store.find_account(account_id=ADA.id) == Account("26", "Ada Lovelace")
        assert store.find_account(account_id="27") is None

    def test_a_connection_is_replaced_only_at_the_expected_version(self, store: Store) -> None:
        store.save_account(ADA)
        store.save_connection(CONNECTION)
        kept = store.find_connection(account_id=ADA.id)
        assert kept is not None
        assert kept.access_token == "kit-access"
        newer = replace(CONNECTION, access_token="newer")
        assert store.save_connection(newer, expected_version=kept.version)
        assert not store.save_connection(newer, expected_version=kept.version)

    def test_only_the_version_that_was_refused_is_marked_as_ended(self, store: Store) -> None:
        store.save_account(ADA)
        store.save_connection(CONNECTION)
        old = store.find_connection(account_id=ADA.id)
        store.save_connection(CONNECTION)
        new = store.find_connection(account_id=ADA.id)
        assert old is not None
        assert new is not None
        assert not store.revoke_connection(account_id=ADA.id, version=old.version, now=NOW)
        assert store.revoke_connection(account_id=ADA.id, version=new.version, now=NOW)
        ended = store.find_connection(account_id=ADA.id)
        assert ended is not None
        assert ended.ended_at == NOW


class TestInstalling:
    def test_an_expired_code_is_not_exchanged(self, store: Store) -> None:
        store.save_account(ADA)
        store.save_code(code())
        assert not store.consume_code(digest="code", token=pair("1"), now=NOW + 60)
        assert store.find_token(access_digest="access-1", now=NOW) is None

    def test_the_token_belongs_to_the_installation_of_the_code(self, installed: Store) -> None:
        token = installed.find_token(access_digest="access-1", now=NOW)
        assert token is not None
        assert (token.account_id, token.client_id, token.scope) == ("26", "kit", "read:posts")

    def test_a_replayed_code_ends_what_it_began_refreshed_tokens_included(
        self, installed: Store
    ) -> None:
        assert refresh(installed, "1", "2")
        assert not installed.consume_code(digest="code", token=pair("x"), now=NOW + 1)
        for name in ("1", "2", "x"):
            assert installed.find_token(access_digest=f"access-{name}", now=NOW) is None
            assert installed.find_refresh_token(refresh_digest=f"refresh-{name}", now=NOW) is None

    def test_installing_again_is_the_same_installation(self, installed: Store) -> None:
        installed.save_code(code("second"))
        assert installed.consume_code(digest="second", token=pair("2"), now=NOW)
        tokens = [installed.find_token(access_digest=f"access-{n}", now=NOW) for n in "12"]
        assert len({token.installation_id for token in tokens if token}) == 1
        assert len({token.family_id for token in tokens if token}) == 2

    def test_of_many_exchanges_at_once_exactly_one_wins(self, store: Store) -> None:
        store.save_account(ADA)
        store.save_code(code())
        barrier = Barrier(8)

        def exchange(number: int) -> bool:
            barrier.wait()
            return bool(store.consume_code(digest="code", token=pair(str(number)), now=NOW))

        with ThreadPoolExecutor(8) as threads:
            assert sorted(threads.map(exchange, range(8))) == [False] * 7 + [True]

    def test_two_authorizations_at_once_lose_no_scope(self, store: Store) -> None:
        store.save_account(ADA)
        for name, scope in (("one", "read:posts"), ("two", "read:profile")):
            store.save_code(replace(code(name), scope=scope))
        for name, scope in (("one", "read:posts"), ("two", "read:profile")):
            token = replace(pair(name), scope=scope)
            last = store.consume_code(digest=name, token=token, now=NOW)
        assert last is not None
        assert last.scope == "read:posts read:profile"


class TestRefreshing:
    def test_an_unknown_refresh_token_has_no_successor(self, installed: Store) -> None:
        assert refresh(installed, "unknown", "2") is None

    def test_the_successor_is_live_and_so_is_the_old_access_token(self, installed: Store) -> None:
        assert refresh(installed, "1", "2")
        assert installed.find_token(access_digest="access-2", now=NOW)
        assert installed.find_token(access_digest="access-1", now=NOW)

    def test_refreshing_again_within_the_grace_period_gives_the_same_successor(
        self, installed: Store
    ) -> None:
        first = refresh(installed, "1", "2")
        assert first is not None
        assert refresh(installed, "1", "other", at=NOW + GRACE) == first
        assert installed.find_refresh_token(refresh_digest="refresh-other", now=NOW) is None

    def test_refreshing_again_does_not_prolong_the_grace_period(self, installed: Store) -> None:
        refresh(installed, "1", "2")
        assert refresh(installed, "1", "2", at=NOW + GRACE)
        assert refresh(installed, "1", "2", at=NOW + GRACE + 1) is None

    def test_reuse_after_the_grace_period_ends_the_family(self, installed: Store) -> None:
        refresh(installed, "1", "2")
        assert refresh(installed, "1", "3", at=NOW + GRACE + 1) is None
        assert installed.find_token(access_digest="access-2", now=NOW) is None

    def test_a_token_of_an_older_generation_ends_the_family_even_within_the_grace_period(
        self, installed: Store
    ) -> None:
        refresh(installed, "1", "2")
        refresh(installed, "2", "3")
        assert refresh(installed, "1", "x") is None
        assert installed.find_token(access_digest="access-3", now=NOW) is None

    def test_many_refreshes_at_once_agree_on_one_successor(self, installed: Store) -> None:
        barrier = Barrier(8)

        def refresh_once(number: int) -> Token | None:
            barrier.wait()
            return refresh(installed, "1", f"of-{number}")

        with ThreadPoolExecutor(8) as threads:
            found = set(threads.map(refresh_once, range(8)))
        assert len(found) == 1
        assert None not in found


class TestBlockRequests:
    @pytest.mark.parametrize(("digest", "now"), [("unknown", NOW), ("access-1", NOW + 1000)])
    def test_an_unknown_or_expired_token_is_not_found(
        self, installed: Store, digest: str, now: int
    ) -> None:
        assert installed.find_token(access_digest=digest, now=now) is None


class TestUninstalling:
    @pytest.mark.parametrize("token", ["access-1", "refresh-1", "access-2"])
    def test_any_token_of_a_family_leads_to_its_end(self, installed: Store, token: str) -> None:
        refresh(installed, "1", "2")
        found = installed.find_family(token_digest=token)
        assert found is not None
        assert found[1] == "kit"
        installed.revoke_family(family_id=found[0], now=NOW)
        assert installed.find_token(access_digest="access-2", now=NOW) is None
        assert refresh(installed, "2", "3") is None

    def test_an_unknown_token_belongs_to_no_family(self, installed: Store) -> None:
        assert installed.find_family(token_digest="unknown") is None

    def test_kits_tokens_are_forgotten_with_the_last_family_only(self, installed: Store) -> None:
        installed.save_code(code("second"))
        installed.consume_code(digest="second", token=pair("2"), now=NOW)
        for name in ("1", "2"):
            assert installed.find_connection(account_id=ADA.id) is not None
            found = installed.find_family(token_digest=f"access-{name}")
            assert found is not None
            installed.revoke_family(family_id=found[0], now=NOW)
        assert installed.find_connection(account_id=ADA.id) is None

    def test_a_late_uninstall_does_not_disconnect_an_installation_under_way(
        self, installed: Store
    ) -> None:
        installed.save_code(code("open"))
        family = installed.find_family(token_digest="access-1")
        assert family is not None
        installed.revoke_family(family_id=family[0], now=NOW)
        assert installed.find_connection(account_id=ADA.id) is not None
        installed.revoke_family(family_id=family[0], now=NOW + 60)
        assert installed.find_connection(account_id=ADA.id) is None


class TestReleasing:
    """Whatever takes the account's last installation releases its connection, once."""

    @pytest.fixture
    def released(self, installed: Store) -> list[Connection]:
        released: list[Connection] = []
        installed.on_release(released.append)
        return released

    def assert_is_released_once(self, installed: Store, released: list[Connection]) -> None:
        (connection,) = released
        assert replace(connection, version=0) == CONNECTION
        assert installed.find_connection(account_id=ADA.id) is None
        family = installed.find_family(token_digest="access-1")
        if family:
            installed.revoke_family(family_id=family[0], now=NOW)
        assert len(released) == 1

    def test_an_uninstallation(self, installed: Store, released: list[Connection]) -> None:
        family = installed.find_family(token_digest="access-1")
        assert family is not None
        installed.revoke_family(family_id=family[0], now=NOW)
        self.assert_is_released_once(installed, released)

    def test_a_replayed_code(self, installed: Store, released: list[Connection]) -> None:
        assert installed.consume_code(digest="code", token=pair("x"), now=NOW) is None
        self.assert_is_released_once(installed, released)

    def test_a_reused_refresh_token(self, installed: Store, released: list[Connection]) -> None:
        refresh(installed, "1", "2")
        assert refresh(installed, "1", "3", at=NOW + GRACE + 1) is None
        self.assert_is_released_once(installed, released)

    def test_a_deleted_account(self, installed: Store, released: list[Connection]) -> None:
        installed.delete_account(account_id=ADA.id)
        self.assert_is_released_once(installed, released)

    def test_a_connection_that_stays_is_not_released(
        self, installed: Store, released: list[Connection]
    ) -> None:
        installed.save_code(code("second"))
        installed.consume_code(digest="second", token=pair("2"), now=NOW)
        refresh(installed, "1", "3")
        family = installed.find_family(token_digest="access-1")
        assert family is not None
        installed.revoke_family(family_id=family[0], now=NOW)
        installed.delete_account(account_id="27")
        installed.purge(now=NOW)
        assert released == []

    def test_an_account_without_a_connection_has_none_to_release(
        self, installed: Store, released: list[Connection]
    ) -> None:
        installed.delete_account(account_id=ADA.id)
        installed.delete_account(account_id=ADA.id)
        assert len(released) == 1


class TestLeases:
    def test_a_lease_is_held_by_one_until_it_is_given_back_or_runs_out(self, store: Store) -> None:
        store.save_account(ADA)
        mine, theirs = (Lease(ADA.id, owner, 1, NOW + 20) for owner in ("me", "they"))
        assert store.save_lease(mine, now=NOW)
        assert not store.save_lease(theirs, now=NOW + 19)
        store.revoke_lease(account_id=ADA.id, owner="they")
        assert store.find_lease(account_id=ADA.id) == mine
        assert store.save_lease(theirs, now=NOW + 20)
        store.revoke_lease(account_id=ADA.id, owner="me")
        assert store.find_lease(account_id=ADA.id) == theirs
        store.revoke_lease(account_id=ADA.id, owner="they")
        assert store.find_lease(account_id=ADA.id) is None

    def test_of_many_who_want_a_lease_at_once_one_gets_it(self, store: Store) -> None:
        store.save_account(ADA)
        barrier = Barrier(8)

        def take(number: int) -> bool:
            barrier.wait()
            return store.save_lease(Lease(ADA.id, str(number), 1, NOW + 20), now=NOW)

        with ThreadPoolExecutor(8) as threads:
            assert sorted(threads.map(take, range(8))) == [False] * 7 + [True]
