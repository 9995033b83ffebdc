"""The page with what to paste in Kit's developer dashboard."""

import json
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from flask.testing import FlaskClient
from selectolax.lexbor import LexborHTMLParser, LexborNode
from support.blocks.served import BLOCKS, find
from support.servers.sandbox import running_sandbox

from plugin_server.app import create_app
from plugin_server.blocks import EventPlugin
from plugin_server.blocks.base import Block
from plugin_server.blocks.loading import LoadedBlocks
from plugin_server.config.environment import Config
from plugin_server.preview.dashboard import dashboard_entries
from plugin_server.preview.local_kit import LocalKit
from plugin_server.web.dashboard import unreachable
from plugin_server.web.kit_fields import API_ACCESS, APP_DETAILS, PLUGIN, PLUGIN_OAUTH, KitField

PUBLIC = "https://blocks.example.com"
SECRETS = {
    "secret_key": "session-secret-" + "s" * 32,
    "encryption_keys": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "plugin_client_secret": "plugin-secret",
    "kit_client_secret": "kit-secret",
}


def config(**given: Any) -> Config:
    client = {"plugin_client_id": "plugin-client", "kit_client_id": "kit-client"}
    return Config(
        **{
            **SECRETS,
            **client,
            "base_url": PUBLIC,
            "dashboard": "on",
            "allowed_hosts": "localhost",
            **given,
        }
    )


def client_of(store: Any, **given: Any) -> FlaskClient:
    return create_app(config(**given), store=store).test_client()


def page_of(store: Any, **given: Any) -> LexborHTMLParser:
    response = client_of(store, **given).get("/dashboard")
    assert response.status_code == 200
    return LexborHTMLParser(response.text)


def section(page: LexborHTMLParser, name: str) -> LexborNode:
    found = page.css_first(f'section[aria-labelledby="{name}"]')
    assert found is not None
    return found


def fields(page: LexborHTMLParser, name: str) -> dict[str, str]:
    """Return what one section's copy buttons copy, by label, in the order of the page."""
    rows = section(page, name).css("dl > div")
    copied = [page.css_first(f"#{row.css_first('button').attributes['data-copy']}") for row in rows]
    return {
        row.css_first("dt").text(): value.text() for row, value in zip(rows, copied, strict=True)
    }


def test_shows_the_fields_of_the_app_in_the_order_and_words_of_kit(store: object) -> None:
    page = page_of(store)
    assert list(fields(page, "api").items()) == [
        ("Authorization URL", f"{PUBLIC}/kit/connect"),
        ("Redirect URIs", f"{PUBLIC}/kit/callback"),
    ]
    assert list(fields(page, "oauth").items()) == [
        ("Authorization URL", f"{PUBLIC}/oauth/authorize"),
        ("Token URL", f"{PUBLIC}/oauth/token"),
        ("Refresh token URL", f"{PUBLIC}/oauth/refresh"),
        ("Revoke URL", f"{PUBLIC}/oauth/revoke"),
        ("Client ID", "plugin-client"),
    ]


def test_shows_for_each_block_what_the_sandbox_is_given(store: object) -> None:
    """The sandbox takes the fields that Kit takes, so what works there is what is shown here."""
    page = page_of(store)
    plugins = dashboard_entries(config(), BLOCKS)["plugins"]
    shown = [each.attributes["aria-labelledby"] or "" for each in page.css("section")][2:-1]
    assert len(shown) == len(plugins)
    for name, plugin in zip(shown, plugins, strict=True):
        identifier = find(name).identifier
        dynamic = [("Dynamic", "true"), ("Identifier", identifier)] if identifier else []
        assert list(fields(page, name).items()) == [
            ("Name", plugin["name"]),
            ("Description", plugin["description"]),
            ("Sort order", str(plugin["sort_order"])),
            ("Icon", plugin["logo_url"]),
            ("Request URL", plugin["html_url"]),
            ("Settings JSON", plugin["settings_json"]),
            ("Scopes", ", ".join(find(name).scopes)),
            *dynamic,
        ]
        # A switch, so there is nothing to copy.
        assert "Active: leave it off until" in section(page, name).text()
        searches = re.findall(r'"request_url": "(.*?)"', plugin["settings_json"])
        assert all(url.startswith(f"{PUBLIC}/blocks/{name}/search/") for url in searches)


