"""Encryption at rest of what must be read back: Kit's tokens, pending sign-ins and consents."""

import base64
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_ID_BYTES = 4
_NONCE_BYTES = 12


class DecryptionError(Exception):
    """A stored value was encrypted with a key that is not in ENCRYPTION_KEYS, or was altered."""


def new_key() -> str:
    """Return a new key in the format of ENCRYPTION_KEYS."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


class Cipher:
    """AES-256-GCM with a list of keys: the first encrypts, all decrypt.

    A ciphertext is the key's id (4 bytes), a random nonce (12 bytes) and the encrypted text. Its owner is
    authenticated as associated data, so that ciphertexts cannot be moved to other rows.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take keys of 32 bytes each, newest first."""
        self._ciphers = {hashlib.sha256(key).digest()[:KEY_ID_BYTES]: AESGCM(key) for key in keys}
        self._newest = next(iter(self._ciphers))

    @property
    def key_ids(self) -> list[bytes]:
        """The ids with which ciphertexts of these keys start, the newest key's first."""
        return list(self._ciphers)

    def encrypt(self, text: str, *, owner: str) -> bytes:
        """Encrypt a text for its owner, such as an account's id."""
        return self.seal(text.encode(), owner=owner)

    def decrypt(self, sealed: bytes, *, owner: str) -> str:
        """Decrypt what ``encrypt`` returned for the same owner; raises as ``open`` does."""
        return self.open(sealed, owner=owner).decode()

    def seal(self, content: bytes, *, owner: str) -> bytes:
        """Encrypt bytes for their owner."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._newest].encrypt(nonce, content, owner.encode())
        return self._newest + nonce + sealed

    def open(self, sealed: bytes, *, owner: str) -> bytes:
        """Decrypt what ``seal`` returned for the same owner.

        Raises:
            DecryptionError: unknown key, other owner, or altered bytes.
        """
        key_id, rest = sealed[:KEY_ID_BYTES], sealed[KEY_ID_BYTES:]
        try:
            cipher = self._ciphers[key_id]
            return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], owner.encode())
        except (KeyError, ValueError, InvalidTag) as error:
            raise DecryptionError(
                "A stored value cannot be decrypted: ENCRYPTION_KEYS lacks the key that encrypted it."
            ) from error
