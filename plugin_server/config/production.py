"""Whether a configuration is fit for a server that others use."""

from urllib.parse import urlsplit

from plugin_server.config.environment import Config, ConfigError
from plugin_server.config.hosts import is_loopback


def require_production(config: Config) -> None:
    """Return if a server for others can use this configuration.

    Raises:
        ConfigError: Kit could not use it; the text says what to change.
    """
    if not (config.is_https or config.is_on_this_machine):
        raise ConfigError(
            "BASE_URL cannot be used: it must be https (http is for this machine only), because "
            "tokens would be sent unencrypted and Kit would not call it."
        )


def configuration_warnings(config: Config) -> list[str]:
    """Return warnings about a configuration that is usable but unusual."""
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
