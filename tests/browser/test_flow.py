"""The main job in a real browser: install, insert a Post block, see its email HTML, uninstall."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from coloraide import Color
from playwright.sync_api import BrowserContext, Page, Response, expect
from support.blocks.served import BLOCKS
from support.browser.accessibility import violations

from plugin_server.resources.paths import EXAMPLES

# By the names of the pictures in the documentation's tour.
SCREENS = {"1280": (1280, 720), "1024": (1024, 768), "390": (390, 844)}
SEARCH = '[data-setting="post"] input[role=combobox]'
RESULTS = '[data-setting="post"] [role=option]'
READY = "#canvas[data-state=ready]"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go: a folder to look at afterwards if one is named, else a temporary one."""
    folder = Path(os.environ.get("PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def page(open_browser: Callable[[], BrowserContext]) -> Page:
    return open_browser().new_page()


def install(page: Page, preview: Any, pictures: Path | None = None) -> None:
    """Install the app, unless it is already, from a test before."""
    page.goto(f"{preview.sandbox}/apps/1")
    if page.get_by_test_id("uninstall").is_visible():
        return
    page.get_by_test_id("install").click()
    expect(page.get_by_test_id("kit-approve").or_(page.get_by_test_id("allow"))).to_be_visible()
    if page.get_by_test_id("kit-approve").is_visible():
        page.get_by_test_id("kit-approve").click()
    expect(page.get_by_test_id("allow")).to_be_visible()
    if pictures:
        page.locator("main").screenshot(path=pictures / "consent.png")
    page.get_by_test_id("allow").click()
    expect(page.get_by_test_id("uninstall")).to_be_visible()


def uninstall(page: Page) -> None:
    page.get_by_test_id("uninstall").click()
    expect(page.get_by_test_id("install")).to_be_visible()


def insert_post(page: Page, preview: Any) -> None:
    page.goto(f"{preview.sandbox}/editor")
    page.get_by_test_id("insert-post").click()
    expect(page.locator(SEARCH)).to_be_visible()


def choose(page: Page, words: str) -> str:
    """Search for words, choose the first result, and return its label."""
    page.locator(SEARCH).fill(words)
    # Before the response has come, the list is still that of what was typed before.
    expect(page.locator(RESULTS).filter(has_not_text=words)).to_have_count(0)
    option = page.locator(RESULTS).filter(has_text=words).first
    label = option.inner_text().strip()
    option.click()
    page.locator(READY).wait_for()
    return label


def renders(page: Page) -> int:
    return int(page.locator("#canvas").get_attribute("data-renders") or 0)


def block(page: Page, view: str) -> Any:
    return page.frame_locator(f"iframe[data-view={view}]").locator("[data-block]")


def error(page: Page) -> Any:
    return page.frame_locator("iframe[data-view=desktop]").get_by_test_id("block-error")


def contrast(element: Any, background: str) -> float:
    colour = element.evaluate("element => getComputedStyle(element).color")
    return float(Color(colour).contrast(Color(background), method="wcag21"))


def test_a_creator_installs_inserts_a_post_and_uninstalls(
    page: Page, preview: Any, pictures: Path
) -> None:
    scripts: list[str] = []
    page.on("pageerror", lambda error: scripts.append(str(error)))
    page.goto(f"{preview.sandbox}/apps/1")
    if page.get_by_test_id("uninstall").is_visible():
        uninstall(page)
    install(page, preview, pictures)

    insert_post(page, preview)
    page.locator(SEARCH).click()
    expect(page.locator(RESULTS).first).to_be_visible()
    newest = page.locator(RESULTS).count()
    assert newest > 1
    assert page.get_by_test_id("missing").is_visible()

    label = choose(page, "lighthouse")
    for view in ("desktop", "mobile"):
        expect(block(page, view)).to_contain_text(label)
        expect(block(page, view).get_by_role("link", name="Read more")).to_be_visible()
    page.screenshot(path=pictures / "editor.png")
    dark = page.get_by_role("checkbox", name="Dark, forced")
    dark.press("Space")
    expect(block(page, "mobile")).to_contain_text(label)
    page.screenshot(path=pictures / "editor_dark.png")
    dark.press("Space")
    page.locator("#subject").focus()  # the explanation of the switch would cover something
    for name, (width, height) in SCREENS.items():
        page.set_viewport_size({"width": width, "height": height})
        expect(block(page, "mobile" if width < 600 else "desktop")).to_be_visible()
        page.screenshot(path=pictures / f"editor_{name}.png")
    page.set_viewport_size({"width": 1440, "height": 1000})

    count = renders(page)
    page.locator('[data-setting="button_text"] input').fill("Read the letter")
    expect(block(page, "desktop").get_by_role("link", name="Read the letter")).to_be_visible()
    assert renders(page) > count

    count = renders(page)
    page.get_by_test_id("refresh").first.click()
    page.locator(f'#canvas[data-renders="{count + 1}"]').wait_for()

    page.goto(f"{preview.sandbox}/drafts")
    page.get_by_test_id("draft").first.click()
    page.locator(READY).wait_for()
    expect(page.locator(SEARCH)).to_have_value(label)
    expect(block(page, "desktop")).to_contain_text("Read the letter")

    draft = page.url
    page.goto(f"{preview.sandbox}/apps/1")
    uninstall(page)
    page.goto(draft)
    page.get_by_test_id("refresh").first.click()
    expect(error(page)).to_contain_text("not installed")
    assert scripts == []


def test_nothing_but_images_of_a_block_is_requested_from_other_hosts(
    page: Page, preview: Any
) -> None:
    requested: set[tuple[str, str]] = set()
    page.context.on(
        "request",
        lambda request: requested.add((urlsplit(request.url).netloc, request.resource_type)),
    )
    install(page, preview)
    page.goto(f"{preview.sandbox}/editor")
    for block in BLOCKS:
        page.get_by_test_id(f"insert-{block.label.lower()}").click()
        expect(page.locator("#panel-title")).to_have_text(block.label)
        page.get_by_label("Examples").locator("visible=true").select_option("Typical")
        page.locator(READY).wait_for()
    for panel in ("Inspector", "Source", "Checks"):
        page.get_by_role("tab", name=panel).click()
    ours = {urlsplit(url).netloc for url in (preview.sandbox, preview.server)}
    assert ours <= {host for host, _ in requested}
    assert {kind for host, kind in requested if host not in ours} <= {"image"}


def test_the_search_waits_while_the_creator_types(page: Page, preview: Any) -> None:
    install(page, preview)
    insert_post(page, preview)
    page.locator(SEARCH).click()
    expect(page.locator(RESULTS).first).to_be_visible()
    requests: list[Response] = []
    page.on(
        "response", lambda response: requests.append(response) if "search" in response.url else None
    )
    page.locator(SEARCH).press_sequentially("lighthouse", delay=20)
    expect(page.locator(RESULTS).filter(has_text="lighthouse").first).to_be_visible()
    assert len(requests) < len("lighthouse") / 2


def test_the_card_takes_over_the_styles_of_the_email(page: Page, preview: Any) -> None:
    install(page, preview)
    insert_post(page, preview)
    choose(page, "lighthouse")
    styles = "element => { const s = getComputedStyle(element); return [s.color, s.fontFamily]; }"
    email = page.frame_locator("iframe[data-view=desktop]")
    around = email.get_by_text("Hello there").evaluate(styles)
    inside = block(page, "desktop").locator("p").last.evaluate(styles)
    assert inside[0] == around[0]
    assert inside[1].split(",")[0].strip("\"'") == around[1].split(",")[0].strip("\"'")


def test_the_chosen_layout_and_colour_are_shown(page: Page, preview: Any) -> None:
    install(page, preview)
    insert_post(page, preview)
    choose(page, "lighthouse")
    page.locator('[data-setting="layout"] select').select_option("text_only")
    expect(block(page, "desktop").locator("img")).to_have_count(0)
    colour = page.locator('[data-setting="button_color"] input[type=text]')
    colour.fill("#ffee00")
    button = block(page, "desktop").get_by_role("link", name="Read more")
    expect(button).to_have_css("background-color", "rgb(255, 238, 0)")
    assert contrast(button, "rgb(255, 238, 0)") >= 4.5
    assert (button.bounding_box() or {})["height"] >= 44


def test_nothing_in_the_email_runs_script_or_overflows(page: Page, preview: Any) -> None:
    install(page, preview)
    insert_post(page, preview)
    choose(page, "lighthouse")
    for view in ("desktop", "mobile"):
        frame = page.locator(f"iframe[data-view={view}]")
        assert "allow-scripts" not in (frame.get_attribute("sandbox") or "allow-scripts")
        width = "element => [element.scrollWidth, element.clientWidth]"
        inner, outer = block(page, view).evaluate(width)
        assert inner <= outer


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Blank Page Studio", "You have no published posts yet"),
        ("The Slow Kettle", None),
    ],
)
def test_each_creator_sees_their_own_posts_or_why_there_are_none(
    page: Page, preview: Any, name: str, first: str | None
) -> None:
    page.goto(f"{preview.sandbox}/apps/1")
    page.locator("form.creator select").select_option(label=name)
    page.locator("form.creator button").click()
    expect(page.locator("main")).to_contain_text(name)
    install(page, preview)
    insert_post(page, preview)
    page.locator(SEARCH).click()
    field = page.locator('[data-setting="post"]')
    if first:
        expect(field.get_by_text(first)).to_be_visible()
        expect(page.locator(RESULTS)).to_have_count(0)
    else:
        label = choose(page, "kettle")
        expect(block(page, "desktop")).to_contain_text(label)
        expect(block(page, "desktop").get_by_role("link").first).to_be_visible()


