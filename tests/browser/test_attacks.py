"""Finished blocks full of attacks, in a real browser: nothing runs, nothing is fetched but pictures."""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route
from support.blocks import attacks
from support.blocks.emails import IMAGES
from support.blocks.readers import all_sent
from support.blocks.served import find

from plugin_server.errors import ContentError

CORPUS = json.loads((Path(__file__).parents[1] / "corpus" / "attacks.json").read_text("utf-8"))
PAYLOADS = [payload for group in CORPUS.values() for payload in group]
ADDRESSES = [payload for payload in PAYLOADS if payload.lower().startswith("http")]
TEXTS = [payload for payload in PAYLOADS if payload not in ADDRESSES]

# How much of it goes on one page.
_BLOCKS = 300
_PICTURE = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00"
    b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
_ADDRESSES_OF_PICTURES = "[...document.images].map((image) => image.src.split('#')[0])"
# Does to every element what a reader could, so that any handler would run; returns what is there
# that should not be. Each block has a box of its own, and must be the only thing in it.
_PROVOKE = """() => {
  const found = [];
  const events = ["mouseover", "mouseenter", "focus", "load", "error", "toggle", "wheel",
                  "animationstart", "transitionend", "pointerdown", "keydown"];
  addEventListener("click", (event) => event.preventDefault(), true);
  for (const box of document.querySelectorAll("[data-case]")) {
    const broken = box.children.length !== 1 || box.parentNode !== document.body;
    if (broken) found.push(`${box.dataset.case}: not one element in its place`);
    for (const element of box.querySelectorAll("*")) {
      if (!(element instanceof HTMLElement) || element.matches(
        "script,iframe,object,embed,form,input,button,link,meta,base,video,audio,template,style ~ style"
      )) found.push(`${box.dataset.case}: ${element.nodeName}`);
      for (const { name } of element.attributes)
        if (name.startsWith("on")) found.push(`${box.dataset.case}: ${name}`);
      for (const name of events) element.dispatchEvent(new Event(name));
      if (element.nodeName === "A") element.click();
    }
  }
  return found;
}"""


class Observer:
    """A page on which everything that a hostile block could do is noticed."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seen: list[str] = []
        self.pictures: set[str] = set()
        page.expose_function("__hit", lambda *_: self.seen.append("a script"))
        page.add_init_script("for (const n of ['alert', 'confirm', 'prompt']) window[n] = __hit;")
        page.on("dialog", lambda dialog: (self.seen.append("a dialog"), dialog.dismiss()))
        page.on("pageerror", lambda error: self.seen.append(f"an error: {error}"))
        page.on("console", lambda message: self.seen.append(f"console: {message.text}"))
        page.on("popup", lambda _: self.seen.append("a window"))
        page.on("frameattached", lambda _: self.seen.append("a frame"))
        page.on("download", lambda _: self.seen.append("a download"))
        page.on("worker", lambda _: self.seen.append("a worker"))
        page.context.route("**/*", self._fulfill)

    def _fulfill(self, route: Route) -> None:
        if route.request.resource_type == "image":
            self.pictures.add(route.request.url)
            route.fulfill(body=_PICTURE, content_type="image/gif")
        else:
            self.seen.append(f"a request: {route.request.resource_type} {route.request.url}")
            route.abort()

    def show(self, blocks: list[str]) -> list[str]:
        """Show blocks, provoke them, and return what was noticed."""
        self.seen.clear()
        self.pictures.clear()
        boxes = "".join(f"<div data-case={n}>{html}</div>" for n, html in enumerate(blocks))
        self.page.set_content(f"<!DOCTYPE html><meta charset=utf-8><body>{boxes}</body>")
        found = self.page.evaluate(_PROVOKE)
        # As long as Playwright waits for an idle network, which after set_content may never come.
        self.page.evaluate("() => new Promise((done) => setTimeout(done, 500))")
        return [*found, *self.seen]


@pytest.fixture
def observer(chromium: Browser) -> Iterator[Observer]:
    context = chromium.new_context()
    # Thousands of blocks, on machines that may be slow.
    context.set_default_timeout(120_000)
    yield Observer(context.new_page())
    context.close()


def finished(payloads: Iterable[str], *ways: str) -> Iterator[str]:
    """Yield each different block that payloads lead to, by ways in whose names begin like these.

    Settings are not tried one by one: "everything at once" holds them all. Of a dynamic block, this is what
    subscribers get, one of whom then has the payload in each field.
    """
    seen: set[str | tuple[str, str | None]] = set()
    for payload in payloads:
        for case in attacks.from_accounts(payload):
            if case.field.startswith(ways):
                with suppress(ContentError):
                    of = payload if case.field == "everything at once" else None
                    template = case.run()
                    if (template, of) in seen:
                        continue
                    seen.add((template, of))
                    for html in all_sent(find(case.block), template, of):
                        if html not in seen:
                            yield html
                        seen.add(html)


def pages(blocks: Iterator[Any]) -> Iterator[list[Any]]:
    while page := list(islice(blocks, _BLOCKS)):
        yield page


def test_texts_and_styles_do_nothing_in_a_browser(observer: Observer) -> None:
    for blocks in pages(finished(TEXTS, "everything at once", "account's openings")):
        assert observer.show(blocks) == []
        assert {url[: len(IMAGES)] for url in observer.pictures} == {IMAGES}


def test_urls_do_nothing_in_a_browser(observer: Observer) -> None:
    """Here pictures may be anywhere: Kit or the creator says where they are."""
    of_account = ("account's URLs", "account's ends of URLs", "account's escaped ends of URLs")
    ends = finished(TEXTS, *of_account)
    whole = finished(ADDRESSES, "everything at once", *of_account)

    for blocks in pages(chain(ends, whole)):
        assert observer.show(blocks) == []
        assert observer.pictures <= set(observer.page.evaluate(_ADDRESSES_OF_PICTURES))


@pytest.mark.parametrize(
    "bad",
    [
        "<img src=x onerror=alert(1)>",
        "<p onmouseover=alert(1)>x</p>",
        "<script>alert(1)</script>",
        "<iframe></iframe>",
        "<svg></svg>",
        "<p style='background:url(//x.example/a)'>x</p><p>y</p>",
        "<link rel=stylesheet href=https://x.example/a>",
        "<style>@import 'https://x.example/a';</style>",
        "</div><p>",
    ],
)
def test_the_observer_sees_what_it_is_for(observer: Observer, bad: str) -> None:
    assert observer.show([bad]) != []
