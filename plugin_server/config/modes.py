"""Which variables need or exclude each other: an app for many creators, a private one, public blocks."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from plugin_server.config.hosts import is_loopback

_V4_KEY = "kit_"


def missing(given: Mapping[str, object]) -> list[str]:
    """Return the variables, in lower case, that these need and that are not among them."""
    public, own_account = given.get("plugin_auth") == "none", bool(given.get("kit_api_key"))
    needed = ["secret_key", "encryption_keys"]
    if public:
        needed += ["kit_api_key"]
    else:
        needed += ["plugin_client_id", "plugin_client_secret"]
        needed += ["owner_passphrase"] if own_account else ["kit_client_id", "kit_client_secret"]
    return [name for name in needed if not given.get(name)]


def key_problem(kit_api_key: str, header: str) -> str:
    """Return what is wrong with a key, ``""`` if nothing.

    Kit refuses keys of its API V3 without saying why; a gateway, whose ``header`` is another, has its own.
    """
    if not kit_api_key or header != "X-Kit-Api-Key" or kit_api_key.startswith(_V4_KEY):
        return ""
    return (
        "KIT_API_KEY is not a V4 key: those start with kit_, and keys of API V3 do not work. "
        "Make a V4 key in Kit: Settings, Developer, V4 keys."
    )


def webhooks_problem(base_url: str, kit_api_url: str, kit_api_key: str) -> str:
    """Return why Kit could not report changes, ``""`` if it can."""
    if kit_api_key:
        return (
            "KIT_WEBHOOKS=on needs creators who connect by OAuth, with KIT_CLIENT_ID and "
            "KIT_CLIENT_SECRET; with KIT_API_KEY leave it off."
        )
    if not base_url.startswith("https:") and not is_loopback(urlsplit(kit_api_url).hostname):
        return (
            "KIT_WEBHOOKS=on needs a BASE_URL with https, because Kit reports changes to such URLs only. "
            "On your own machine it works with the sandbox as Kit."
        )
    return ""