class Dynamic(type(find("post"))):  # type: ignore[misc] - its class is known when it is loaded
    """A block of the server, made dynamic."""

    name = "post"
    identifier = "post_list"
    event = EventPlugin("abandoned_cart", sample={"items": [{"title": "Ölkanne"}]})


def test_shows_what_makes_a_block_dynamic_and_its_event_plugin(store: Any) -> None:
    given = config(kit_app_identifier="our_app")
    blocks = LoadedBlocks((Dynamic(), find("product")))
    page = LexborHTMLParser(
        create_app(given, store=store, blocks=blocks).test_client().get("/dashboard").text
    )
    block = fields(page, "post")
    assert [(name, block[name]) for name in ("Dynamic", "Identifier", "Event plugin")] == [
        ("Dynamic", "true"),
        ("Identifier", "post_list"),
        ("Event plugin", "abandoned_cart"),
    ]
    assert "Dynamic" not in fields(page, "product")
    assert "KIT_APP_IDENTIFIER" in section(page, "identifier").text()
    event = fields(page, "event-abandoned_cart")
    assert event["Name"] == "Abandoned cart"
    assert json.loads(event["Sample data"]) == {"items": [{"title": "Ölkanne"}]}
    assert "Ölkanne" in event["Sample data"]


def test_the_sandbox_takes_dynamic_blocks(tmp_path: Path) -> None:
    given = config(kit_app_identifier="our_app")
    with running_sandbox(tmp_path) as url:
        LocalKit(url).paste(dashboard_entries(given, (Dynamic(), find("product"))))
        shown = httpx2.get(f"{url}/dashboard/app.json").json()
        # It is static again, and its event is gone.
        LocalKit(url).paste(dashboard_entries(given, (find("post"), find("product"))))
        after = httpx2.get(f"{url}/dashboard/app.json").json()
    assert shown["app"]["identifier"] == "our_app"
    assert [(each["key"], each["event"]) for each in shown["plugins"]] == [
        ("post", "abandoned_cart"),
        ("product", ""),
    ]
    assert shown["events"][0]["sample_data"] == {"items": [{"title": "Ölkanne"}]}
    assert [each["dynamic"] for each in after["plugins"]] == [False, False]
    assert after["events"] == []


@pytest.mark.parametrize(
    ("name", "form", "elsewhere"),
    [
        ("api", API_ACCESS, ()),
        ("oauth", PLUGIN_OAUTH, ("Client secret",)),
        ("post", PLUGIN, ()),
        (
            "details",
            APP_DETAILS,
            ("App name", "Summary", "Description", "App settings URL", "Support URL"),
        ),
    ],
)
def test_the_page_and_the_sandbox_have_the_same_fields(
    store: object, name: str, form: dict[str, KitField], elsewhere: tuple[str, ...]
) -> None:
    """What the sandbox's forms are made of is all here: with a value, or said in words."""
    page = page_of(store)
    shown = section(page, name)
    copied = fields(page, name)
    assert set(copied) <= {field.label for field in form.values()}
    for field in form.values():
        assert field.label in (shown.text() if field.label not in copied else copied)
        row = next(
            (r for r in shown.css("dl > div") if r.css_first("dt").text() == field.label), None
        )
        older = row.css_first(".formerly") if row else None
        assert (older.text() if older else "") == (
            f"“{field.formerly}” in older pages of Kit" if field.formerly else ""
        )
    assert not set(elsewhere) & set(copied)


def test_the_details_of_the_app_say_where_an_installation_ends(store: object) -> None:
    page = page_of(store)
    assert fields(page, "details") == {
        "Redirect URL after install": f"{PUBLIC}/",
        "Allowed return_to domains": "blocks.example.com",
    }
    assert "the blocks" in section(page, "details").text()
    assert "app.kit.com/apps/id/install?k_app_id=k_id&return_to=" in section(page, "details").text()
    assert "its blocks are in the\nelement menu" in client_of(store).get("/").text


