"""What Chromium makes of HTML inside an email, beside what the lint says of it."""

import pytest
from playwright.sync_api import Browser, Page
from support.blocks.markup import BROKEN, SOUND

OUTSIDE = """() => {
  const [first, second] = [document.querySelector("#w"), document.querySelector("#after")];
  return {
    follows: Boolean(first && second && first.nextSibling === second && second.textContent === "after"),
    html: first ? first.innerHTML : null,
  };
}"""


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Page:
    return chromium.new_context(java_script_enabled=True).new_page()


def in_an_email(page: Page, html: str) -> tuple[bool, str | None]:
    """Return whether what stands after a block is still after it, and what the block became."""
    # As a file: Playwright's set_content would write into an open document, which is another thing.
    page.route(
        "http://email.example/",
        lambda route: route.fulfill(
            content_type="text/html; charset=utf-8",
            body=f'<!doctype html><div id="w">{html}</div><div id="after">after</div>',
        ),
    )
    page.goto("http://email.example/")
    found = page.evaluate(OUTSIDE)
    page.unroute("http://email.example/")
    return found["follows"], found["html"]


@pytest.mark.parametrize("html", BROKEN)
def test_what_is_an_error_reaches_out_or_becomes_something_else(page: Page, html: str) -> None:
    follows, became = in_an_email(page, html)
    assert not follows or became != html


@pytest.mark.parametrize(("html", "becomes"), SOUND.items())
def test_what_is_not_an_error_stays_in_its_place(
    page: Page, html: str, becomes: str | None
) -> None:
    assert in_an_email(page, html) == (True, html if becomes is None else becomes)
