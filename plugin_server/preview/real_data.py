"""The developer's own Kit account in the preview, read with ``KIT_API_KEY``."""

import httpx2
from pydantic import SecretStr

from plugin_server.config.environment import Config
from plugin_server.config.startup import CannotStart
from plugin_server.kit.accounts import api_key_access

_TIMEOUT = 10  # seconds


def owner_of(key: SecretStr, config: Config) -> tuple[int, str]:
    """Return the id and the name of the account that an API key reads.

    Raises:
        CannotStart: Kit does not respond, or does not accept the key.
    """
    auth, _ = api_key_access(key, config.kit_api_key_header)
    url = f"{config.kit_api_url}/v4/account"
    try:
        response = httpx2.get(url, auth=auth, timeout=_TIMEOUT)
    except httpx2.HTTPError as error:
        raise CannotStart(
            f"Kit does not respond at {config.kit_api_url} ({type(error).__name__}). "
            "Try again, or unset KIT_API_KEY to use the sandbox's own creators."
        ) from error
    if response.status_code == 401:
        raise CannotStart("Kit does not accept KIT_API_KEY. Copy it again from Kit's settings.")
    try:
        account = response.raise_for_status().json()["account"]
        return int(account["id"]), str(account["name"])
    except (httpx2.HTTPStatusError, ValueError, KeyError, TypeError) as error:
        raise CannotStart(
            f"What responds at {url} is not Kit's API (status {response.status_code}). "
            "Check KIT_API_URL."
        ) from error