def test_every_example_of_every_block_can_be_shown(page: Page, preview: Any) -> None:
    install(page, preview)
    shown = 0
    for number, block in enumerate(BLOCKS, start=1):
        listed = page.request.get(f"{preview.sandbox}/examples/{number}").json()
        assert {path.stem for path in (EXAMPLES / block.name).iterdir()} < {
            each["name"] for each in listed
        }
        for example in listed:
            url = f"{preview.sandbox}/preview/{block.name}/raw?example={example['name']}"
            response = page.request.get(url)
            # Of settings that were renamed or are missing, a block may say which it needs.
            may_be_refused = example["name"] in (
                "stress_renamed_settings",
                "stress_missing_settings",
            )
            assert response.status == 200 or (may_be_refused and response.status == 422), (
                url,
                response.text(),
            )
            shown += 1
    assert shown >= 8 * len(BLOCKS)
    uninstall(page)


def assert_accessible(page: Page) -> None:
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert violations(page) == [], (page.url, width)


def test_the_pages_of_the_plugin_server_are_accessible(page: Page, preview: Any) -> None:
    page.goto(f"{preview.server}/")
    assert_accessible(page)
    page.goto(
        f"{preview.server}/oauth/authorize?client_id=sandbox-app&response_type=code"
        "&redirect_uri=https://app.kit.com/apps/install"
    )
    page.get_by_test_id("kit-approve").click()
    page.get_by_test_id("allow").wait_for()
    assert_accessible(page)
    page.goto(f"{preview.server}/nowhere")
    assert_accessible(page)
    assert httpx2.get(page.url).status_code == 404
