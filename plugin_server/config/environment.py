"""Every environment variable: described, typed, read in this one place and validated at start."""

import base64
import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url

from plugin_server.config import cpus, messages, modes
from plugin_server.config.hosts import is_loopback
from plugin_server.config.secret_files import read_secret_files
from plugin_server.config.value_types import (
    BlockNames,
    CollectorUrl,
    DatabaseUrl,
    EncryptionKeys,
    KitApiUrl,
    RedisUrl,
    Secrets,
    SentryDsn,
    Url,
    Words,
)

# Bytes of a request's body; the OAuth endpoints take less, and webhooks more: Kit splits deliveries near
# 512 KB, except that of a single event.
MAX_CONTENT_LENGTH = 256 * 1024
MAX_DELIVERY = 1024 * 1024
# Each may be in a file instead, whose path is in the variable of the same name with _FILE.
SECRET_VARIABLES = (
    "SECRET_KEY",
    "ENCRYPTION_KEYS",
    "PLUGIN_CLIENT_SECRET",
    "KIT_CLIENT_SECRET",
    "KIT_API_KEY",
    "OWNER_PASSPHRASE",
    "DATABASE_URL",
    "REDIS_URL",
    "METRICS_TOKEN",
    "SENTRY_DSN",
)
KIT_REDIRECT_URIS = ("https://app.kit.com/apps/install", "https://app.kit.com/apps")


class ConfigError(Exception):
    """The environment cannot be used; the text names each variable and says what to change."""


@dataclass(frozen=True)
class Default:
    """How the documentation names a default that is not a constant."""

    text: str


class CommonSettings(BaseSettings):
    """What every command needs: where this server is, and nothing secret."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)

    base_url: Url = Field("http://127.0.0.1:8000", description="public URL of this server")
    host: str = Field("127.0.0.1", description="IP address to listen on")
    port: int = Field(8000, ge=1, le=65535, description="port to listen on")
    sandbox_port: int = Field(
        4000, ge=1, le=65535, description="port of the sandbox, which listens on loopback only"
    )
    data_dir: Path = Field(Path("data"), description="where the SQLite file lives")


class ConnectionSettings(CommonSettings):
    """What a server connects to: it distinguishes a developer's machine from a server for others."""

    kit_client_id: Annotated[str, Default("required, or `KIT_API_KEY`")] = Field(
        "", description="our client id at Kit"
    )
    kit_client_secret: Annotated[SecretStr, Default("required, or `KIT_API_KEY`")] = Field(
        SecretStr(""), description="our client secret at Kit"
    )
    kit_app_identifier: Annotated[str, Default("required for blocks with an event")] = Field(
        "", pattern="^[a-z0-9_]*$", description="our app's identifier at Kit, for event data"
    )
    database_url: Annotated[DatabaseUrl, Default("SQLite in `DATA_DIR`")] = Field(
        "",
        repr=False,
        description="`postgresql://user:password@host/name` (needs the extra `postgres`; "
        "`?prepare_threshold=none` behind [an older pooler](operating.md#how-large)), or "
        "`sqlite:////srv/other.db`",
    )
    redis_url: RedisUrl = Field(
        "",
        repr=False,
        description="Redis in which machines share the cache of Kit's responses, Kit's budget and rate "
        "limits (needs the extra `redis`); without it the processes of one machine share that cache in "
        "its memory",
    )


