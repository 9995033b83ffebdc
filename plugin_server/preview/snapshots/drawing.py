"""Draws the sandbox's contact sheets with Chromium, and cuts them into one picture for each example and view.

Chromium's own command line can take a picture, too, but of one page at each start, after a time that somebody
guesses: it cannot say when a frame has its block and its images. Playwright waits for what the page says, and
one start is enough for all blocks. Each row of a sheet is one picture; Pillow cuts it.
"""

import re
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zlib import crc32

from PIL import Image
from playwright.sync_api import Browser, CDPSession, Error, Page, Route, sync_playwright

from plugin_server.config.environment import environment
from plugin_server.config.hosts import is_loopback
from plugin_server.config.startup import CannotStart
from plugin_server.resources.paths import STATIC
from plugin_server.sandbox.rehearsal.chromium import find_chromium

# The same picture on every run: no animation, no subpixels of a screen, one color profile.
_ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-lcd-text",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--no-first-run",
)
# Every view of an example beside the others, and the tallest of them whole.
_VIEWPORT = (6200, 1320)
# Milliseconds for a row of the sheet.
_TIMEOUT = 90_000
_PICTURES = sorted((STATIC / "sandbox" / "pictures").glob("*.svg"))

# The sheet draws what is near the viewport. With all rows there, those below would be drawn, pushed away by
# those above that grow, and drawn once more: each row comes when those above are drawn. Below the last one is
# room to scroll.
_LATER = """if (self === top) {
  const style = new CSSStyleSheet();
  style.replaceSync("#sheet section:not(.drawn) { display: none } #sheet { padding-bottom: 100vh }");
  document.adoptedStyleSheets = [style];
}"""
_SHOW = """(row) => {
  const section = document.querySelectorAll("#sheet section")[row];
  section.classList.add("drawn");
  section.scrollIntoView({ block: "start" });
}"""
_READY = """(row) => [...document.querySelectorAll("#sheet section")[row].querySelectorAll("figure")]
  .every(({ dataset }) => dataset.state === "ready")"""
_BOXES = """(row) => {
  const section = document.querySelectorAll("#sheet section")[row];
  for (const { contentDocument } of section.querySelectorAll("iframe")) {
    for (const animation of contentDocument.getAnimations()) {
      if (animation.effect.getComputedTiming().endTime < Infinity) animation.finish();
      else animation.cancel();
    }
  }
  const box = (element) => {
    const { x: left, y: top, width, height } = element.getBoundingClientRect();
    const [x, y] = [left + scrollX, top + scrollY];
    return { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) };
  };
  const figures = [...section.querySelectorAll("figure")];
  const cells = figures.map((each) => [each.dataset.view, box(each.querySelector(".crop"))]);
  return { example: section.dataset.example, whole: box(section), cells };
}"""

_NO_CHROMIUM = (
    "There is no Chromium here. Install one (`apt install chromium`, `brew install --cask chromium`, or"
    " `playwright install chromium`), or set CHROMIUM to the path of yours."
)


class Picture(NamedTuple):
    """One example in one view."""

    example: str
    view: str
    image: Image.Image

    @property
    def name(self) -> str:
        """The file's name, the same in every run."""
        return f"{self.example}--{self.view}.png"


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Run Chromium until the block ends: that of ``CHROMIUM``, the machine's, or Playwright's own.

    Raises:
        CannotStart: there is none, or it does not start.
    """
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        found = find_chromium(environment().get("CHROMIUM", "")) or own
        if not Path(found).exists():
            raise CannotStart(_NO_CHROMIUM)
        try:
            browser = playwright.chromium.launch(executable_path=found, args=[*_ARGUMENTS])
        except Error as error:
            reason = error.message.partition("\n")[0]
            raise CannotStart(f"{found} does not start: {reason}") from error
        yield browser
        browser.close()


def open_sheet(browser: Browser, sandbox_url: str) -> Page:
    """Return a page for contact sheets, which requests nothing outside of this machine."""
    width, height = _VIEWPORT
    context = browser.new_context(
        base_url=sandbox_url,
        viewport={"width": width, "height": height},
        # The frames have color schemes of their own, which a setting here would override.
        color_scheme="null",
        reduced_motion="reduce",
        locale="en-US",
        timezone_id="UTC",
    )
    # By a pattern, Playwright itself lets pass what the sandbox serves, without a call of this process.
    context.route(re.compile(rf"^(?!{re.escape(sandbox_url)}/)"), _pass_or_stand_in)
    page = context.new_page()
    page.add_init_script(_LATER)
    return page


def draw(page: Page, plugin: str) -> Iterator[Picture]:
    """Yield the pictures of a plugin, given by its key.

    Raises:
        CannotStart: the sandbox does not show them; the text says why.
    """
    response = page.goto(f"/contact-sheet/{plugin}?whole=on")
    if response is None or not response.ok:
        raise CannotStart(" ".join(page.locator("main").inner_text().split()))
    # Every response is there, and nothing above the rows changes any more, which would move them.
    page.locator("#sheet[data-generation]").wait_for(timeout=_TIMEOUT, state="attached")
    session = page.context.new_cdp_session(page)
    for row in range(page.locator("#sheet section").count()):
        page.evaluate(_SHOW, row)
        try:
            page.wait_for_function(_READY, arg=row, timeout=_TIMEOUT)
        except Error as error:
            raise CannotStart(f"Chromium did not draw {plugin}: {error.message}") from error
        yield from _cut(session, page.evaluate(_BOXES, row))


def _cut(session: CDPSession, boxes: dict[str, Any]) -> Iterator[Picture]:
    whole = boxes["whole"]
    taken = Image.open(BytesIO(_capture(session, whole)))
    for view, box in boxes["cells"]:
        left, top = box["x"] - whole["x"], box["y"] - whole["y"]
        image = taken.crop((left, top, left + box["width"], top + box["height"]))
        yield Picture(boxes["example"], view, image.convert("RGB"))


def _capture(session: CDPSession, box: dict[str, int]) -> bytes:
    """Return a PNG of a part of the page that is in the viewport.

    Playwright's own method takes three times as long.
    """
    options = {"format": "png", "optimizeForSpeed": True, "clip": {**box, "scale": 1}}
    return b64decode(session.send("Page.captureScreenshot", options)["data"])


def save(pictures: Sequence[Picture], folder: Path) -> None:
    """Save a block's pictures in its folder; those of examples that are gone are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {picture.name for picture in pictures}
    for old in folder.glob("*--*.png"):
        if old.name not in names:
            old.unlink()
    for picture in pictures:
        picture.image.save(folder / picture.name)


def _pass_or_stand_in(route: Route) -> None:
    """Let pass what is on this machine; show a picture of the sandbox's in place of one from the internet.

    It is always the same for a URL.
    """
    if is_loopback(urlsplit(route.request.url).hostname):
        route.continue_()
        return
    if route.request.resource_type != "image":
        route.abort()
        return
    chosen = _PICTURES[crc32(route.request.url.encode()) % len(_PICTURES)]
    route.fulfill(body=chosen.read_text("utf-8"), content_type="image/svg+xml")
