"""Sample accounts of which a block may read what its scopes name, and no more."""

from collections.abc import Collection, Mapping
from typing import Any, cast

from plugin_server.kit.account_data import AccountData

# What is not here may be read without a scope.
_SCOPES: Mapping[str, str] = {
    **dict.fromkeys(("published_posts", "newest_posts", "find_post", "find_posts"), "read:posts"),
    **dict.fromkeys(("forms", "find_form"), "read:forms"),
    **dict.fromkeys(("products", "find_product"), "read:products"),
    "creator_profile": "read:profile",
    "subscriber_count": "read:growth",
}


class UndeclaredScope(Exception):
    """A block reads what its scopes do not name; the text says what to declare."""


class _Restricted:
    def __init__(self, account: AccountData, scopes: Collection[str]) -> None:
        self._account, self._scopes = account, scopes

    def __getattr__(self, name: str) -> Any:
        scope = _SCOPES.get(name)
        if scope is not None and scope not in self._scopes:
            raise UndeclaredScope(
                f'the block calls data.{name}, but its scopes do not name "{scope}"; add '
                f'"{scope}": "…" to scopes, with what the consent page says of it'
            )
        return getattr(self._account, name)


def restricted(account: AccountData, scopes: Collection[str]) -> AccountData:
    """Return an account as a block with these scopes may read it; the rest raises ``UndeclaredScope``."""
    return cast(AccountData, _Restricted(account, scopes))
