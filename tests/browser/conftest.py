"""Browser profiles."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext


@pytest.fixture
def open_browser(chromium: Browser) -> Iterator[Callable[[], BrowserContext]]:
    """A function that returns a fresh browser profile."""
    contexts: list[BrowserContext] = []

    def open_() -> BrowserContext:
        contexts.append(chromium.new_context(viewport={"width": 1440, "height": 1000}))
        return contexts[-1]

    yield open_
    for each in contexts:
        each.close()
