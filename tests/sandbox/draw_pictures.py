"""Draws the sandbox's pictures again: python tests/sandbox/draw_pictures.py

Each ``static/sandbox/pictures/<name>.svg`` becomes ``<name>.png``, because email clients show no
SVG. Run it after a change to one of them. It needs Chromium and Playwright, as the browser tests do.
"""

from pathlib import Path

from playwright.sync_api import sync_playwright

from plugin_server.sandbox.rehearsal.chromium import find_chromium

FOLDER = Path(__file__).parents[2] / "static" / "sandbox" / "pictures"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1200, "height": 630})
        for source in sorted(FOLDER.glob("*.svg")):
            page.goto(source.as_uri())
            page.screenshot(path=source.with_suffix(".png"))
        browser.close()


if __name__ == "__main__":
    main()
