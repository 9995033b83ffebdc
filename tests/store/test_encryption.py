"""Encryption at rest."""

import pytest
from sqlalchemy import Engine

from plugin_server.store.encryption import Cipher, DecryptionError
from plugin_server.store.records import Account, Connection, Pending
from plugin_server.store.sql import SqlStore

OLD, NEW = bytes(range(32)), bytes(range(1, 33))


def test_a_ciphertext_of_another_account_cannot_be_read() -> None:
    sealed = Cipher([OLD]).encrypt("token", owner="26")
    with pytest.raises(DecryptionError):
        Cipher([OLD]).decrypt(sealed, owner="27")


@pytest.mark.parametrize("kept", [0, 3, 10, 30])
def test_a_shortened_ciphertext_is_refused(kept: int) -> None:
    sealed = Cipher([OLD]).encrypt("token", owner="26")
    with pytest.raises(DecryptionError):
        Cipher([OLD]).decrypt(sealed[:kept], owner="26")


def test_an_altered_ciphertext_is_refused() -> None:
    sealed = Cipher([OLD]).encrypt("token", owner="26")
    with pytest.raises(DecryptionError):
        Cipher([OLD]).decrypt(sealed[:-1] + bytes([sealed[-1] ^ 1]), owner="26")


def test_a_missing_key_is_named_as_the_reason() -> None:
    sealed = Cipher([OLD]).encrypt("token", owner="26")
    with pytest.raises(DecryptionError, match="ENCRYPTION_KEYS"):
        Cipher([NEW]).decrypt(sealed, owner="26")


def test_the_first_key_encrypts_and_every_key_decrypts() -> None:
    old = Cipher([OLD]).encrypt("é 🙂", owner="26")
    rotated = Cipher([NEW, OLD])
    assert rotated.decrypt(old, owner="26") == "é 🙂"
    assert Cipher([NEW]).decrypt(rotated.encrypt("x", owner="26"), owner="26") == "x"


def test_a_database_of_an_unknown_key_is_refused_and_an_old_one_brought_up_to_date(
    engine: Engine,
) -> None:
    old, both, new = (SqlStore(engine, Cipher(keys)) for keys in ([OLD], [NEW, OLD], [NEW]))
    old.save_account(Account("26", "Ada"))
    old.save_connection(Connection("26", "access", "refresh", 5, "public", 5))
    old.save_pending(digest="d", pending=Pending("consent", "b", {"a": "b"}, 10))
    with pytest.raises(DecryptionError, match="ENCRYPTION_KEYS lacks"):
        new.require_keys()
    both.require_keys()
    assert both.reencrypt() == 2
    assert both.reencrypt() == 0
    new.require_keys()
    connection = new.find_connection(account_id="26")
    assert connection is not None
    assert connection.refresh_token == "refresh"
    assert new.consume_pending(digest="d", kind="consent", session="b", now=5) is not None


def test_the_same_text_is_never_sealed_alike() -> None:
    cipher = Cipher([OLD])
    assert cipher.encrypt("token", owner="26") != cipher.encrypt("token", owner="26")
