"""An account, its connection, a code and tokens, as tests of the store save them."""

from plugin_server.store.base import Store
from plugin_server.store.records import Account, AuthorizationCode, Connection, NewToken, Token

NOW = 1_790_000_000
GRACE = 60
DAY = 86_400
ADA = Account(id="26", name="Ada")
CONNECTION = Connection(
    account_id=ADA.id,
    access_token="kit-access",
    refresh_token="kit-refresh",
    expires_at=NOW + 100,
    scope="public",
    saved_at=NOW,
)


def pair(name: str, *, at: int = NOW) -> NewToken:
    return NewToken(f"access-{name}", f"refresh-{name}", "read:posts", at, at + 1000)


def code(name: str = "code") -> AuthorizationCode:
    return AuthorizationCode(
        digest=name,
        client_id="kit",
        account_id=ADA.id,
        redirect_uri="https://app.kit.com/apps",
        scope="read:posts",
        code_challenge=None,
        expires_at=NOW + 60,
    )


def refresh(store: Store, used: str, following: str, *, at: int = NOW) -> Token | None:
    return store.consume_refresh_token(
        refresh_digest=f"refresh-{used}", successor=pair(following, at=at), now=at, grace=GRACE
    )
