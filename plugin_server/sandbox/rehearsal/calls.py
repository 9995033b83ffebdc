"""The requests of the rehearsal: every kind that Kit sends, and those that it never would."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2

from plugin_server.blocking import before_blocking
from plugin_server.sandbox.client.exchange import Exchange, Kind
from plugin_server.sandbox.client.plugin_client import TIMEOUT, parse_json, read_body
from plugin_server.sandbox.rehearsal.redaction import Redaction

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
# The bodies of OAuth requests: Kit documents the first, and shows the others.
BODY_FORMS = ("JSON labelled as a form", "a form", "JSON")
# Characters of a body that a report shows.
_SHOWN = 700
# Seconds that a rate limit may make a request wait, and how often.
_LONGEST_WAIT, _MOST_WAITS = 61.0, 4

Result = TypeVar("Result")


@dataclass(frozen=True)
class Call(Exchange):
    """A request of any kind, and its response; ``sent`` and ``received`` are texts for a report."""

    method: str = "POST"
    request_body: bytes = field(default=b"", repr=False)
    sent: str = ""
    received: str = ""

    @property
    def member(self) -> Mapping[str, Any]:
        """The members of the response, none when it is not a JSON object."""
        return self.response_json if isinstance(self.response_json, dict) else {}

    @property
    def came(self) -> str:
        """What came, in a few words: ``status 200``."""
        return self.problem or f"status {self.status}"


class Caller:
    """Sends the requests, and remembers them while ``recording``. Threads share it."""

    def __init__(
        self,
        redaction: Redaction,
        *,
        timeout: float = TIMEOUT,
        clock: Callable[[], float] = time.time,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """Wait ``timeout`` seconds for each response; ``wait`` waits for a rate limit."""
        self.redaction, self.clock, self.timeout, self._wait = redaction, clock, timeout, wait
        self._http = httpx2.Client(timeout=timeout, follow_redirects=False)
        self._recorded: list[Call] = []

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def wait(self, seconds: float) -> None:
        """Wait."""
        before_blocking()
        self._wait(seconds)

    @contextmanager
    def recording(self) -> Iterator[list[Call]]:
        """Yield the calls that are made until the block ends."""
        self._recorded = []
        yield self._recorded

    def record(self, call: Call) -> Call:
        """Add a call that was made in another way, with its texts."""
        call = self._described(call)
        self._recorded.append(call)
        return call

    def send(
        self,
        method: str,
        url: str,
        *,
        json_body: Any = None,
        content: bytes | None = None,
        content_type: str = JSON,
        token: str | None = None,
        kind: Kind = "html",
    ) -> Call:
        """Send a request and return it with its response, whatever that is.

        A response 429 that says when to come back is waited for.

        Args:
            json_body: sent as JSON, unless ``content`` is given.
            content: the bytes of the body.
            content_type: of the body.
            token: for the header ``Authorization: Bearer``.
            kind: decides which members are secret.
        """
        body = content
        if body is None:
            body = b"" if json_body is None else json.dumps(json_body).encode()
        headers = {"Accept": JSON}
        if body or content is not None:
            headers["Content-Type"] = content_type
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        for _ in range(_MOST_WAITS):
            call = self._once(method, url, body, headers, json_body, kind)
            seconds = _retry_after(call)
            if seconds is None:
                break
            self.wait(seconds)
        return self.record(call)

    def oauth(self, url: str, body: Mapping[str, str], form: str = BODY_FORMS[0]) -> Call:
        """Post the parameters of an OAuth request in one of ``BODY_FORMS``."""
        text = urlencode(body) if form == "a form" else json.dumps(body)
        return self.send(
            "POST",
            url,
            json_body=dict(body),
            content=text.encode(),
            content_type=JSON if form == "JSON" else FORM,
            kind="token",
        )

    def together(self, number: int, call: Callable[[], Result]) -> list[Result]:
        """Call a function so many times at once."""
        with ThreadPoolExecutor(number) as pool:
            return [each.result() for each in [pool.submit(call) for _ in range(number)]]

    def _once(
        self,
        method: str,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        json_body: Any,
        kind: Kind,
    ) -> Call:
        at, started = self.clock(), time.perf_counter()
        status, content, problem = None, b"", ""
        received: tuple[tuple[str, str], ...] = ()
        before_blocking()
        try:
            with self._http.stream(method, url, content=body, headers=dict(headers)) as response:
                status, received = response.status_code, tuple(response.headers.multi_items())
                content, problem = read_body(response, until=started + self.timeout)
        except httpx2.TimeoutException:
            problem = f"no response within {self.timeout:g} seconds"
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            problem = why_silent(error)
        return Call(
            url=url,
            request_json=json_body if isinstance(json_body, dict) else {},
            kind=kind,
            request_headers=headers,
            status=status,
            response_headers=received,
            ms=round((time.perf_counter() - started) * 1000),
            response_body=content,
            response_json=parse_json(content),
            problem=problem,
            at=at,
            method=method,
            request_body=body,
        )

    def _described(self, call: Call) -> Call:
        if call.kind not in {"html", "search"}:
            self.redaction.add_members(call.request_json)
            self.redaction.add_members(call.response_json)
        for url in (call.url, call.header("Location")):
            self.redaction.add_members(dict(parse_qsl(urlsplit(url).query)))
        return replace(call, sent=self._sent(call), received=self._received(call))

    def _sent(self, call: Call) -> str:
        headers = [f"{name}: {value}" for name, value in call.request_headers.items()]
        lines = [f"{call.method} {call.url}", *headers]
        if call.request_body:
            lines += ["", self._body(call.request_body)]
        return self.redaction.clean("\n".join(lines))

    def _received(self, call: Call) -> str:
        if call.status is None:
            return call.problem
        kept = ("content-type", "location", "www-authenticate", "retry-after", "allow")
        headers = [
            f"{name}: {value}" for name, value in call.response_headers if name.lower() in kept
        ]
        lines = [f"HTTP {call.status} after {call.ms} ms", *headers]
        if call.response_body:
            lines += ["", self._body(call.response_body)]
        return self.redaction.clean("\n".join(lines))

    def _body(self, content: bytes) -> str:
        """Return the start of a body; cleaned first, so that no secret is cut in two."""
        text = self.redaction.clean(content[: 4 * _SHOWN].decode("utf-8", "replace"))
        rest = len(content) - len(text[:_SHOWN].encode())
        return f"{text[:_SHOWN]}… ({rest:,} bytes more)" if len(text) > _SHOWN else text


def why_silent(error: Exception) -> str:
    """Return in words why there is no response, with the error's name for those who search for it."""
    reasons = {
        "ConnectError": "nothing accepts connections there",
        "RemoteProtocolError": "the server ended the connection",
        "ReadError": "the connection broke",
        "InvalidURL": "this is no URL",
    }
    name = type(error).__name__
    return f"no response: {reasons[name]} ({name})" if name in reasons else f"no response ({name})"


def without(body: Mapping[str, str], *names: str) -> dict[str, str]:
    """Return parameters without some of them."""
    return {name: value for name, value in body.items() if name not in names}


def repeated(body: Mapping[str, str], name: str, other: str) -> bytes:
    """Return a form in which one parameter stands twice, the second time with another value."""
    return urlencode([*body.items(), (name, other)]).encode()


def _retry_after(call: Call) -> float | None:
    if call.status != 429:
        return None
    given = call.header("Retry-After")
    seconds = float(given) if given.isdecimal() else None
    return seconds if seconds is not None and seconds <= _LONGEST_WAIT else None


def milliseconds(calls: Sequence[Call]) -> tuple[int, int]:
    """Return the median and the longest time of calls that had a response, in milliseconds."""
    times = sorted(call.ms for call in calls if call.status is not None)
    return (times[len(times) // 2], times[-1]) if times else (0, 0)
