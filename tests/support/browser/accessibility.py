"""What axe finds on a page, with no more of its work than a test needs: a run is as much as opening one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

Scheme = Literal["light", "dark"]

# All that differs between the light and the dark theme of our pages are colors, which these rules judge.
_OF_COLORS = ["color-contrast", "link-in-text-block"]
# Axe itself cannot look into frames without scripts, for which it would wait.
_OPTIONS = {"resultTypes": ["violations"], "iframes": False}
_RUN = """async ([context, options]) => {
  const { violations } = await axe.run(context, options);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => [id, html.slice(0, 200), failureSummary]));
}"""


def violations(
    page: Page, *, context: str = "html", rules: list[str] | None = None
) -> list[list[str]]:
    """Return what axe finds: of each element the rule, its HTML and what to fix.

    Args:
        page: what is judged, without its frames.
        context: a selector of the part that is judged.
        rules: names of axe's rules; all by default.
    """
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(AXE_SCRIPT)
    options = {**_OPTIONS, "runOnly": rules} if rules else _OPTIONS
    found: list[list[str]] = page.evaluate(_RUN, [context, options])
    return found


def violations_in_both_themes(page: Page, *, context: str = "html") -> dict[Scheme, Any]:
    """Return what axe finds in each theme where there is something; the page is left in the light one."""
    with theme(page, "dark"):
        dark = violations(page, context=context, rules=_OF_COLORS)
    found: dict[Scheme, Any] = {"light": violations(page, context=context), "dark": dark}
    return {scheme: each for scheme, each in found.items() if each}


@contextmanager
def theme(page: Page, scheme: Scheme) -> Iterator[None]:
    """Show a page in a theme while the block runs, and in the light one afterwards."""
    page.emulate_media(color_scheme=scheme)
    try:
        yield
    finally:
        page.emulate_media(color_scheme="light")
