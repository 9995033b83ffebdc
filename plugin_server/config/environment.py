"""Every setting of the server, read from the environment in this one place and checked at start."""

import base64
import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url

from plugin_server.config import cpus
from plugin_server.config.hosts import is_loopback
from plugin_server.config.secret_files import read_secret_files
from plugin_server.config.value_types import (
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

# Bytes of a request's body; the OAuth endpoints take less.
MAX_CONTENT_LENGTH = 256 * 1024
_V4_KEY = "kit_"
# Each may be in a file instead: the variable of the same name and _FILE says where.
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
    """The environment cannot be used; the text names each variable and what to change."""


class Location(BaseSettings):
    """Where things are: what every command needs, and nothing secret."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)

    base_url: Url = Field("http://127.0.0.1:8000", description="Public URL of this server")
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on")
    sandbox_port: int = Field(
        4000, ge=1, le=65535, description="Port of the sandbox, which listens on loopback only"
    )
    data_dir: Path = Field(Path("data"), description="Where the SQLite file lives")


class ConnectionSettings(Location):
    """What a server is connected with: what tells a developer's machine from a server for others."""

    kit_client_id: str = Field("", description="Our client id at Kit's OAuth server")
    kit_client_secret: SecretStr = Field(
        SecretStr(""), description="Our client secret at Kit's OAuth server"
    )
    database_url: DatabaseUrl = Field(
        "", repr=False, description="URL of a PostgreSQL; empty: SQLite in DATA_DIR"
    )
    redis_url: RedisUrl = Field(
        "", repr=False, description="Redis that several machines share their limits in"
    )


class Config(ConnectionSettings):
    """The server's settings; each field is an environment variable of the same name in capitals."""

    secret_key: SecretStr = Field(
        min_length=32, description="Signs browser sessions; at least 32 characters"
    )
    encryption_keys: EncryptionKeys = Field(
        description="Encrypt Kit's tokens at rest: URL-safe base64 of 32 bytes each, "
        "comma-separated; the first encrypts, all decrypt"
    )
    plugin_auth: Literal["oauth", "none"] = Field(
        "oauth", description="How Kit proves for whom it asks; none makes the blocks public"
    )
    plugin_client_id: str = Field("", description="Client id that Kit presents to us")
    plugin_client_secret: Secrets = Field(
        (),
        description="Client secret that Kit presents to us; two, comma-separated, while rotating",
    )
    plugin_redirect_uris: Words = Field(
        KIT_REDIRECT_URIS, description="Where Kit may be sent back to, compared as whole strings"
    )
    kit_app_url: Url = Field(
        "https://app.kit.com", description="Kit's app, the only place /kit/connect returns to"
    )
    kit_api_url: KitApiUrl = Field(
        "https://api.kit.com", description="Kit's API, or a gateway to it; without `/v4`"
    )
    kit_oauth_url: Url = Field(
        "https://api.kit.com/v4/oauth",
        description="Kit's OAuth server, whose /token and /revoke we ask",
    )
    kit_authorize_url: Url = Field(
        default_factory=lambda given: f"{given.get('kit_oauth_url')}/authorize",
        description="Where creators give their consent at Kit; it may be on another host",
    )
    kit_api_key: SecretStr | None = Field(
        None, description="V4 API key of one account, instead of the two above"
    )
    kit_api_key_header: Literal["X-Kit-Api-Key", "Authorization"] = Field(
        "X-Kit-Api-Key",
        description="Where KIT_API_KEY is sent; Authorization, as a bearer token, for a gateway",
    )
    editor_deadline: float = Field(
        8,
        ge=1,
        le=60,
        description="Seconds after which the editor gets an answer, whatever Kit does",
    )
    cache_megabytes: int = Field(
        256, ge=1, le=65536, description="Memory of each process for what it keeps of creators"
    )
    owner_passphrase: SecretStr | None = Field(
        None, min_length=12, description="Signs the owner of KIT_API_KEY's account in"
    )
    refresh_grace: int = Field(
        60,
        ge=0,
        le=300,
        description="Seconds for which a spent refresh token answers its successor again",
    )
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="Proxies in front whose X-Forwarded headers are believed"
    )
    web_concurrency: int = Field(
        default_factory=lambda: max(2, cpus.count()), ge=1, description="gunicorn processes"
    )
    web_threads: int = Field(32, ge=1, description="Threads of each process; they wait on Kit")
    allowed_hosts: Words = Field(
        (), description="Hosts besides that of BASE_URL that the server answers for"
    )
    editor_rate_limit: int = Field(
        600, ge=1, description="Requests of the editor a minute for each installation"
    )
    client_timeout: float = Field(
        10,
        ge=1,
        le=300,
        description="Seconds in which a request must have arrived, and its answer be taken",
    )
    shutdown_delay: float = Field(
        5, ge=0, le=300, description="Seconds of serving on with /readyz failing before a stop"
    )
    dashboard: Literal["auto", "on", "off"] = Field(
        "auto", description="Whether /dashboard answers; auto: when BASE_URL means this machine"
    )
    log_level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR"
    )
    log_format: Literal["json", "console"] = Field(
        default_factory=lambda: "console" if sys.stderr.isatty() else "json",
        description="json, or console for people",
    )
    metrics_token: SecretStr | None = Field(
        None, min_length=16, description="What a scraper of /metrics presents as a bearer token"
    )

    sentry_dsn: SentryDsn | None = Field(None, description="Sentry project that errors are sent to")
    otel_exporter_otlp_endpoint: CollectorUrl | None = Field(
        None, description="OpenTelemetry collector that traces are sent to, as OTLP over HTTP"
    )

    @model_validator(mode="before")
    @classmethod
    def _require_what_the_mode_needs(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Name all that is missing at once: which of the variables are needed depends on others."""
        public, own_account = given.get("plugin_auth") == "none", bool(given.get("kit_api_key"))
        needed = ["secret_key", "encryption_keys"]
        if public:
            needed += ["kit_api_key"]
        else:
            needed += ["plugin_client_id", "plugin_client_secret"]
            needed += (
                ["owner_passphrase"] if own_account else ["kit_client_id", "kit_client_secret"]
            )
        missing = [name for name in needed if not given.get(name)]
        if missing:
            raise ValueError("\n".join(map(_missing, missing)))
        return given

    @model_validator(mode="after")
    def _require_a_v4_key(self) -> Self:
        """Recognise a key of Kit's API V3, which V4 refuses without saying why."""
        key = self.kit_api_key.get_secret_value() if self.kit_api_key else _V4_KEY
        if self.kit_api_key_header == "X-Kit-Api-Key" and not key.startswith(_V4_KEY):
            raise ValueError(
                "KIT_API_KEY is not a V4 key: those begin with kit_, and keys of API V3 do not work. "
                "Make a V4 key in Kit: Settings, Developer, V4 keys."
            )
        return self

    @property
    def sqlalchemy_url(self) -> str:
        """The database's URL: ``DATABASE_URL``, or the SQLite file in ``DATA_DIR``."""
        return self.database_url or f"sqlite:///{self.data_dir / 'plugin-server.db'}"

    @property
    def shows_dashboard(self) -> bool:
        """Whether ``/dashboard`` answers."""
        if self.dashboard == "auto":
            return self.is_on_this_machine
        return self.dashboard == "on"

    @property
    def is_on_this_machine(self) -> bool:
        """Whether ``BASE_URL`` means this machine only: nobody else can be meant to reach the server."""
        return is_loopback(urlsplit(self.base_url).hostname or "")

    @property
    def is_https(self) -> bool:
        """Whether the server is reached by https."""
        return self.base_url.startswith("https:")

    @property
    def host_names(self) -> frozenset[str]:
        """The hosts that the server answers for; on a developer's machine, all of its names."""
        own = urlsplit(self.base_url).hostname or ""
        here = ("localhost", "127.0.0.1", "[::1]") if self.is_on_this_machine else ()
        return frozenset(name.lower() for name in (own, *self.allowed_hosts, *here))

    def secrets(self) -> list[str]:
        """Return every secret in plain, for the log to look for."""
        values = [getattr(self, name) for name in type(self).model_fields]
        several = [each if isinstance(each, tuple) else (each,) for each in values]
        hidden = [each for part in several for each in part if isinstance(each, SecretStr)]
        keys = [base64.urlsafe_b64encode(key).decode() for key in self.encryption_keys]
        urls = (make_url(self.sqlalchemy_url).password, urlsplit(self.redis_url).password)
        return [*(each.get_secret_value() for each in hidden), *keys, *filter(None, urls)]

    @property
    def app_id(self) -> str:
        """What tells this app's data from another's in a Redis that both use."""
        app = f"{self.kit_api_url} {self.kit_client_id} {self.plugin_client_id}"
        return hashlib.sha256(app.encode()).hexdigest()[:16]

    def flask_settings(self) -> dict[str, Any]:
        """Return what Flask itself reads: sessions and the limit on bodies (bytes)."""
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


def require_production(config: Config) -> None:
    """Return if a server may be run for others with this configuration.

    Raises:
        ConfigError: Kit could not use it; the text says what to change.
    """
    if not (config.is_https or config.is_on_this_machine):
        raise ConfigError(
            "BASE_URL cannot be used: it must be https (http is for this machine only), because "
            "tokens would travel in clear and Kit would not call it."
        )


def configuration_warnings(config: Config) -> list[str]:
    """Return what an operator should know of a configuration that is usable but unusual."""
    found = []
    if config.plugin_auth == "none":
        found.append("PLUGIN_AUTH=none: everyone can read the blocks of KIT_API_KEY's account.")
    if not (config.trusted_proxies or is_loopback(config.host)):
        found.append(
            f"HOST={config.host} lets other machines connect, and TRUSTED_PROXIES is 0: without a proxy in "
            "front, what they send and get is not encrypted; with one, set TRUSTED_PROXIES=1, or all "
            "callers look like one, and are slowed down as one."
        )
    elif config.is_https and not config.trusted_proxies:
        found.append(
            "TRUSTED_PROXIES is 0 although BASE_URL is https: if a proxy ends TLS in front, all "
            "callers look like one, and are slowed down as one."
        )
    if urlsplit(config.base_url).path:
        found.append("BASE_URL has a path; OAuth clients look for the metadata at the host's root.")
    return found


_Settings = TypeVar("_Settings", bound=Location)


def load_config(**overrides: Any) -> Config:
    """Read the environment.

    Args:
        overrides: values that win over the environment, by field name.

    Raises:
        ConfigError: one line for each variable that is missing or wrong, saying what to change.
    """
    return _load(Config, overrides)


def load_location() -> Location:
    """Read where things are; errors as for ``load_config``."""
    return _load(Location, {})


def load_connection_settings() -> ConnectionSettings:
    """Read what the server is connected with, from wherever it reads that; errors as above."""
    return _load(ConnectionSettings, {})


def environment() -> dict[str, str]:
    """Return the whole environment, for a process that is started with it."""
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
        # A default that is made of another variable fails with that one.
        found = [each for each in error.errors() if each["type"] != "default_factory_not_called"]
        raise ConfigError("\n".join(map(_explain, found))) from None


# In our words what pydantic says in a programmer's.
_PROBLEMS = {
    "string_too_short": "it must have at least {min_length} characters",
    "too_short": "it must have at least {min_length} characters",
    "string_pattern_mismatch": "it must be DEBUG, INFO, WARNING or ERROR",
    "literal_error": "it must be {expected}",
    "int_parsing": "it must be a whole number",
    "float_parsing": "it must be a number",
    "greater_than_equal": "it must be at least {ge}",
    "less_than_equal": "it must be at most {le}",
}


def _explain(problem: Any) -> str:
    """Turn one pydantic problem into a line that names the variable; the value itself is not shown."""
    text = str(problem["msg"]).removeprefix("Value error, ")
    if not problem["loc"]:
        return text
    told = _PROBLEMS.get(problem["type"])
    if told:
        text = told.format_map(problem.get("ctx", {}))
    return f"{str(problem['loc'][0]).upper()} cannot be used: {text[0].lower()}{text[1:]}."


def _missing(name: str) -> str:
    advice = {
        "secret_key": "`plugin-server secrets` prints a fresh one.",
        "encryption_keys": "`plugin-server secrets` prints a fresh one.",
        "plugin_client_id": "Choose one and enter it in Kit's dashboard.",
        "plugin_client_secret": "`plugin-server secrets` prints one to enter in Kit's dashboard.",
        "kit_client_id": "Kit's dashboard shows it; or set KIT_API_KEY for your own account.",
        "kit_client_secret": "Kit's dashboard shows it beside the client id.",
        "kit_api_key": "PLUGIN_AUTH=none shows one account's data, which the key chooses.",
        "owner_passphrase": "With KIT_API_KEY it is what you sign in with.",
    }[name]
    return f"{name.upper()} is not set. {advice}"
