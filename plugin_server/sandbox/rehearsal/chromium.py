"""The creator's part in a real Chromium, for pages that need scripts. Needs Playwright, and a browser.

Only the hosts that the app's fields name are resolved. The redirect to Kit is read from the request that the
browser would send; it never arrives there.
"""

import shutil
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from plugin_server.blocking import before_blocking
from plugin_server.sandbox.rehearsal.calls import Call, Caller
from plugin_server.sandbox.rehearsal.consent import (
    Callback,
    Stuck,
    Visitor,
    place_of,
    require_decision,
)
from plugin_server.sandbox.rehearsal.consent_pages import Decision, is_callback, is_neutral, matches

_NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "chromium-headless-shell",
)
_MOST_STEPS = 15
# Milliseconds: for a page to load or a press to lead somewhere, and between two looks at it.
_LOADING, _LOOK = 30_000, 50
_BUTTONS = "button, input[type=submit], input[type=image], [role=button]"
_LABEL = """e => (e.innerText || e.value || e.getAttribute('aria-label') || e.title || e.name || '')
  .replace(/’/g, "'").replace(/\\s+/g, ' ').trim()"""
_EMPTY = """() => [...document.querySelectorAll('input, select, textarea')]
  .filter(e => e.getClientRects().length && !e.value && (e.required || e.type === 'password'))
  .map(e => e.name || e.id || e.type)"""
_TYPED = "input:not([type=hidden], [type=submit], [type=button], [type=image]), textarea"


def find_chromium(given: str = "") -> str:
    """Return the path of a browser that can be driven, ``""`` when it or Playwright is missing."""
    if find_spec("playwright") is None:
        return ""
    return given or next(filter(None, map(shutil.which, _NAMES)), "")


class Chromium:
    """A creator's browser; it starts with its first page. Used and closed in one thread."""

    automatic = True

    def __init__(
        self, executable: str, caller: Caller, sandbox_url: str, hosts: Sequence[str]
    ) -> None:
        """Take the browser's path, what records requests, the sandbox, and the hosts to be resolved."""
        self._executable, self._caller = executable, caller
        self._sandbox_url, self._hosts = sandbox_url, hosts
        self._close: Callable[[], None] = lambda: None
        self._failure: type[Exception] = Exception
        self._browser: Any = None
        self._contexts: dict[str, Any] = {}

    def go(
        self, url: str, redirect_uri: str, visitor: Visitor, decision: Decision = "allow"
    ) -> Callback:
        """See ``Person``."""
        before_blocking()
        page = self._context(visitor).new_page()
        found: list[str] = []

        def look(request: Any) -> None:
            if request.is_navigation_request() and is_callback(request.url, redirect_uri):
                found.append(request.url)

        page.on("request", look)
        try:
            self._open(page, url, found)
            has_decided = False
            for _ in range(_MOST_STEPS):
                if found:
                    callback = self._came_back(url, found[0])
                    return require_decision(callback, decision, has_decided)
                has_decided |= self._press(page, visitor, decision, found)
            raise Stuck(f"{_MOST_STEPS} pages did not lead back to Kit", self._record(url, "stuck"))
        finally:
            page.close()

    def close(self) -> None:
        """See ``Person``; the second time, there is nothing to close."""
        stop, self._close = self._close, lambda: None
        stop()

    def _context(self, visitor: Visitor) -> Any:
        if self._browser is None:
            playwright = import_module("playwright.sync_api")
            self._failure = playwright.Error
            running = playwright.sync_playwright().start()
            known = "".join(f", EXCLUDE {host}" for host in dict.fromkeys(self._hosts))
            self._browser = running.chromium.launch(
                executable_path=self._executable,
                args=["--disable-gpu", f"--host-resolver-rules=MAP * ~NOTFOUND{known}"],
            )

            def close() -> None:
                self._browser.close()
                running.stop()

            self._close = close
        if visitor.browser not in self._contexts:
            context = self._browser.new_context()
            # Playwright's own limit is half a minute for each step.
            context.set_default_timeout(_LOADING)
            account = {"account": str(visitor.account)}
            context.request.post(f"{self._sandbox_url}/session", form=account, max_redirects=0)
            self._contexts[visitor.browser] = context
        return self._contexts[visitor.browser]

    def _open(self, page: Any, url: str, found: list[str]) -> None:
        try:
            response = page.goto(url)
        except self._failure as failure:
            if not found:
                reason = str(failure).splitlines()[0]
                raise Stuck(
                    f"Chromium cannot open {place_of(url)}", self._record(url, reason)
                ) from None
            return
        if response is not None and response.status >= 400 and not found:
            call = self._record(url, f"a page with status {response.status}: {page.title()}")
            raise Stuck(f"The creator sees a page with status {response.status}", call)

    def _press(self, page: Any, visitor: Visitor, decision: Decision, found: list[str]) -> bool:
        """Press the page's button, and return whether it allows or declines as requested."""
        for name, value in visitor.fill.items():
            field = page.query_selector(f'[name="{name}"]')
            if field is not None and field.is_visible():
                field.fill(value)
        for box in page.query_selector_all("input[type=checkbox]:required"):
            box.check()
        button = self._button(page, decision)
        where = place_of(page.url)
        if button is None:
            verb = "allow" if decision == "allow" else "decline"
            call = self._record(page.url, f"the page “{page.title()}”")
            reason = f"The page at {where} has no button or link by which to {verb}"
            raise Stuck(reason, call, needs_person=True)
        if missing := page.evaluate(_EMPTY):
            call = self._record(page.url, f"the page “{page.title()}”")
            reason = (
                f"The page at {where} needs values for {', '.join(missing)}: give them by --fill"
            )
            raise Stuck(reason, call, needs_person=True)
        label, before = button.evaluate(_LABEL), page.content()
        button.click(no_wait_after=True)
        for _ in range(_LOADING // _LOOK):
            page.wait_for_timeout(_LOOK)
            if found or self._has_changed(page, before):
                return matches(label, decision)
        call = self._record(page.url, f"the page “{page.title()}”")
        raise Stuck(f"Pressing “{label}” at {where} leads nowhere", call)

    def _has_changed(self, page: Any, before: str) -> bool:
        try:
            page.wait_for_load_state()
            return bool(page.content() != before)
        except self._failure:  # between two pages
            return False

    def _button(self, page: Any, decision: Decision) -> Any:
        buttons = _labelled(page, _BUTTONS)
        every = [*buttons, *_labelled(page, "a[href]")]
        chosen = next((each for label, each in every if matches(label, decision)), None)
        if chosen is None and decision == "deny" and page.query_selector(_TYPED):
            return next((each for label, each in buttons if matches(label, "allow")), None)
        neutral = [each for label, each in buttons if is_neutral(label)]
        if chosen is None and decision == "allow" and len(neutral) == 1:
            return neutral[0]
        return chosen

    def _came_back(self, url: str, to: str) -> Callback:
        callback = Callback.of(to)
        self._caller.redaction.add_members(callback.parameters)
        self._record(url, f"Chromium was sent back to {to}")
        return callback

    def _record(self, url: str, what: str) -> Call:
        call = Call(url=url, request_json={}, kind="token", problem=what, method="GET")
        return self._caller.record(call)


def _labelled(page: Any, selector: str) -> list[tuple[str, Any]]:
    every = [each for each in page.query_selector_all(selector) if each.is_visible()]
    return [(each.evaluate(_LABEL), each) for each in every if each.is_enabled()]
