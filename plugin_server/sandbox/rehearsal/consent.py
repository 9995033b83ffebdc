"""What a creator does when Kit sends the browser to an app: signs in, and allows the connection.

By plain HTTP, where the pages need no scripts. ``chromium.py`` and ``by_hand.py`` do the same in other ways.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2

from plugin_server.blocking import before_blocking
from plugin_server.sandbox.rehearsal.calls import Call, Caller, why_silent
from plugin_server.sandbox.rehearsal.consent_pages import Decision, Press, find_press, is_callback
from plugin_server.sandbox.urls import origin_of

_MOST_STEPS = 30


@dataclass(frozen=True)
class Callback:
    """Where the app sent the browser back to: the redirect URI, with these parameters in its query."""

    url: str
    parameters: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, url: str) -> "Callback":
        """Read the URL."""
        return cls(url, dict(parse_qsl(urlsplit(url).query, keep_blank_values=True)))


class Stuck(Exception):
    """The browser did not come back; the text says why, and ``call`` is the last response.

    ``needs_person``: whether a person in a real browser could go on.
    """

    def __init__(
        self, reason: str, call: Call | None = None, *, needs_person: bool = False
    ) -> None:
        """Take the reason, a sentence without its full stop."""
        self.call, self.needs_person = call, needs_person
        super().__init__(reason)

    @property
    def is_crash(self) -> bool:
        """Whether the last response was an error of the app's server."""
        return self.call is not None and (self.call.status or 0) >= 500


@dataclass(frozen=True)
class Visitor:
    """A creator in a browser: ``browser`` names its cookies, ``account`` is that at the sandbox.

    ``fill`` are values for the fields of the app's own pages; ``advice`` is for a person who does it.
    """

    browser: str
    account: int
    fill: Mapping[str, str] = field(default_factory=dict, repr=False)
    advice: str = ""


class Person(Protocol):
    """Goes through an app's pages."""

    # Whether nobody has to be there.
    automatic: bool

    def go(
        self, url: str, redirect_uri: str, visitor: Visitor, decision: Decision = "allow"
    ) -> Callback:
        """Open an authorization URL, and return where the browser is sent back to.

        Raises:
            Stuck: it was not sent back.
        """

    def close(self) -> None:
        """Close the browsers."""


@dataclass
class HttpPerson:
    """Follows redirects and presses buttons without a browser.

    Attributes:
        caller: records what is requested.
        sandbox_url: where creators sign in to Kit.
        may_visit: whether a URL may be requested.
    """

    caller: Caller
    sandbox_url: str
    may_visit: Callable[[str], bool]
    automatic: bool = True
    _browsers: dict[str, httpx2.Client] = field(default_factory=dict)

    def go(
        self, url: str, redirect_uri: str, visitor: Visitor, decision: Decision = "allow"
    ) -> Callback:
        """See ``Person``."""
        browser = self._browser(visitor)
        call, has_decided = self._request(browser, "GET", url), False
        for _ in range(_MOST_STEPS):
            if call.status is None:
                raise Stuck(f"Nothing came back from {place_of(call.url)}: {call.problem}", call)
            if 300 <= call.status < 400 and call.header("Location"):
                target = urljoin(call.url, call.header("Location"))
                if is_callback(target, redirect_uri):
                    return require_decision(Callback.of(target), decision, has_decided)
                method, fields = "GET", None
            else:
                press = self._pressed(call, visitor, decision)
                has_decided |= press.decides
                target, method = press.url, press.method
                fields = press.fields if method == "POST" else None
            if not self.may_visit(target):
                raise Stuck(
                    f"The app sends the browser to {place_of(target)}, which none of its fields names",
                    call,
                    needs_person=True,
                )
            call = self._request(browser, method, target, fields)
        raise Stuck(f"The browser was redirected {_MOST_STEPS} times", call)

    def close(self) -> None:
        """See ``Person``."""
        for browser in self._browsers.values():
            browser.close()

    def _pressed(self, call: Call, visitor: Visitor, decision: Decision) -> Press:
        """Return what pressing the page's button requests, with its whole URL."""
        if call.status is not None and call.status >= 400:
            raise Stuck(f"The creator sees a page with status {call.status}", call)
        if "html" not in call.header("Content-Type"):
            raise Stuck("The creator sees something that is not a page", call)
        press = find_press(call.response_body.decode("utf-8", "replace"), decision, visitor.fill)
        if press is None:
            verb = "allow" if decision == "allow" else "decline"
            reason = f"The page at {place_of(call.url)} has no button or link by which to {verb}"
            raise Stuck(reason, call, needs_person=True)
        if press.missing:
            names = ", ".join(press.missing)
            reason = (
                f"The page at {place_of(call.url)} needs values for {names}: give them by --fill"
            )
            raise Stuck(reason, call, needs_person=True)
        target = urljoin(call.url, press.url or call.url)
        if press.method == "GET" and press.fields:
            target = str(httpx2.URL(target).copy_merge_params(press.fields))
        return replace(press, url=target)

    def _browser(self, visitor: Visitor) -> httpx2.Client:
        if visitor.browser not in self._browsers:
            browser = httpx2.Client(timeout=self.caller.timeout, headers={"Accept": "text/html"})
            self._browsers[visitor.browser] = browser
            before_blocking()
            browser.post(f"{self.sandbox_url}/session", data={"account": str(visitor.account)})
        return self._browsers[visitor.browser]

    def _request(
        self,
        browser: httpx2.Client,
        method: str,
        url: str,
        fields: Mapping[str, str] | None = None,
    ) -> Call:
        headers = {"Sec-Fetch-Mode": "navigate"}
        if method == "POST":
            # A browser says of each form where it comes from.
            headers |= {"Origin": origin_of(url), "Sec-Fetch-Site": "same-origin"}
        status, content, problem = None, b"", ""
        received: tuple[tuple[str, str], ...] = ()
        before_blocking()
        try:
            response = browser.request(method, url, data=fields, headers=headers)
            status, received = response.status_code, tuple(response.headers.multi_items())
            content = response.content
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            problem = why_silent(error)
        return self.caller.record(
            Call(
                url=url,
                request_json={},
                kind="token",
                status=status,
                response_headers=received,
                response_body=content,
                problem=problem,
                method=method,
            )
        )


class FirstThatCan:
    """Several persons: the next one goes where the one before needs a person."""

    def __init__(self, *persons: Person) -> None:
        """Take them in order."""
        self._persons = persons
        self.automatic = any(each.automatic for each in persons)

    def go(
        self, url: str, redirect_uri: str, visitor: Visitor, decision: Decision = "allow"
    ) -> Callback:
        """See ``Person``."""
        *others, last = self._persons
        for person in others:
            try:
                return person.go(url, redirect_uri, visitor, decision)
            except Stuck as stuck:
                if not stuck.needs_person:
                    raise
        return last.go(url, redirect_uri, visitor, decision)

    def close(self) -> None:
        """See ``Person``."""
        for person in self._persons:
            person.close()


def require_decision(callback: Callback, decision: Decision, has_decided: bool) -> Callback:
    """Return the callback; raises Stuck if there was nothing to decline."""
    if decision == "deny" and not has_decided and "code" in callback.parameters:
        raise Stuck("The app shows no page on which to decline")
    return callback


def place_of(url: str) -> str:
    """Return a URL without its query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
