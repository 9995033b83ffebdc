"""A real Chromium, one for all tests."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from plugin_server.sandbox.rehearsal.chromium import find_chromium

# What no test uses, and each page would pay for: the pages of the address bar, and a renderer to spare.
_UNUSED = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess"]
# Playwright switches these off by the same option, of which the last one counts.
_PLAYWRIGHTS = [
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect"),
    *("OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--disable-features={','.join(_UNUSED + _PLAYWRIGHTS)}",
]


def executable() -> str | None:
    """Return the browser's path; ``None`` where there is none."""
    return os.environ.get("CHROMIUM") or find_chromium() or None


@contextmanager
def running_chromium(path: str) -> Iterator[Browser]:
    """Run the browser until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = executable()
    if path is None:
        pytest.fail("The browser tests need Chromium: run them with `make test`.")
    # As long as Playwright waits before it acts: a machine that runs many tests is slow at times.
    expect.set_options(timeout=30_000)
    with running_chromium(path) as browser:
        yield browser
