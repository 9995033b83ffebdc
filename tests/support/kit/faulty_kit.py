"""A sandbox as a Kit that misbehaves on demand and counts, and a plugin server that reads it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from support.blocks.served import BLOCKS
from support.browser.creator import Creator
from support.servers.processes import SECRETS, Server

from plugin_server.config.environment import load_config
from plugin_server.preview.dashboard import dashboard_entries
from plugin_server.resources.paths import PACKAGE

# Of the sandbox's accounts: the one with ten thousand posts, and some of those.
LARGE, LARGE_KEY = 2610, "kit_sandbox_ten_thousand_letters"
OLDEST_POST = 1_000_001
ACCOUNTS = PACKAGE / "sandbox" / "kit" / "accounts"


def write_smaller_account(file: Path, posts: int) -> Path:
    """Write an account file with the large account alone, with fewer posts; return the file."""
    large = next(path for path in ACCOUNTS.glob("*.json") if LARGE_KEY in path.read_text())
    account = json.loads(large.read_text())
    account["posts"]["published"] = posts
    file.write_text(json.dumps([account]))
    return file


@dataclass(frozen=True)
class FaultyKit:
    """The sandbox at ``url``."""

    url: str

    @contextmanager
    def misbehaving(self, *rules: dict[str, Any]) -> Iterator[None]:
        """Have rules in force until the block ends; see the sandbox's ``Fault`` for the fields."""
        for rule in rules:
            response = httpx2.post(f"{self.url}/faults.json", json={"resource": "*", **rule})
            assert response.status_code == 201, response.text
        try:
            yield
        finally:
            httpx2.delete(f"{self.url}/faults.json")

    def reset_counts(self) -> None:
        httpx2.delete(f"{self.url}/requests.json")

    def requests(self) -> dict[str, Any]:
        """Return the requests since the last reset: counts, and the ``log``."""
        return dict(httpx2.get(f"{self.url}/requests.json").json())

    def admit(self, server: Server) -> None:
        """Do what a developer does by hand in Kit's dashboard, so that creators can connect."""
        given = {name.lower(): value for name, value in SECRETS.items()}
        entries = dashboard_entries(load_config(**{**given, "base_url": server.server}), BLOCKS)
        response = httpx2.put(f"{self.url}/dashboard/app.json", json=entries)
        assert response.status_code == 200, response.text

    def variables(self) -> dict[str, str]:
        """Return the variables of a server that creators of this Kit connect to."""
        return {
            "KIT_API_URL": self.url,
            "KIT_OAUTH_URL": f"{self.url}/v4/oauth",
            "KIT_APP_URL": self.url,
        }


def sign_in(creator: Creator, kit: FaultyKit, account: int) -> str:
    """Install the app for one of the sandbox's accounts; return the editor's bearer token."""
    response = creator.browser.post(f"{kit.url}/session", data={"account": account})
    assert response.status_code == 303, response.text
    return str(creator.tokens()["access_token"])


@dataclass(frozen=True)
class Editor:
    """Kit's editor, as it sends requests to a plugin server for one creator."""

    server: Server
    token: str = ""

    def search(self, text: str = "") -> httpx2.Response:
        return self._post("search/post", {"search": text})

    def block(self, post: int | str) -> httpx2.Response:
        return self._post("html", {"settings": {"post": str(post)}})

    def _post(self, path: str, body: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = f"{self.server.server}/blocks/post/{path}"
        # There is no TLS here, and to prepare for it costs more than the request.
        with httpx2.Client(verify=False, timeout=60) as http:
            return http.post(url, json=body, headers=headers)


def titles(response: httpx2.Response) -> list[str]:
    return [option["label"] for option in response.json()["data"]]


def is_good(response: httpx2.Response) -> bool:
    return response.status_code == 200 and response.json()["code"] == 200


def is_stale(response: httpx2.Response) -> bool:
    return "detail=stale" in response.headers["Cache-Status"]
