"""A client of Kit's API over a transport of a test's own."""

import httpx2
from pydantic import SecretStr

from plugin_server.kit.budget import Budget, Credential
from plugin_server.kit.client import KitClient
from plugin_server.kit.credentials import BearerAuth
from plugin_server.kit.reader import KitReader, Patience

TOKEN = BearerAuth(SecretStr("kit-token"))


def client_over(http: httpx2.Client, auth: httpx2.Auth = TOKEN, *, attempts: int = 1) -> KitClient:
    """Return a client that asks ``https://kit.example`` for so many times."""
    patience = Patience(seconds=8, attempts=attempts)
    credential = Credential.of_token("26")
    return KitClient(KitReader(http, "https://kit.example", auth, credential, Budget(), patience))
