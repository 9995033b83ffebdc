"""How long a developer waits: from saving a template to its new picture in the editor."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from playwright.sync_api import Page
from support.browser.chromium import executable, running_chromium
from support.servers.processes import copied_project, find_free_ports, running_preview

from benchmarks.load import CannotMeasure, Extent
from benchmarks.report import Figure, at_most

TITLE = "Live reload (plugin-server preview, its editor in Chromium)"
GOAL = 300  # ms
_EDITS = 20
_TEMPLATE = "templates/blocks/creator_profile.html"
_PLACE = "{{ email.heading(styles, name"
# The second frame begins when the first one with the new words has been drawn.
_LISTEN = """words => {
  const email = document.querySelector("iframe[data-view=desktop]").contentDocument;
  globalThis.shown = new Promise((done) => {
    const observer = new MutationObserver(() => {
      if (!email.body.innerText.includes(words)) return;
      observer.disconnect();
      requestAnimationFrame(() => requestAnimationFrame(() => done(Date.now())));
    });
    observer.observe(email, { childList: true, subtree: true, characterData: true });
  });
}"""


def figures(_: Extent) -> Iterator[Figure]:
    """Yield the time of several edits of a template, with the block alone in the email."""
    path = executable()
    if path is None:
        raise CannotMeasure("there is no Chromium")
    with TemporaryDirectory() as name:
        folder = copied_project(Path(name))
        command = [sys.executable, "-m", "plugin_server.cli"]
        with (
            running_preview(folder, find_free_ports(2), command=command) as preview,
            running_chromium(path) as chromium,
        ):
            page = chromium.new_page(viewport={"width": 1440, "height": 900})
            _insert(page, preview.sandbox)
            times = [_edit(page, folder / _TEMPLATE, number) for number in range(_EDITS)]
    yield at_most(
        f"edit of a template to its picture, median of {_EDITS}", median(times), GOAL, "ms"
    )
    yield Figure("  90th percentile", f"{quantiles(times, n=10)[-1]:.0f} ms")


def _insert(page: Page, sandbox: str) -> None:
    page.goto(f"{sandbox}/apps/1/install")
    page.get_by_test_id("kit-approve").click()
    page.get_by_test_id("allow").click()
    page.goto(f"{sandbox}/editor")
    page.get_by_test_id("insert-creator profile").click()
    page.locator("#canvas[data-state=ready][data-renders='1']").wait_for()


def _edit(page: Page, template: Path, number: int) -> float:
    """Return the milliseconds until one edit is seen."""
    words = f"Coat {number} of paint"
    text = template.read_text(encoding="utf-8")
    old = _PLACE if number == 0 else f"<p>Coat {number - 1} of paint</p>"
    if old not in text:
        raise CannotMeasure(f"{_TEMPLATE} has changed: it has no {old}")
    page.evaluate(_LISTEN, words)
    saved = time.time()
    new = f"<p>{words}</p>{_PLACE if number == 0 else ''}"
    template.write_text(text.replace(old, new), encoding="utf-8")
    seen = float(page.evaluate("globalThis.shown"))
    page.wait_for_timeout(500)  # a developer looks before the next edit
    return seen - saved * 1000
