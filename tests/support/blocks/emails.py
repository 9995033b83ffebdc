"""Emails with blocks in them, as readers see them: on screens, in dark mode, without images."""

import re
from collections.abc import Callable, Iterable, Mapping
from html import escape
from pathlib import Path
from zlib import crc32

from playwright.sync_api import BrowserContext, Page, Route
from support.blocks.readers import as_sent

from plugin_server.examples.block_examples import Example
from plugin_server.rendering.email_styles import ELEMENTS, INHERITED, EmailStyles
from plugin_server.resources.paths import STATIC

# Widths of screens. The email leaves 20 px on both sides, so that blocks get 600, 335 and 280.
DESKTOP, PHONE, SMALL_PHONE = 640, 375, 320

IMAGES = "https://images.example.com/"
_NO_IMAGES = "https://no-images.example.com/"
_PICTURES = STATIC / "sandbox" / "pictures"
_PORTRAIT = "lighthouse"  # of the sample account's creator
_HOST = (Path(__file__).parent / "host_email.html").read_text("utf-8")
_PLACE = "<!-- blocks -->"
_INVERTED = """<style>
  html { background: #fff; filter: invert(1) hue-rotate(180deg); }
  img { filter: invert(1) hue-rotate(180deg); }
</style>"""


def email(blocks: Mapping[str, str]) -> str:
    """Return an email with finished blocks in it, each in an element with its name."""
    places = (
        f'<div data-example="{escape(name)}">{html}</div>\n      ' for name, html in blocks.items()
    )
    before, after = _HOST.split(_PLACE)
    return before + "".join(places) + after


def email_of(found: Iterable[Example], styles: EmailStyles) -> str:
    """Return an email with examples of blocks; dynamic ones as a subscriber gets them who has all data."""
    return email({each.name: as_sent(each.block, each.render(styles)) for each in found})


def inverted(html: str) -> str:
    """Return an email in forced dark mode: lightness inverted, hues and images unchanged.

    No app does exactly this; Gmail on iPhones and Outlook for Windows come close.
    """
    return html.replace("</head>", _INVERTED + "</head>")


def without_images(html: str) -> str:
    """Return an email whose images do not load."""
    return html.replace(IMAGES, _NO_IMAGES)


def without_style(html: str) -> str:
    """Return an email without the style elements of its blocks, which Gmail drops."""
    head, body = html.split("<body>")
    return head + "<body>" + re.sub(r"<style>.*?</style>", "", body, flags=re.DOTALL)


VIEWS: Mapping[str, Callable[[str], str]] = {
    "as sent": lambda html: html,
    "style dropped": without_style,
    "images off": without_images,
}


def styles_of_email(page: Page) -> Mapping[str, Mapping[str, str]]:
    """Return the computed styles of the email without blocks, as Kit's editor sends them."""
    page.set_viewport_size({"width": DESKTOP, "height": 800})
    page.set_content(email({}))
    styles: Mapping[str, Mapping[str, str]] = page.evaluate(
        """([elements, properties]) => Object.fromEntries(elements.map((name) => {
          const element = document.createElement(name);
          document.querySelector("main").append(element);
          const style = getComputedStyle(element);
          const pairs = properties.map((each) => [each, style.getPropertyValue(each)]);
          element.remove();
          return [name, Object.fromEntries(pairs)];
        }))""",
        [sorted(ELEMENTS), sorted(INHERITED)],
    )
    return styles


def serve_images(context: BrowserContext) -> None:
    """Respond to the URLs of the examples' pictures with the sandbox's; abort all other requests."""
    pictures = sorted(_PICTURES.glob("*.svg"))

    def respond(route: Route) -> None:
        if not route.request.url.startswith(IMAGES):
            route.abort()
            return
        name = route.request.url.removeprefix(IMAGES).removesuffix(".png")
        if name == _PORTRAIT:
            svg = _square((_PICTURES / f"{name}.svg").read_text("utf-8"))
        else:
            svg = pictures[crc32(name.encode()) % len(pictures)].read_text("utf-8")
        route.fulfill(body=svg, content_type="image/svg+xml")

    context.route(re.compile("^https?:"), respond)


def _square(svg: str) -> str:
    """Return a picture cropped to a square portrait."""
    wide = 'viewBox="0 0 1200 630" width="1200" height="630"'
    return svg.replace(wide, 'viewBox="450 0 630 630" width="630" height="630"')
