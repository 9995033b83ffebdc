"""The types of variables: how their values are parsed and validated."""

import base64
import binascii
from importlib.util import find_spec
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from plugin_server.findings.wording import listed, suggestion
from plugin_server.resources.packages import block_names

# Hosting platforms use either of the first two.
_POSTGRES = ("postgres", "postgresql", "postgresql+psycopg")


class Keys(tuple[bytes, ...]):
    """Encryption keys of 32 bytes each, newest first; never shown."""

    def __repr__(self) -> str:
        return f"<{len(self)} keys>"


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _keys(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        keys = Keys(base64.b64decode(part, altchars=b"-_", validate=True) for part in _parts(value))
    except binascii.Error:
        keys = Keys()
    if not keys or any(len(key) != 32 for key in keys):
        raise ValueError(
            "each key must be the URL-safe base64 of 32 bytes (make some with `plugin-server secrets`)"
        )
    return keys


def _words(value: object) -> object:
    if isinstance(value, str) and not _parts(value):
        raise ValueError("it must contain at least one, comma-separated")
    return tuple(_parts(value)) if isinstance(value, str) else value


def _secrets(value: object) -> object:
    words = _words(value)
    return tuple(map(SecretStr, words)) if isinstance(words, tuple) else words


def _absolute_url(value: str) -> str:
    url = urlsplit(value)
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
        raise ValueError(
            "it must be an absolute http or https URL such as https://blocks.example.com"
        )
    return value.rstrip("/")


def _database(value: str) -> str:
    """Return SQLAlchemy's URL, with the driver that we use for each database."""
    if not value:
        return value
    try:
        url = make_url(value)
    except ArgumentError:
        url = None
    if url is None or url.drivername not in (*_POSTGRES, "sqlite"):
        raise ValueError(
            "it must be a URL such as postgresql://user:password@host/name or "
            "sqlite:////srv/plugin-server.db"
        )
    if url.drivername in _POSTGRES:
        _require_extra("postgres", module="psycopg")
        if url.query.get("prepare_threshold", "none") != "none":
            raise ValueError("prepare_threshold in it can only be none, for a pooler in front")
        url = url.set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


def _redis(value: str) -> str:
    if not value:
        return value
    if urlsplit(value).scheme not in ("redis", "rediss"):
        raise ValueError("it must be a URL such as redis://127.0.0.1:6379/0")
    _require_extra("redis", module="redis")
    return value


def _sentry(value: SecretStr) -> SecretStr:
    url = urlsplit(value.get_secret_value())
    if url.scheme not in ("http", "https") or not url.username or not url.hostname:
        raise ValueError("it must be what Sentry shows as the project's DSN")
    _require_extra("sentry", module="sentry_sdk")
    return value


def _collector(value: str) -> str:
    _require_extra("otel", module="opentelemetry.sdk")
    return _absolute_url(value)


def _require_extra(extra: str, *, module: str) -> None:
    try:
        found = find_spec(module)
    except ModuleNotFoundError:  # its parent package is missing, too
        found = None
    if found is None:
        raise ValueError(
            f"it needs the extra {extra}; in the checkout: "
            "pip install --require-hashes -r requirements.lock"
        )


def _kit_api(value: str) -> str:
    """Refuse Kit's API V3, and a version in the path, because our paths start with one.

    A gateway may have versions of its own, so that only the last segment of its path is checked.
    """
    url = urlsplit(value)
    segments = url.path.lower().split("/")
    if not f".{url.hostname}".endswith(".kit.com"):
        segments = segments[-1:]
    if url.hostname == "api.convertkit.com" or "v3" in segments:
        raise ValueError("this is Kit's API V3, which has no posts; use https://api.kit.com")
    if "v4" in segments:
        raise ValueError("leave out /v4 and everything after it")
    return value


def _known_blocks(names: tuple[str, ...]) -> tuple[str, ...]:
    known = block_names()
    for name in names:
        if name not in known:
            raise ValueError(
                f"no installed package has a block {name}. {suggestion(name, known)} "
                f"There are {listed(known, 'and')}.".replace("  ", " ")
            )
    return names


EncryptionKeys = Annotated[Keys, NoDecode, BeforeValidator(_keys)]
BlockNames = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(_words), AfterValidator(_known_blocks)
]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_secrets)]
Url = Annotated[str, AfterValidator(_absolute_url)]
KitApiUrl = Annotated[Url, AfterValidator(_kit_api)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
SentryDsn = Annotated[SecretStr, AfterValidator(_sentry)]
CollectorUrl = Annotated[str, AfterValidator(_collector)]
RedisUrl = Annotated[str, AfterValidator(_redis)]
