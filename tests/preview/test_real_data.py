"""The developer's own account in the preview: shown, named, and never written to."""

import os
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, expect
from support.servers import commands
from support.servers.processes import Preview, running_preview
from support.servers.sandbox import running_sandbox
from support.servers.threads import serving

KEY = "kit_sandbox_harbour_letters"


class RealKit(BaseHTTPRequestHandler):
    """Stands before a Kit, hands on what only reads, and notes every request."""

    kit = ""
    methods: list[str] = []

    def respond(self) -> None:
        self.methods.append(self.command)
        if self.command != "GET":
            self.send_error(405)
            return
        key = {"X-Kit-Api-Key": self.headers.get("X-Kit-Api-Key", "")}
        response = httpx2.get(self.kit + self.path, headers=key)
        self.send_response(response.status_code)
        self.send_header("Content-Type", response.headers["Content-Type"])
        self.end_headers()
        self.wfile.write(response.content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = respond  # noqa: N815 (names of http.server)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def real_kit(tmp_path: Path) -> Iterator[str]:
    RealKit.methods.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), RealKit)
    with running_sandbox(tmp_path / "kit") as RealKit.kit, serving(server):
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def preview(
    real_kit: str, tmp_path: Path, free_ports: Callable[[int], list[int]]
) -> Iterator[Preview]:
    variables = {"KIT_API_KEY": KEY, "KIT_API_URL": real_kit}
    with running_preview(tmp_path, free_ports(2), **variables) as preview:
        yield preview


def test_a_block_shows_the_account_of_the_key_and_nothing_is_written_to_kit(
    preview: Preview, chromium: Browser
) -> None:
    page = chromium.new_page()
    for path in ("/", "/apps/1", "/drafts", "/dashboard", "/faults", "/editor"):
        page.goto(preview.sandbox + path)
        expect(page.get_by_test_id("real")).to_contain_text("Kit account Harbour Letters")
    page.get_by_test_id("insert-post").click()
    page.locator('[data-setting="post"] input[role=combobox]').fill("lighthouse")
    page.locator('[data-setting="post"] [role=option]').filter(has_text="lighthouse").first.click()
    block = page.frame_locator("iframe[data-view=desktop]").locator("[data-block]")
    expect(block.get_by_role("link", name="Read more")).to_be_visible()
    page.goto(preview.sandbox + "/drafts")
    page.get_by_role("button", name="Delete").click()
    page.close()
    assert set(RealKit.methods) == {"GET"}


def test_the_server_listens_on_loopback_only(preview: Preview) -> None:
    body = {"json": {"settings": {}}, "headers": {"Host": "rebound.example.com"}}
    url = f"{preview.server}/blocks/creator_profile/html"
    assert httpx2.post(url, **body).status_code == 400
    assert httpx2.post(url, json=body["json"]).json()["code"] == 200


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"KIT_API_KEY": "kit_unknown"}, "Kit does not accept KIT_API_KEY"),
        ({"KIT_API_URL": "http://127.0.0.1:9"}, "Kit does not respond at http://127.0.0.1:9"),
        ({"KIT_API_URL": "{kit}/nowhere"}, "is not Kit's API"),
    ],
)
def test_a_key_that_cannot_be_used_is_reported_before_anything_starts(
    real_kit: str,
    tmp_path: Path,
    free_ports: Callable[[int], list[int]],
    variables: dict[str, str],
    words: str,
) -> None:
    ports = dict(zip(("PORT", "SANDBOX_PORT"), map(str, free_ports(2)), strict=True))
    given = {"KIT_API_KEY": KEY, "KIT_API_URL": real_kit, "DATA_DIR": str(tmp_path), **ports}
    changed = {name: value.format(kit=real_kit) for name, value in variables.items()}
    done = commands.run(["preview"], {**os.environ, **given, **changed})
    assert done.returncode == 1
    assert words in done.stderr