class Config(ConnectionSettings):
    """The server's settings; each field is an environment variable of the same name in capitals.

    The descriptions are what ``docs/configuration.md`` is made from; see ``config/docs_table.py``.
    """

    secret_key: SecretStr = Field(
        min_length=32, description="signs browser sessions; at least 32 characters"
    )
    encryption_keys: EncryptionKeys = Field(
        description="encrypt Kit's tokens at rest: URL-safe base64 of 32 bytes each, comma-separated; "
        "the first encrypts, all decrypt"
    )
    blocks: Annotated[BlockNames, Default("all")] = Field(
        (),
        description="which blocks are served, comma-separated; the scopes that they need are requested",
    )
    plugin_client_id: Annotated[str, Default("required")] = Field(
        "", description="client id that Kit presents to us"
    )
    plugin_client_secret: Annotated[Secrets, Default("required")] = Field(
        (),
        description="client secret that Kit presents to us; two, comma-separated, while you change it",
    )
    plugin_redirect_uris: Annotated[Words, Default("Kit's two")] = Field(
        KIT_REDIRECT_URIS,
        description="where Kit may be sent back to, comma-separated, compared as whole strings",
    )
    plugin_auth: Literal["oauth", "none"] = Field(
        "oauth",
        description="`none` opens the blocks to everyone, with the data of `KIT_API_KEY`'s account",
    )
    kit_api_key: SecretStr | None = Field(
        None,
        description="V4 API key instead of `KIT_CLIENT_ID` and `KIT_CLIENT_SECRET`: a private app for "
        "your own account",
    )
    kit_api_key_header: Literal["X-Kit-Api-Key", "Authorization"] = Field(
        "X-Kit-Api-Key",
        description="where `KIT_API_KEY` is sent; `Authorization`, as a bearer token, for a gateway that "
        "signs with Kit's OAuth itself",
    )
    owner_passphrase: Annotated[SecretStr | None, Default("required with `KIT_API_KEY`")] = Field(
        None, min_length=12, description="what you sign in with then; at least 12 characters"
    )
    kit_app_url: Url = Field(
        "https://app.kit.com", description="Kit's app, the only place `/kit/connect` returns to"
    )
    kit_api_url: KitApiUrl = Field(
        "https://api.kit.com",
        description="Kit's API, or a gateway to it, which may have a path; without `/v4`",
    )
    kit_oauth_url: Url = Field(
        "https://api.kit.com/v4/oauth",
        description="Kit's OAuth server: `/token` and `/revoke` are below it",
    )
    kit_authorize_url: Annotated[Url, Default("`KIT_OAUTH_URL` and `/authorize`")] = Field(
        default_factory=lambda given: f"{given.get('kit_oauth_url')}/authorize",
        description="where creators consent at Kit, which may be on another host",
    )
    kit_webhooks: Literal["on", "off"] = Field(
        "off",
        description="`on`: Kit reports new posts to `/kit/webhooks/…`, so that they are shown at once with "
        "fewer requests to Kit ([when to turn it on](operating.md#when-kit-reports-changes))",
    )
    refresh_grace: int = Field(
        60,
        ge=0,
        le=300,
        description="seconds in which a spent refresh token of ours gets the same new tokens again",
    )
    editor_deadline: float = Field(
        8,
        ge=1,
        le=60,
        description="seconds after which the editor gets a response, whatever Kit does",
    )
    cache_megabytes: int = Field(
        256,
        ge=1,
        le=65536,
        description="memory that each process may take for Kit's responses (three quarters, a quarter of "
        "these at most for one account) and for the styles of emails and prepared blocks; 2,000 creators "
        "who edit at the same time have room; without Redis as much again for what processes share (at "
        "most half of what is free in `/dev/shm`)",
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=5,
        description="how many proxies of yours are in front, whose `X-Forwarded-…` headers are believed",
    )
    web_concurrency: Annotated[int, Default("CPUs, at least 2")] = Field(
        default_factory=lambda: max(2, cpus.count()), ge=1, description="gunicorn processes"
    )
    web_threads: int = Field(
        32, ge=1, description="threads of each process; requests mostly wait for Kit"
    )
    allowed_hosts: Words = Field(
        (),
        description="hosts besides that of `BASE_URL` that requests may name, comma-separated; probes and "
        "`/metrics` may name any",
    )
    editor_rate_limit: int = Field(
        600,
        ge=1,
        description="requests of the editor a minute for each installation, all at once if need be; more "
        "get 429 with `Retry-After`",
    )
    client_timeout: float = Field(
        10,
        ge=1,
        le=300,
        description="seconds in which a request that has started must have arrived, and in which the "
        "client must take its response",
    )
    shutdown_delay: float = Field(
        5,
        ge=0,
        le=300,
        description="seconds for which a server that gets SIGTERM serves on, while `/readyz` already fails",
    )
    dashboard: Literal["auto", "on", "off"] = Field(
        "auto",
        description="whether `/dashboard` is served: `on`, `off`, or `auto`, only when `BASE_URL` means "
        "this machine",
    )
    log_level: str = Field(
        "INFO",
        pattern="^(DEBUG|INFO|WARNING|ERROR)$",
        description="`DEBUG`, `INFO`, `WARNING` or `ERROR`",
    )
    log_format: Annotated[
        Literal["json", "console"], Default("`json`; `console` on a terminal")
    ] = Field(
        default_factory=lambda: "console" if sys.stderr.isatty() else "json",
        description="how the log is written",
    )
    metrics_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="bearer token with which `/metrics` can be read; at least 16 characters",
    )
    sentry_dsn: SentryDsn | None = Field(
        None,
        description="Sentry project that errors are sent to, cleaned as the log is (needs the extra "
        "`sentry`)",
    )
    otel_exporter_otlp_endpoint: CollectorUrl | None = Field(
        None,
        description="collector that a trace of each request is sent to, as OTLP over HTTP (needs the "
        "extra `otel`)",
    )

    @model_validator(mode="before")
    @classmethod
    def _require_what_the_mode_needs(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Report all missing variables at once; which ones are needed depends on others."""
        if missing := modes.missing(given):
            raise ValueError("\n".join(map(messages.missing, missing)))
        return given

    @model_validator(mode="after")
    def _require_what_fits_together(self) -> Self:
        key = self.kit_api_key.get_secret_value() if self.kit_api_key else ""
        problem = modes.key_problem(key, self.kit_api_key_header)
        if self.uses_webhooks:
            problem = problem or modes.webhooks_problem(self.base_url, self.kit_api_url, key)
        if problem:
            raise ValueError(problem)
        return self

    @property
    def sqlalchemy_url(self) -> str:
        """The database's URL: ``DATABASE_URL``, or the SQLite file in ``DATA_DIR``."""
        return self.database_url or f"sqlite:///{self.data_dir / 'plugin-server.db'}"

    @property
    def renderer_megabytes(self) -> float:
        """The share of CACHE_MEGABYTES that prepared blocks and emails' styles have.

        A creator who is editing needs about 15 KB there, and 70 KB for Kit's data.
        """
        return self.cache_megabytes / 4

    @property
    def account_cache_megabytes(self) -> float:
        """The share of CACHE_MEGABYTES that Kit's data has."""
        return self.cache_megabytes - self.renderer_megabytes

    @property
    def shows_dashboard(self) -> bool:
        """Whether ``/dashboard`` is served."""
        if self.dashboard == "auto":
            return self.is_on_this_machine
        return self.dashboard == "on"

    @property
    def uses_webhooks(self) -> bool:
        """Whether Kit reports changes to this server."""
        return self.kit_webhooks == "on"

    @property
    def is_on_this_machine(self) -> bool:
        """Whether ``BASE_URL`` is a loopback URL, so that nobody else is meant to reach the server."""
        return is_loopback(urlsplit(self.base_url).hostname or "")

    @property
    def is_https(self) -> bool:
        """Whether the server is reached by https."""
        return self.base_url.startswith("https:")

    @property
    def host_names(self) -> frozenset[str]:
        """The hosts that requests may name; on a developer's machine, all names of loopback."""
        own = urlsplit(self.base_url).hostname or ""
        here = ("localhost", "127.0.0.1", "[::1]") if self.is_on_this_machine else ()
        return frozenset(name.lower() for name in (own, *self.allowed_hosts, *here))

    def secrets(self) -> list[str]:
        """Return every secret in plain text, so that the log can redact them."""
        values = [getattr(self, name) for name in type(self).model_fields]
        several = [each if isinstance(each, tuple) else (each,) for each in values]
        hidden = [each for part in several for each in part if isinstance(each, SecretStr)]
        keys = [base64.urlsafe_b64encode(key).decode() for key in self.encryption_keys]
        urls = (make_url(self.sqlalchemy_url).password, urlsplit(self.redis_url).password)
        return [*(each.get_secret_value() for each in hidden), *keys, *filter(None, urls)]

    @property
    def app_id(self) -> str:
        """A key prefix that keeps this app's data apart from another's in the same Redis."""
        app = f"{self.kit_api_url} {self.kit_client_id} {self.plugin_client_id}"
        return hashlib.sha256(app.encode()).hexdigest()[:16]

    def flask_settings(self) -> dict[str, Any]:
        """Return Flask's own configuration: session cookies, and limits on bodies in bytes."""
        return {
            "SECRET_KEY": self.secret_key.get_secret_value(),
            # A cookie belongs to a host, not to a port: the sandbox on the same host has its own name.
            "SESSION_COOKIE_NAME": "__Host-plugin_session" if self.is_https else "plugin_session",
            "SESSION_COOKIE_SECURE": self.is_https,
            "SESSION_COOKIE_HTTPONLY": True,
            # Not Strict: the creator arrives from Kit, and returns from its sign-in, by cross-site
            # navigation, and a Strict cookie would be missing both times.
            "SESSION_COOKIE_SAMESITE": "Lax",
            "MAX_CONTENT_LENGTH": MAX_CONTENT_LENGTH,
            "MAX_FORM_MEMORY_SIZE": 64 * 1024,
        }


_Settings = TypeVar("_Settings", bound=CommonSettings)


def load_config(**overrides: Any) -> Config:
    """Read the environment.

    Args:
        overrides: values that win over the environment, by field name.

    Raises:
        ConfigError: one line for each variable that is missing or wrong, saying what to change.
    """
    return _load(Config, overrides)


def load_common_settings() -> CommonSettings:
    """Read what every command needs; errors as for ``load_config``."""
    return _load(CommonSettings, {})


def load_connection_settings() -> ConnectionSettings:
    """Read what the server connects to; errors as for ``load_config``."""
    return _load(ConnectionSettings, {})


def environment() -> dict[str, str]:
    """Return a copy of the whole environment, for a child process."""
    return dict(os.environ)


def export(name: str, value: str) -> None:
    """Set a variable for a library that reads the environment itself."""
    os.environ[name] = value


def _load(kind: type[_Settings], overrides: Mapping[str, Any]) -> _Settings:
    in_files, problems = read_secret_files(SECRET_VARIABLES, os.environ)
    if problems:
        raise ConfigError("\n".join(problems))
    try:
        return kind(**{**in_files, **overrides})
    except ValidationError as error:
        # A default that is made from another variable fails with that one.
        found = [each for each in error.errors() if each["type"] != "default_factory_not_called"]
        raise ConfigError("\n".join(map(messages.unusable, found))) from None
