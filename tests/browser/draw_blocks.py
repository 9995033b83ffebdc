"""Draws every block as readers get it: python tests/browser/draw_blocks.py FOLDER

``<block>.png`` is its typical example for the README; ``<block>-sheet.webp`` shows all of its
examples in all views, to look at before a change is published, and of a dynamic block also what several
subscribers get; ``personal_note-readers.png`` shows three of these. `make screenshots` runs it.
"""

import base64
import sys
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, BrowserContext, Page
from support.blocks.emails import (
    DESKTOP,
    PHONE,
    email,
    email_of,
    inverted,
    serve_images,
    styles_of_email,
    without_images,
    without_style,
)
from support.blocks.readers import ADA, OTHERS, as_sent
from support.blocks.served import BLOCKS
from support.browser.chromium import executable, running_chromium

from plugin_server.blocks.base import Block
from plugin_server.examples.block_examples import examples
from plugin_server.rendering.email_styles import EmailStyles

# Emails on a sheet are this much smaller, and cut where a very long one has shown what it does.
SCALE = 0.42
TALLEST = 900
# What is seen of the email around a block in the README, in px.
MARGIN = 12
MAX_BYTES = 400_000

SHEET = """<!doctype html>
<meta charset="utf-8">
<style>
  body {{ margin: 0; padding: 24px; width: max-content; }}
  html {{ background: #d5d8dc; color: #1d2125; font: 15px/1.4 sans-serif; }}
  h1 {{ margin: 0 0 4px; font-size: 24px; }}
  table {{ border-spacing: 0 20px; }}
  th, td {{ padding: 0 28px 0 0; vertical-align: top; text-align: left; }}
  thead th {{ font-size: 15px; }}
  tbody th {{ width: 110px; }}
  .frame {{ display: inline-block; overflow: hidden; margin-right: 6px; vertical-align: top; }}
  iframe {{ border: 0; transform: scale({scale}); transform-origin: 0 0; background: #fff; }}
</style>
<h1>{title}</h1>
<p>In an email of 600 px, and on a phone of {phone}. Emails over {tallest} px are cut.</p>
<table>
<thead><tr><td></td>{views}</tr></thead>
<tbody>{rows}</tbody>
</table>
"""

FIT = """([scale, tallest]) => {
  for (const frame of document.querySelectorAll("iframe")) {
    const email = frame.contentDocument;
    const height = Math.min(email.body.offsetHeight, tallest);
    frame.height = height;
    frame.parentElement.style.width = `${frame.width * scale}px`;
    frame.parentElement.style.height = `${height * scale}px`;
  }
}"""


# Subscribers beside each other, by what their captions say.
# The block that says something about each of the three.
OF_READERS = "personal_note"
THREE = {
    "Ada, whose boat is the Curlew": ADA,
    "somebody with a boat and no name": {"boat": "Sea Robin"},
    "Jun, who has no boat": {"first_name": "Jun"},
}
READERS_WIDTH = 1100
READERS = """<!doctype html>
<meta charset="utf-8">
<style>
  html {{ background: #d5d8dc; color: #1d2125; font: 600 15px/1.4 sans-serif; }}
  body {{ margin: 0; width: max-content; }}
  table {{ border-spacing: 16px; }}
  td {{ padding: 0; vertical-align: top; }}
  p {{ margin: 0 0 8px; }}
  iframe {{ border: 0; width: 340px; background: #fff; }}
</style>
<table><tr>{cells}</tr></table>
"""
FIT_READERS = """() => {
  const frames = [...document.querySelectorAll("iframe")];
  const places = frames.map((each) => each.contentDocument.querySelector("[data-example]"));
  const bottom = (place) => place.getBoundingClientRect().bottom + 24;
  const height = Math.max(...places.map(bottom));
  for (const frame of frames) frame.height = height;
}"""


def never_dark(html: str) -> str:
    """Return an email as if the screen were light; a sheet is drawn with a dark one."""
    return html.replace("(prefers-color-scheme: dark)", "not all")


class View(NamedTuple):
    """A way to see an email: its name, what happens to the source, the widths of screens."""

    name: str
    change: Callable[[str], str]
    widths: tuple[int, ...] = (DESKTOP, PHONE)


