"""Draws the icons of Kit's element menu again: python tests/blocks/draw_icons.py

Each ``tests/blocks/icons/<block>.svg`` becomes ``static/icons/<block>.png``, 150×120, because Kit
takes no SVG in color; those of one color in ``static/icons`` are drawings of their own. Run it
after a change to one of them. It needs Chromium and Playwright, as the browser tests do.
"""

from pathlib import Path

from playwright.sync_api import sync_playwright

from plugin_server.sandbox.rehearsal.chromium import find_chromium

DRAWINGS = Path(__file__).parent / "icons"
ICONS = Path(__file__).parents[2] / "static" / "icons"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 150, "height": 120})
        for source in sorted(DRAWINGS.glob("*.svg")):
            page.goto(source.as_uri())
            page.screenshot(path=ICONS / f"{source.stem}.png")
        browser.close()


if __name__ == "__main__":
    main()
