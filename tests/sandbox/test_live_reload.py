"""Live reload: published events reach every page, also one that was disconnected."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page
from support.browser.live_reload import listening
from support.servers.sandbox import running_sandbox

BROKEN = {"file": "templates/blocks/quote.html", "line": 7, "text": "unexpected '}'"}
HEARD = {**BROKEN, "all": [["templates/blocks/quote.html, line 7", BROKEN["text"]]]}
CHANGED = {"files": ["templates/blocks/quote.html"]}
LISTEN = """
() => import("/static/live.js").then(({ watch }) => {
  globalThis.heard = [];
  const hear = (name) => (news) => heard.push([name, news.files ?? news.file ?? null]);
  const alive = () => (globalThis.listens = true);
  watch({ alive, changed: hear("changed"), broken: hear("broken"), fixed: hear("fixed") });
})
"""


def base_url(browser: httpx2.Client) -> str:
    return str(browser.base_url).rstrip("/")


def publish(browser: httpx2.Client, news: Any) -> int:
    return browser.post("/live", json=news).status_code


def test_everyone_who_listens_hears_of_a_change(browser: httpx2.Client, clock: Any) -> None:
    with listening(base_url(browser)) as one, listening(base_url(browser)) as other:
        assert publish(browser, CHANGED) == 204
        for listener in (one, other):
            name, news = listener.hear()
            assert (name, news.pop("version") != "") == ("changed", True)
            assert news == {**CHANGED, "at": clock() * 1000}


def test_what_is_broken_while_all_else_works_is_shown_with_the_change(
    browser: httpx2.Client,
) -> None:
    other = {"file": "quote.py", "line": None, "text": "No module named 'that'"}
    with listening(base_url(browser)) as early:
        publish(browser, {**CHANGED, "errors": [BROKEN, other]})
        assert early.hear()[0] == "changed"
        places = [
            ["templates/blocks/quote.html, line 7", BROKEN["text"]],
            ["quote.py", other["text"]],
        ]
        assert early.hear() == ("broken", {**BROKEN, "all": places})
        publish(browser, {**CHANGED, "errors": [other]})
        assert early.hear()[0] == "changed"
        assert early.hear() == ("broken", {**other, "all": places[1:]})
        publish(browser, CHANGED)
        assert [early.hear()[0], early.hear()[0]] == ["fixed", "changed"]


def test_a_page_that_was_away_hears_the_change_and_what_is_broken(browser: httpx2.Client) -> None:
    with listening(base_url(browser)) as page:
        pass
    publish(browser, {**CHANGED, "errors": [BROKEN]})
    with listening(base_url(browser), page.last) as page:
        assert [page.hear()[0], page.hear()[0]] == ["changed", "broken"]


def test_a_change_says_whether_the_editor_needs_another_page(
    browser: httpx2.Client, record: dict[str, Any]
) -> None:
    versions = []
    with listening(base_url(browser)) as page:
        for name, file in (
            *(("Post", "post.html"), ("Post", "post.html")),
            *(("Letter", "post.py"), ("Letter", "typical.json"), ("Letter", "post.html")),
        ):
            record["plugins"][0]["name"] = name
            browser.put("/dashboard/app.json", json=record)
            publish(browser, {"files": [file]})
            versions.append(page.wait_for("changed")["version"])
    assert versions[0] == versions[1]
    assert versions[3] == versions[4]
    assert len(set(versions)) == 3


def test_an_error_is_reported_until_it_is_fixed(browser: httpx2.Client) -> None:
    with listening(base_url(browser)) as early:
        publish(browser, BROKEN)
        assert early.hear() == ("broken", HEARD)
        with listening(base_url(browser)) as late:
            assert late.hear() == ("broken", HEARD)
            publish(browser, CHANGED)
            assert [late.hear()[0], late.hear()[0]] == ["fixed", "changed"]
        publish(browser, CHANGED)
        assert [early.hear()[0] for _ in range(3)] == ["fixed", "changed", "changed"]
    with listening(base_url(browser)) as last:
        publish(browser, BROKEN)
        assert last.hear() == ("broken", HEARD)


def test_a_page_that_was_away_hears_what_it_missed(browser: httpx2.Client) -> None:
    with listening(base_url(browser)) as page:
        pass
    publish(browser, CHANGED)
    with listening(base_url(browser), page.last) as page:
        assert [page.hear()[0], page.hear()[0]] == ["fixed", "changed"]
    with listening(base_url(browser), page.last) as page:
        publish(browser, BROKEN)
        assert page.hear()[0] == "broken", "it had missed nothing"


def test_a_page_of_an_earlier_process_hears_that_it_missed_something(
    browser: httpx2.Client,
) -> None:
    with listening(base_url(browser), "another-0") as page:
        assert [page.hear()[0], page.hear()[0]] == ["fixed", "changed"]


def test_the_oldest_of_too_many_listeners_is_let_go(browser: httpx2.Client) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(listening(base_url(browser)))
        for _ in range(24):
            newest = stack.enter_context(listening(base_url(browser)))
        with pytest.raises(StopIteration):
            first.hear()
        publish(browser, CHANGED)
        assert newest.hear()[0] == "changed"


@pytest.mark.parametrize(
    "news",
    [
        [],
        {},
        {"files": "x"},
        {"file": "x", "line": "7"},
        "x",
        {"errors": []},
        {"errors": [{"line": 1}]},
        {"errors": ["x"]},
    ],
)
def test_refuses_news_of_another_shape(browser: httpx2.Client, news: Any) -> None:
    assert publish(browser, news) == 400


class TestInAPage:
    @pytest.fixture
    def page(self, chromium: Browser, browser: httpx2.Client) -> Iterator[Page]:
        context = chromium.new_context(base_url=str(browser.base_url))
        page = context.new_page()
        page.goto("/drafts")
        page.evaluate(LISTEN)
        # Before it has heard anything, nothing can be missed.
        page.wait_for_function("() => globalThis.listens")
        yield page
        context.close()

    def wait_for(self, page: Page, *names: str) -> None:
        page.wait_for_function(
            "names => heard.map(([name]) => name).join() === names", arg=",".join(names)
        )

    def test_a_script_hears_everything_in_order(self, page: Page, browser: httpx2.Client) -> None:
        for news in (CHANGED, BROKEN, CHANGED):
            publish(browser, news)
        self.wait_for(page, "changed", "broken", "fixed", "changed")
        assert page.evaluate("heard[0]") == ["changed", CHANGED["files"]]
        assert page.evaluate("heard[1]") == ["broken", BROKEN["file"]]

    def test_a_hidden_page_listens_again_when_it_is_shown(
        self, page: Page, browser: httpx2.Client
    ) -> None:
        show = """hidden => {
          Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
        page.evaluate(show, True)
        publish(browser, CHANGED)
        page.evaluate(show, False)
        self.wait_for(page, "fixed", "changed")


@pytest.fixture
def kept_port() -> Iterator[int]:
    """A port that nobody else is given while a server is away: a socket is bound to it, and deaf."""
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", 0))
        yield keeper.getsockname()[1]


def test_a_script_comes_back_when_the_sandbox_was_away(
    chromium: Browser, tmp_path: Path, kept_port: int
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    with running_sandbox(tmp_path, port=kept_port) as url:
        page.goto(f"{url}/drafts")
        page.evaluate(LISTEN)
        page.wait_for_function("() => globalThis.listens")
    with running_sandbox(tmp_path, port=kept_port) as url:
        page.wait_for_function("() => heard.length === 2")
        httpx2.post(f"{url}/live", json=BROKEN)
        page.wait_for_function("() => heard.length === 3")
        names = page.evaluate("heard.map(([name]) => name)")
    context.close()
    assert names == ["fixed", "changed", "broken"]
