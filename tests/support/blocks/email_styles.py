"""Write the styles that a browser computes for the emails around the blocks, after these changed.

``PYTHONPATH=tests python -m support.blocks.email_styles``; a test fails when that is needed.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from support.browser.chromium import executable, running_chromium
from support.servers.sandbox import running_sandbox

import plugin_server.sandbox.editor
from plugin_server.sandbox.editor.view_options import HOSTS

FILE = Path(plugin_server.sandbox.editor.__file__).with_name("host_styles.json")

_READ = """() => {
  const sides = (name) => ["top", "right", "bottom", "left"].map((side) => `${name}-${side}`);
  const names = ["color", "font-family", "font-size", "font-weight", "letter-spacing",
    "line-height", "text-align", "text-transform", ...sides("margin"), ...sides("padding")];
  const tags = ["p", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "ul", "blockquote", "a"];
  return Object.fromEntries(tags.map((tag) => {
    const style = getComputedStyle(document.querySelector(`#samples ${tag}`));
    return [tag, Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name)]))];
  }));
}"""


def read_styles(page: Page, url: str) -> dict[str, Any]:
    """Return the styles of every email of the sandbox at ``url``, by the email's name."""
    found = {}
    for host in HOSTS:
        page.goto(f"{url}/editor/email?host={host}")
        found[host] = page.evaluate(_READ)
    return found


def main() -> None:
    path = executable()
    assert path, "Install Chromium first."
    with (
        tempfile.TemporaryDirectory() as folder,
        running_sandbox(Path(folder)) as url,
        running_chromium(path) as browser,
    ):
        styles = read_styles(browser.new_page(), url)
    FILE.write_text(json.dumps(styles, indent=1) + "\n")


if __name__ == "__main__":
    main()
