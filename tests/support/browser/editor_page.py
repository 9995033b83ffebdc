"""What a creator does on the sandbox's editor page, in one word each."""

import json
from typing import Any

from playwright.sync_api import FrameLocator, Locator, Page, expect

OPTIONS = [{"label": f"Letter {number}", "value": f"p{number}"} for number in range(1, 6)]


def respond_with_letters(foreign: Any) -> None:
    """Let a foreign app have letters to choose from, and show its settings in its blocks."""

    def search(request: dict[str, Any]) -> tuple[int, Any]:
        typed = request["body"]["search"]
        return 200, {"data": [o for o in OPTIONS if typed in o["label"] or typed == o["value"]]}

    def html(request: dict[str, Any]) -> tuple[int, Any]:
        text = json.dumps(request["body"]["settings"], sort_keys=True)
        return 200, {"code": 200, "html": f"<p class='shown'>{text}</p>"}

    foreign.responses |= {"/search": search, "/related": search, "/html": html}


def insert(page: Page) -> None:
    """Insert a block, which then waits for its required setting."""
    page.get_by_test_id("insert-post").click()
    expect(page.locator("#canvas")).to_have_attribute("data-state", "incomplete")


def choose(page: Page, number: int) -> None:
    """Choose a letter for the block in the sidebar."""
    page.get_by_role("combobox", name="Post").click()
    page.get_by_role("option", name=f"Letter {number}").click()


def wait(page: Page, state: str, renders: int) -> None:
    """Wait until so many responses have been shown and the canvas is in a state."""
    canvas = page.locator("#canvas")
    expect(canvas).to_have_attribute("data-renders", str(renders))
    expect(canvas).to_have_attribute("data-state", state)


def insert_letter(page: Page, number: int, renders: int = 1) -> None:
    """Insert a block with a letter, and wait for it as the given response."""
    insert(page)
    choose(page, number)
    wait(page, "ready", renders)


def view(page: Page, name: str = "desktop") -> FrameLocator:
    """Return one of the two views of the email."""
    return page.frame_locator(f"iframe[data-view={name}]")


def shown(page: Page, name: str = "desktop") -> Locator:
    """Return what the blocks show."""
    return view(page, name).locator(".shown")


def switch(page: Page, label: str) -> None:
    """Press one of the switches for what mail clients do."""
    page.get_by_role("checkbox", name=label).press("Space")
