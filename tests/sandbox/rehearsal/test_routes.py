"""The rehearsal's page, in a real browser."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import httpx2
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from support.browser.accessibility import violations_in_both_themes
from support.servers.plugin_app import PluginApp, running_plugin_app

from plugin_server.sandbox.records import Installation


@pytest.fixture
def app() -> Iterator[PluginApp]:
    with running_plugin_app("no_alt") as app:
        yield app


@pytest.fixture
def page(chromium: Browser, sandbox: Flask, app: PluginApp) -> Iterator[Page]:
    url = sandbox.extensions["sandbox"].config.base_url
    assert httpx2.put(f"{url}/dashboard/app.json", json=app.entries()).status_code == 200
    context = chromium.new_context(base_url=url, viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.goto("/rehearsal")
    yield page
    context.close()


def run(page: Page, *groups: str) -> None:
    for box in page.get_by_role("checkbox").all():
        box.set_checked(box.get_attribute("value") in groups)
    page.get_by_text("Values for the app’s own sign-in page").click()
    page.get_by_label("A creator with an account").fill(
        "email=ada@example.com\npassword=a-password"
    )
    page.get_by_label("The creator’s part").select_option("http")
    page.get_by_test_id("rehearse").click()


def test_a_run_ends_with_what_is_to_be_fixed(page: Page, tmp_path: Path) -> None:
    run(page, "html")
    expect(page.get_by_text("JSON", exact=True)).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("summary")).to_contain_text("19 checks of Mill: 1 failed")
    failure = page.locator("[data-check=html-pictures]")
    failure.locator("summary").click()
    expect(failure).to_contain_text("an image without alt")
    expect(failure).to_contain_text("POST http://127.0.0.1")
    expect(failure.get_by_role("link", name="Source")).to_have_attribute(
        "href", "https://developers.kit.com/plugins/content-blocks/plugin-recommendations"
    )
    # A folder to look at afterwards, if one is named.
    folder = Path(os.environ.get("PICTURES", tmp_path))
    page.get_by_test_id("summary").evaluate("each => each.scrollIntoView()")
    page.screenshot(path=folder / "rehearsal.png")


def test_the_report_can_be_downloaded(page: Page, tmp_path: Path) -> None:
    run(page, "html")
    expect(page.get_by_text("JSON", exact=True)).to_be_visible(timeout=60_000)
    files = {}
    for kind in ("HTML", "JSON", "JUnit"):
        with page.expect_download() as download:
            page.get_by_role("link", name=kind, exact=True).click()
        download.value.save_as(tmp_path / kind)
        files[kind] = (tmp_path / kind).read_text()
    assert json.loads(files["JSON"])["counts"]["failed"] == 1
    assert ElementTree.fromstring(files["JUnit"]).attrib["failures"] == "1"
    assert "Rehearsal of Mill" in files["HTML"]
    assert "http://127.0.0.1" not in files["HTML"].split("<body>")[0]


def test_what_was_installed_works_after_a_rehearsal_that_has_revoked_it(
    page: Page, sandbox: Flask
) -> None:
    parts = sandbox.extensions["sandbox"]
    store, creator = parts.store, next(iter(parts.accounts))
    store.save_installation(Installation(creator, "revoked", "revoked"))
    run(page, "oauth")
    expect(page.get_by_text("JSON", exact=True)).to_be_visible(timeout=60_000)
    assert store.find_installation(creator).access_token != "revoked"


def test_the_page_is_accessible_and_fits(page: Page) -> None:
    run(page, "html")
    expect(page.get_by_text("JSON", exact=True)).to_be_visible(timeout=60_000)
    page.locator("[data-check=html-pictures] summary").click()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert violations_in_both_themes(page) == {}, width
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_a_plugin_there_is_nothing_to_run(chromium: Browser, sandbox: Flask) -> None:
    page = chromium.new_page()
    page.goto(f"{sandbox.extensions['sandbox'].config.base_url}/rehearsal")
    expect(page.get_by_text("There is no plugin to check yet")).to_be_visible()
    page.close()
