"""The environment: what is accepted, and how what is not is explained."""

from typing import Any

import pytest
from support.servers.settings import SETTINGS

from plugin_server.config.environment import KIT_REDIRECT_URIS, ConfigError, load_config
from plugin_server.config.production import configuration_warnings, require_production

KEY = SETTINGS["encryption_keys"]
GOOD = {**SETTINGS, "plugin_client_secret": "first-secret, second-secret"}


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("encryption_keys", "", "plugin-server secrets"),
        ("encryption_keys", ",", "32 bytes"),
        ("encryption_keys", "c2hvcnQ=", "plugin-server secrets"),
        ("encryption_keys", f"{KEY},nonsense", "32 bytes"),
        ("base_url", "blocks.example.com", "https://blocks.example.com"),
        ("base_url", "ftp://x", "http or https"),
        ("plugin_client_secret", ",", "at least one"),
        ("plugin_redirect_uris", " , ", "at least one"),
        ("base_url", "https://x?y", "absolute"),
        ("secret_key", "short", "32"),
        ("plugin_client_secret", "", "PLUGIN_CLIENT_SECRET"),
        ("port", "0", "it must be at least 1."),
        ("port", "nonsense", "it must be a whole number."),
        ("client_timeout", "301", "it must be at most 300."),
        ("shutdown_delay", "nonsense", "it must be a number."),
        ("kit_api_url", "https://api.convertkit.com/v3", "https://api.kit.com"),
        ("kit_api_url", "https://api.kit.com/v3", "API V3"),
        ("kit_api_url", "https://api.kit.com/v4/posts", "leave out /v4"),
        ("kit_api_url", "https://gateway.example/kit/v4/", "leave out /v4"),
        ("kit_api_url", "https://gateway.example/kit/V3", "API V3"),
        ("kit_authorize_url", "app.kit.com/oauth/authorize", "absolute"),
        ("kit_authorize_url", "https://app.kit.com/oauth/authorize?a=b", "absolute"),
        ("kit_authorize_url", "", "absolute"),
        ("kit_oauth_url", "nonsense", "absolute"),
        ("kit_api_key_header", "nonsense", "Authorization"),
        ("sentry_dsn", "https://sentry.example/nonsense", "DSN"),
        ("otel_exporter_otlp_endpoint", "nonsense:4318", "http or https"),
        ("database_url", "postgres://us@db/x?prepare_threshold=nonsense", "can only be none"),
        ("metrics_token", "nonsense", "16 characters"),
        ("log_format", "nonsense", "it must be 'json' or 'console'."),
        ("allowed_hosts", ",", "at least one"),
        ("kit_webhooks", "nonsense", "it must be 'on' or 'off'."),
        ("editor_rate_limit", "0", "it must be at least 1."),
    ],
)
def test_a_bad_value_is_explained_without_being_shown(name: str, value: str, advice: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(**{**GOOD, name: value})
    assert str(error.value).startswith(name.upper())
    assert advice in str(error.value)
    assert "nonsense" not in str(error.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_postgresql_url_is_taken_as_platforms_give_it(scheme: str) -> None:
    config = load_config(
        **GOOD, database_url=f"{scheme}://us:p%40ss@db.example.com/x?sslmode=verify-full"
    )
    assert config.sqlalchemy_url == (
        "postgresql+psycopg://us:p%40ss@db.example.com/x?sslmode=verify-full"
    )


def test_secrets_are_not_shown() -> None:
    shown = repr(load_config(**GOOD, database_url="postgres://us:first-secret@db/x"))
    assert KEY not in shown
    assert "first-secret" not in shown
    assert "s" * 40 not in shown


MODES = {
    "an app for many creators": ({}, ["KIT_CLIENT_ID", "KIT_CLIENT_SECRET"]),
    "a private app": ({"kit_api_key": "kit_key"}, ["OWNER_PASSPHRASE"]),
    "public blocks": ({"plugin_auth": "none"}, ["KIT_API_KEY"]),
}


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_names_what_it_lacks(mode: str) -> None:
    chosen, lacking = MODES[mode]
    needed = {name: GOOD[name] for name in ("secret_key", "encryption_keys")}
    client = {name: GOOD[name] for name in ("plugin_client_id", "plugin_client_secret")}
    with pytest.raises(ConfigError) as error:
        load_config(**needed, **client, **chosen)
    named = [line.split()[0] for line in str(error.value).splitlines()]
    assert named == lacking


@pytest.mark.parametrize("key", ["Q2hhcmFjdGVyIGFuZCBtb3", "Q2hhcmFjdGVy" * 3 + "-_abcde"])
def test_a_key_of_kits_old_api_is_recognised(key: str) -> None:
    with pytest.raises(
        ConfigError, match="KIT_API_KEY is not a V4 key.*Settings, Developer"
    ) as error:
        load_config(**GOOD, kit_api_key=key, owner_passphrase="long enough it is")
    assert key not in str(error.value)


@pytest.mark.parametrize("path", ["kit", "api/v3/proxy/kit", "v4/kit"])
def test_a_gateway_has_keys_and_versions_of_its_own(path: str) -> None:
    url = f"https://gateway.example/{path}"
    gateway = {"kit_api_url": url, "kit_api_key_header": "Authorization"}
    config = load_config(**GOOD, **gateway, kit_api_key="any", owner_passphrase="long enough it is")
    assert config.kit_api_url == url


def test_public_blocks_need_no_client() -> None:
    needed = {name: GOOD[name] for name in ("secret_key", "encryption_keys")}
    config = load_config(**needed, plugin_auth="none", kit_api_key="kit_key")
    assert any("everyone" in warning for warning in configuration_warnings(config))


@pytest.mark.parametrize(
    ("base_url", "warned"),
    [
        ("https://blocks.example.com", False),
        ("http://127.0.0.1:8000", False),
        ("https://example.com/blocks", True),
    ],
)
def test_an_unusual_public_url_is_warned_of(base_url: str, warned: bool) -> None:
    config = load_config(**GOOD, base_url=base_url, trusted_proxies=1)
    assert bool(configuration_warnings(config)) is warned


def test_a_proxy_that_is_not_declared_is_warned_of() -> None:
    config = load_config(**GOOD, base_url="https://blocks.example.com")
    assert any("TRUSTED_PROXIES" in warning for warning in configuration_warnings(config))


@pytest.mark.parametrize(
    ("host", "proxies", "warned"),
    [
        ("0.0.0.0", 0, True),
        ("::", 0, True),
        ("192.0.2.7", 0, True),
        ("blocks.internal", 0, True),
        ("0.0.0.0", 1, False),
        ("127.0.0.1", 0, False),
        ("127.0.0.2", 0, False),
        ("::1", 0, False),
        ("localhost", 0, False),
    ],
)
def test_a_public_listener_without_a_proxy_is_warned_of(
    host: str, proxies: int, warned: bool
) -> None:
    here = {"base_url": "http://127.0.0.1:8000", "host": host, "trusted_proxies": proxies}
    found = [
        warning
        for warning in configuration_warnings(load_config(**GOOD, **here))
        if "HOST" in warning
    ]
    assert len(found) == warned
    assert all(host in warning and "TRUSTED_PROXIES" in warning for warning in found)


def test_plain_http_is_for_this_machine_only() -> None:
    require_production(load_config(**GOOD, base_url="http://127.0.0.1:8000"))
    with pytest.raises(ConfigError, match="BASE_URL cannot be used: it must be https"):
        require_production(load_config(**GOOD, base_url="http://blocks.example.com"))


def test_lists_are_split_at_commas() -> None:
    config = load_config(**GOOD, plugin_redirect_uris="https://a/b, https://c/d")
    assert config.plugin_redirect_uris == ("https://a/b", "https://c/d")
    assert [each.get_secret_value() for each in config.plugin_client_secret] == [
        "first-secret",
        "second-secret",
    ]
    assert len(config.encryption_keys) == 1


def test_both_redirect_uris_that_kit_documents_are_the_default() -> None:
    assert load_config(**GOOD).plugin_redirect_uris == KIT_REDIRECT_URIS


@pytest.mark.parametrize("https", [True, False])
def test_the_session_cookie_is_as_strict_as_the_url_allows(https: bool) -> None:
    base_url = "https://blocks.example.com" if https else "http://127.0.0.1:8000"
    settings: dict[str, Any] = load_config(**GOOD, base_url=base_url).flask_settings()
    assert settings["SESSION_COOKIE_SECURE"] is https
    assert settings["SESSION_COOKIE_NAME"].startswith("__Host-") is https
    assert (settings["SESSION_COOKIE_HTTPONLY"], settings["SESSION_COOKIE_SAMESITE"]) == (
        True,
        "Lax",
    )


@pytest.mark.parametrize(
    ("given", "authorize", "oauth"),
    [
        ({}, "https://api.kit.com/v4/oauth/authorize", "https://api.kit.com/v4/oauth"),
        (
            {"kit_oauth_url": "https://api.kit.com/oauth/"},
            "https://api.kit.com/oauth/authorize",
            "https://api.kit.com/oauth",
        ),
        (
            {
                "kit_authorize_url": "https://app.kit.com/oauth/authorize",
                "kit_oauth_url": "https://api.kit.com/oauth",
            },
            "https://app.kit.com/oauth/authorize",
            "https://api.kit.com/oauth",
        ),
        (
            {"kit_authorize_url": "https://app.kit.com/oauth/authorize/"},
            "https://app.kit.com/oauth/authorize",
            "https://api.kit.com/v4/oauth",
        ),
    ],
)
def test_kits_two_oauth_urls_are_set_separately(
    given: dict[str, str], authorize: str, oauth: str
) -> None:
    config = load_config(**{**GOOD, **given})
    assert (config.kit_authorize_url, config.kit_oauth_url) == (authorize, oauth)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"base_url": "https://blocks.example.com"}, ""),
        ({"kit_api_url": "http://127.0.0.1:4000"}, ""),
        ({}, "KIT_WEBHOOKS=on needs a BASE_URL with https"),
        ({"base_url": "http://blocks.example.com"}, "KIT_WEBHOOKS=on needs a BASE_URL with https"),
        (
            {"base_url": "https://x.example", "kit_api_key": "kit_1", "owner_passphrase": "p" * 12},
            "KIT_WEBHOOKS=on needs creators who connect by OAuth",
        ),
    ],
)
def test_kit_can_report_changes_over_https_of_creators_who_connect_by_oauth(
    changes: dict[str, str], problem: str
) -> None:
    given = {**GOOD, "kit_webhooks": "on", **changes}
    if not problem:
        assert load_config(**given).uses_webhooks
        return
    with pytest.raises(ConfigError) as error:
        load_config(**given)
    assert str(error.value).startswith(problem)
    assert not load_config(**{**given, "kit_webhooks": "off"}).uses_webhooks
