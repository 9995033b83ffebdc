"""Clients that request blocks over and over, and judge each response."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import httpx2
from support.waiting import wait_until

THREADS = 4
# Requests of each thread at most, whatever happens.
_MOST = 4000
# Of a client whose connection broke.
_TRIES = 5


class BlockRequest(NamedTuple):
    """One request of a block: with whose token, of which post, and the post's URL."""

    token: str
    post: int
    url: str


@dataclass
class Load:
    """What the clients have met so far.

    Attributes:
        servers: where to send requests: the first of them that says that it is ready.
        retries: whether a client retries whose connection broke.
        right: how many responses were the right block.
        refused: responses in Kit's envelope that said they could not, by status.
        wrong: everything else: no response, an error without the envelope, another account's block.
    """

    servers: list[str]
    requests: Sequence[BlockRequest]
    retries: bool = False
    right: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_for_right(self, more: int) -> None:
        """Wait for so many more right responses."""
        goal = self.right + more
        wait_until(lambda: self.right >= goal or bool(self.wrong))
        assert self.wrong == []

    def wait_for_refused(self, more: int) -> None:
        """Wait for so many more responses that refuse."""
        goal = self.refused.total() + more
        wait_until(lambda: self.refused.total() >= goal or bool(self.wrong))
        assert self.wrong == []

    def run(self, number: int) -> None:
        """Send requests in turn, beginning elsewhere than the other clients, until it is over."""
        begin = len(self.requests) * number // THREADS
        with httpx2.Client(verify=False, timeout=60) as http:
            for turn in islice(range(begin, begin + _MOST), _MOST):
                if self.over.is_set():
                    return
                request = self.requests[turn % len(self.requests)]
                try:
                    response = self._send(http, request)
                except httpx2.TransportError as error:
                    with self.lock:
                        self.wrong.append(repr(error))
                else:
                    self._judge(request, response)

    def _send(self, http: httpx2.Client, request: BlockRequest) -> httpx2.Response:
        body = {"settings": {"post": str(request.post)}}
        headers = {"Authorization": f"Bearer {request.token}"}
        for left in reversed(range(_TRIES if self.retries else 1)):
            try:
                url = f"{self._ready(http)}/blocks/post/html"
                return http.post(url, json=body, headers=headers)
            except httpx2.TransportError:
                if not left:
                    raise
        raise AssertionError("unreachable")

    def _ready(self, http: httpx2.Client) -> str:
        if len(self.servers) == 1:
            return self.servers[0]
        while True:
            for url in self.servers:
                with suppress(httpx2.ConnectError):
                    if http.get(f"{url}/readyz").status_code == 200:
                        return url

    def _judge(self, request: BlockRequest, response: httpx2.Response) -> None:
        problem = _problem(
            request, response, {other.url for other in self.requests} - {request.url}
        )
        with self.lock:
            if problem:
                self.wrong.append(problem)
            elif response.status_code == 200:
                self.right += 1
            else:
                self.refused[response.status_code] += 1
        if response.status_code != 200:
            self.over.wait(0.02)  # who is refused comes back later


def _problem(request: BlockRequest, response: httpx2.Response, others: set[str]) -> str:
    try:
        body = response.json()
    except ValueError:
        return f"{response.status_code} without JSON: {response.text[:200]}"
    code, html = body.get("code"), body.get("html", "")
    if code != response.status_code:
        return f"{response.status_code} with {body}"
    if code == 200:
        mixed = [url for url in others if f'{url}"' in html]
        return f"{mixed} in place of {request.url}" if mixed or request.url not in html else ""
    honest = code in {429, 502, 503} and body["errors"] and body["data"] == []
    return "" if honest else f"{code} with {body}"


@contextmanager
def under_load(
    servers: Sequence[str], requests: Sequence[BlockRequest], *, retries: bool = False
) -> Iterator[Load]:
    """Have clients send requests until the block ends."""
    load = Load(list(servers), requests, retries)
    threads = [threading.Thread(target=load.run, args=(number,)) for number in range(THREADS)]
    for each in threads:
        each.start()
    try:
        yield load
    finally:
        load.over.set()
        for each in threads:
            each.join()
    assert load.wrong == []