@pytest.mark.parametrize(
    ("kind", "type_"), [("png", "image/png"), ("svg", "image/svg+xml; charset=utf-8")]
)
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_both_icons_are_shown_and_can_be_downloaded(
    store: object, block: Block, kind: str, type_: str
) -> None:
    client = client_of(store)
    page = LexborHTMLParser(client.get("/dashboard").text)
    place = f"/static/icons/{block.name}.{kind}"
    shown = section(page, block.name)
    assert shown.css_first(f'img[src="{place}"]')
    assert shown.css_first(f'a[href="{place}"]').attributes["download"] == f"{block.name}.{kind}"
    with client.get(place) as picture:
        assert picture.content_type == type_


def test_no_secret_is_shown(store: object) -> None:
    page = client_of(store).get("/dashboard").text
    assert [name for name, secret in SECRETS.items() if secret in page] == []
    assert "PLUGIN_CLIENT_SECRET" in page
    assert "KIT_CLIENT_SECRET" in page


def test_a_private_app_has_no_fields_of_api_access(store: object) -> None:
    page = page_of(store, kit_api_key="kit_key", owner_passphrase="a long passphrase")
    assert fields(page, "api") == {}
    assert "KIT_API_KEY" in section(page, "api").text()
    assert "Client ID" in fields(page, "oauth")
    assert "kit_key" not in page.html
    assert "a long passphrase" not in page.html


def test_open_blocks_have_no_fields_of_authorization(store: object) -> None:
    page = page_of(store, plugin_auth="none", kit_api_key="kit_key")
    assert fields(page, "oauth") == {}
    assert "No authorization" in section(page, "oauth").text()
    assert "Settings JSON" in fields(page, "post")
    assert "Scopes" not in fields(page, "post")


@pytest.mark.parametrize(
    ("base_url", "dashboard", "status"),
    [
        ("http://127.0.0.1:8000", "auto", 200),
        ("http://localhost:8000", "auto", 200),
        ("http://[::1]:8000", "auto", 200),
        ("http://127.0.0.1:8000", "off", 404),
        (PUBLIC, "auto", 404),
        (PUBLIC, "off", 404),
        (PUBLIC, "on", 200),
        ("http://192.168.0.7", "auto", 404),
    ],
)
def test_it_is_off_on_public_urls_unless_enabled(
    store: object, base_url: str, dashboard: str, status: int
) -> None:
    client = client_of(store, base_url=base_url, dashboard=dashboard)
    assert client.get("/dashboard").status_code == status
    assert ('href="/dashboard"' in client.get("/").text) is (status == 200)
    assert client.get("/settings/post.json").status_code == 200


@pytest.mark.parametrize(
    ("base_url", "reasons"),
    [
        (PUBLIC, []),
        ("https://93.184.216.34", []),
        ("http://blocks.example.com", ["is not https"]),
        ("http://localhost:8000", ["means this machine only", "is not https"]),
        ("https://127.0.0.1", ["means this machine only"]),
        ("https://app.localhost", ["means this machine only"]),
        ("https://[::1]", ["means this machine only"]),
        ("https://192.168.0.7", ["belongs to a private network"]),
        ("https://[fd00::1]", ["belongs to a private network"]),
        ("https://blocks.internal", ["belongs to a private network"]),
        ("https://blocks", ["belongs to a private network"]),
    ],
)
def test_a_url_that_kit_cannot_request_is_warned_of(
    store: object, base_url: str, reasons: list[str]
) -> None:
    assert unreachable(base_url) == reasons
    warning = page_of(store, base_url=base_url).css_first(".warning")
    assert (warning is not None) is bool(reasons)
    assert all(reason in warning.text() for reason in reasons)


def test_the_page_may_run_its_own_script_and_nothing_else(store: object) -> None:
    client = client_of(store)
    policy = client.get("/dashboard").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in client.get("/").headers["Content-Security-Policy"]
