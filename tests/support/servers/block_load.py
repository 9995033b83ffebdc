"""Clients that ask for blocks over and over, and judge each answer."""

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


class Ask(NamedTuple):
    """One block that is asked for: with whose token, of which post, and the post's address."""

    token: str
    post: int
    url: str


@dataclass
class Load:
    """What the clients have met so far.

    Attributes:
        servers: where to ask: the first of them that says that it is ready.
        retries: whether a client asks again whose connection broke.
        right: how many answers were the right block.
        refused: answers in Kit's envelope that said they could not, by status.
        wrong: everything else: no answer, an error without the envelope, another account's block.
    """

    servers: list[str]
    asks: Sequence[Ask]
    retries: bool = False
    right: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_for_right(self, more: int) -> None:
        """Wait for so many more right answers."""
        goal = self.right + more
        wait_until(lambda: self.right >= goal or bool(self.wrong))
        assert self.wrong == []

    def wait_for_refused(self, more: int) -> None:
        """Wait for so many more answers that refuse."""
        goal = self.refused.total() + more
        wait_until(lambda: self.refused.total() >= goal or bool(self.wrong))
        assert self.wrong == []

    def run(self, number: int) -> None:
        """Ask in turn, beginning elsewhere than the other clients, until it is over."""
        begin = len(self.asks) * number // THREADS
        with httpx2.Client(verify=False, timeout=60) as http:
            for turn in islice(range(begin, begin + _MOST), _MOST):
                if self.over.is_set():
                    return
                ask = self.asks[turn % len(self.asks)]
                try:
                    answer = self._send(http, ask)
                except httpx2.TransportError as error:
                    with self.lock:
                        self.wrong.append(repr(error))
                else:
                    self._judge(ask, answer)

    def _send(self, http: httpx2.Client, ask: Ask) -> httpx2.Response:
        body = {"settings": {"post": str(ask.post)}}
        headers = {"Authorization": f"Bearer {ask.token}"}
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

    def _judge(self, ask: Ask, answer: httpx2.Response) -> None:
        problem = _problem(ask, answer, {other.url for other in self.asks} - {ask.url})
        with self.lock:
            if problem:
                self.wrong.append(problem)
            elif answer.status_code == 200:
                self.right += 1
            else:
                self.refused[answer.status_code] += 1
        if answer.status_code != 200:
            self.over.wait(0.02)  # who is told to come back later does


def _problem(ask: Ask, answer: httpx2.Response, others: set[str]) -> str:
    try:
        body = answer.json()
    except ValueError:
        return f"{answer.status_code} without JSON: {answer.text[:200]}"
    code, html = body.get("code"), body.get("html", "")
    if code != answer.status_code:
        return f"{answer.status_code} with {body}"
    if code == 200:
        mixed = [url for url in others if f'{url}"' in html]
        return f"{mixed} in place of {ask.url}" if mixed or ask.url not in html else ""
    honest = code in {429, 502, 503} and body["errors"] and body["data"] == []
    return "" if honest else f"{code} with {body}"


@contextmanager
def under_load(
    servers: Sequence[str], asks: Sequence[Ask], *, retries: bool = False
) -> Iterator[Load]:
    """Have clients ask until the block ends."""
    load = Load(list(servers), asks, retries)
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