VIEWS = (
    View("As sent", never_dark),
    View("Dark by force (inverted)", lambda html: inverted(never_dark(html))),
    View("Dark by the email’s own styles", str),
    View("Images off", lambda html: without_images(never_dark(html))),
    # It makes a difference on phones only.
    View("Block’s style dropped", lambda html: without_style(never_dark(html)), (PHONE,)),
)


def frames(html: str, view: View) -> str:
    source = escape(view.change(html))
    return "".join(
        f'<div class="frame"><iframe width="{width}" height="400" srcdoc="{source}"></iframe></div>'
        for width in view.widths
    )


def emails_of(block: Block, styles: EmailStyles) -> Iterator[tuple[str, str]]:
    """Yield an email of each example, and of a dynamic block one for each kind of subscriber."""
    for example in examples(block):
        yield example.name, email_of([example], styles)
    if block.identifier:
        html = next(examples(block)).render(styles)
        for name, subscriber in OTHERS.items():
            yield f"typical, {name}", email({name: as_sent(block, html, subscriber)})


def sheet(block: Block, styles: EmailStyles) -> str:
    """Return a page with every example of a block in every view."""

    def rows() -> Iterator[str]:
        for name, html in emails_of(block, styles):
            cells = "".join(f"<td>{frames(html, view)}</td>" for view in VIEWS)
            yield f"<tr><th>{escape(name.replace('_', ' '))}</th>{cells}</tr>"

    return SHEET.format(
        title=escape(block.label),
        phone=PHONE,
        tallest=TALLEST,
        scale=SCALE,
        views="".join(f"<th>{escape(view.name)}</th>" for view in VIEWS),
        rows="".join(rows()),
    )


def draw_sheet(page: Page, block: Block, styles: EmailStyles, target: Path) -> None:
    page.emulate_media(color_scheme="dark")
    page.set_content(sheet(block, styles))
    page.evaluate(FIT, [SCALE, TALLEST])
    size = page.evaluate("[document.body.scrollWidth, document.body.scrollHeight]")
    clip = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}
    # Playwright itself takes no WebP, which needs a third of the room here.
    session = page.context.new_cdp_session(page)
    for quality in (70, 55, 40, 25, 15):
        options = {"format": "webp", "quality": quality, "clip": clip}
        taken = session.send("Page.captureScreenshot", {**options, "captureBeyondViewport": True})
        target.write_bytes(base64.b64decode(taken["data"]))
        if target.stat().st_size <= MAX_BYTES:
            return
    sys.exit(f"{target} is over {MAX_BYTES:,} bytes.")


def draw_block(page: Page, block: Block, styles: EmailStyles, target: Path) -> None:
    page.set_viewport_size({"width": DESKTOP, "height": 800})
    page.set_content(email_of([next(examples(block))], styles))
    box = page.locator("[data-example]").bounding_box() or {}
    clip = {side: box[side] - MARGIN for side in ("x", "y")}
    clip |= {side: box[side] + 2 * MARGIN for side in ("width", "height")}
    page.screenshot(path=target, clip=clip, full_page=True)  # type: ignore[arg-type]


def draw_readers(page: Page, block: Block, styles: EmailStyles, target: Path) -> None:
    """Draw what three subscribers get of a dynamic block, side by side, each below who it is."""
    html = next(examples(block)).render(styles)
    page.set_viewport_size({"width": READERS_WIDTH, "height": 800})
    cells = []
    for who, subscriber in THREE.items():
        source = email({who: as_sent(block, html, subscriber)})
        cells.append(f'<td><p>{escape(who)}</p><iframe srcdoc="{escape(source)}"></iframe></td>')
    page.set_content(READERS.format(cells="".join(cells)))
    page.evaluate(FIT_READERS)
    page.locator("table").screenshot(path=target)


def open_page(browser: Browser, scale: int) -> Page:
    context: BrowserContext = browser.new_context(device_scale_factor=scale)
    serve_images(context)
    return context.new_page()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = executable()
    if path is None:
        sys.exit("The pictures need Chromium: make them with `make screenshots`.")
    with running_chromium(path) as browser:
        sheets, close_up = open_page(browser, 1), open_page(browser, 2)
        styles = EmailStyles.parse(styles_of_email(sheets))
        for block in BLOCKS:
            draw_block(close_up, block, styles, folder / f"{block.name}.png")
            draw_sheet(sheets, block, styles, folder / f"{block.name}-sheet.webp")
            if block.name == OF_READERS:
                draw_readers(close_up, block, styles, folder / f"{block.name}-readers.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
