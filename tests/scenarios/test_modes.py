"""A private app for one account, and public blocks; and keys that change."""

import base64
import secrets
import subprocess
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from support.servers.processes import SECRETS, commands

PASSPHRASE = "a long enough passphrase"
KEY = {"KIT_API_KEY": "kit_sandbox_harbour_letters"}
AUTHORIZE = "/oauth/authorize?" + urlencode(
    {
        "client_id": "sandbox-app",
        "response_type": "code",
        "redirect_uri": "https://app.kit.com/apps/install",
    }
)


def request_block(server: Any, token: str = "") -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    search = httpx2.post(
        f"{server.server}/blocks/post/search/post", json={"search": ""}, headers=headers
    )
    if search.status_code != 200:
        return search
    settings = {"post": search.json()["data"][0]["value"]}
    return httpx2.post(
        f"{server.server}/blocks/post/html", json={"settings": settings}, headers=headers
    )


class TestAPrivateApp:
    @pytest.fixture
    def server(self, serve: Any, preview: Any) -> Any:
        return serve(
            KIT_API_URL=preview.sandbox,
            OWNER_PASSPHRASE=PASSPHRASE,
            KIT_CLIENT_ID="",
            KIT_CLIENT_SECRET="",
            **KEY,
        )

    def enter(self, creator: Any, passphrase: str) -> httpx2.Response:
        page = creator.visit(creator.preview.server + AUTHORIZE)
        return creator.press(page, "sign-in", passphrase=passphrase)

    def test_only_the_owner_gets_in_and_guessing_is_slowed_down(
        self, server: Any, make_creator: Any
    ) -> None:
        creator = make_creator(server)
        responses = [self.enter(creator, f"guess {number}") for number in range(6)]
        assert responses[0].status_code == 403
        assert "not the passphrase" in responses[0].text
        assert responses[-1].status_code == 429
        assert int(responses[-1].headers["Retry-After"]) > 0
        assert creator.visit(server.server + AUTHORIZE).url.path == "/kit/sign-in"

    def test_the_owner_installs_and_sees_blocks_of_the_keys_account(
        self, server: Any, make_creator: Any
    ) -> None:
        creator = make_creator(server)
        page = self.enter(creator, PASSPHRASE)
        assert "Harbour Letters" in page.text
        assert "another Kit account" not in page.text
        token = creator.tokens()["access_token"]
        assert request_block(server, token).json()["code"] == 200
        assert request_block(server).status_code == 401
        assert httpx2.get(f"{server.server}/kit/callback").status_code == 404

    def test_the_passphrase_form_belongs_to_one_browser(
        self, server: Any, make_creator: Any
    ) -> None:
        theirs = make_creator(server).visit(server.server + AUTHORIZE)
        response = make_creator(server).press(theirs, "sign-in", passphrase=PASSPHRASE)
        assert response.status_code == 400


class TestBehindAProxy:
    def guess(self, server: Any, address: str) -> int:
        wrong = {"client_id": "sandbox-app", "client_secret": address, "token": "x"}
        return httpx2.post(
            f"{server.server}/oauth/revoke", json=wrong, headers={"X-Forwarded-For": address}
        ).status_code

    @pytest.mark.parametrize(("trusted", "expected"), [("1", 401), ("0", 429)])
    def test_callers_are_distinguished_only_by_a_proxy_that_is_trusted(
        self, serve: Any, strict_kit: Any, trusted: str, expected: int
    ) -> None:
        server = serve(KIT_API_URL=strict_kit.url, TRUSTED_PROXIES=trusted, WEB_CONCURRENCY="1")
        for number in range(25):
            self.guess(server, f"192.0.2.{number}" if trusted == "0" else "192.0.2.1")
        assert self.guess(server, "198.51.100.1") == expected


class TestPublicBlocks:
    def test_everyone_sees_the_blocks_and_there_is_no_way_to_sign_in(
        self, serve: Any, preview: Any
    ) -> None:
        server = serve(KIT_API_URL=preview.sandbox, PLUGIN_AUTH="none", **KEY)
        assert request_block(server).json()["code"] == 200
        for path in ("/oauth/authorize", "/oauth/token", "/kit/connect"):
            assert httpx2.get(server.server + path).status_code == 404

    def test_they_need_an_api_key(self, tmp_path: Any) -> None:
        done = command("serve", tmp_path, PLUGIN_AUTH="none")
        assert done.returncode == 1
        assert done.stderr.startswith("Error: KIT_API_KEY is not set.")


def command(words: str, data_dir: Any, **variables: str) -> subprocess.CompletedProcess[str]:
    return commands.run(words.split(), {**SECRETS, "DATA_DIR": str(data_dir), **variables})


class TestKeys:
    def test_keys_are_rotated_without_losing_a_connection(
        self, serve: Any, strict_kit: Any, make_creator: Any
    ) -> None:
        kit = {"KIT_API_URL": strict_kit.url, "KIT_OAUTH_URL": f"{strict_kit.url}/v4/oauth"}
        old = SECRETS["ENCRYPTION_KEYS"]
        new = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        server = serve(**kit)
        token = make_creator(server).tokens()["access_token"]
        data_dir = server.data_dir

        forgotten = command("serve", data_dir, ENCRYPTION_KEYS=new)
        assert forgotten.returncode == 1
        assert "ENCRYPTION_KEYS lacks a key" in forgotten.stderr
        assert "reencrypt" in forgotten.stderr

        both = f"{new},{old}"
        assert "Encrypted" in command("db reencrypt", data_dir, ENCRYPTION_KEYS=both).stdout
        again = serve(ENCRYPTION_KEYS=new, **kit)
        headers = {"Authorization": f"Bearer {token}"}
        response = httpx2.post(
            f"{again.server}/blocks/post/html", json={"settings": {"post": "1"}}, headers=headers
        )
        assert response.json()["code"] == 200

    def test_purging_by_hand_says_what_it_did(self, serve: Any, strict_kit: Any) -> None:
        server = serve(KIT_API_URL=strict_kit.url)
        assert command("db purge", server.data_dir).stdout == "Deleted 0 records.\n"
