"""What live reload tells the pages that are open, and who of them listens.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import json
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any

from plugin_server.blocking import before_blocking

# Seconds. Only writing shows that a page is gone, and a page that hears nothing for three times
# as long (static/sandbox/live.js) comes back by itself.
_BEAT = 5.0
# Each listener holds a thread of the server.
_MOST = 24


class LiveEvents:
    """The news, and the pages that wait for it; threads share it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Begin without news; ``clock`` gives Unix seconds."""
        self._clock = clock
        self._lock = Lock()
        self._listeners: deque[SimpleQueue[str | None]] = deque()
        # Another process counts from another start, so that its pages see that they missed something.
        self._start = secrets.token_hex(4)
        self._count = 0
        self._changed: list[str] = []
        self._broken: dict[str, Any] | None = None
        self._ended = False

    def changed(self, files: list[str]) -> None:
        """Tell that files have changed and everything works; what was broken is mended by that."""
        with self._lock:
            if self._broken:
                self._broken = None
                self._publish("mended", {})
            self._changed = files
            self._publish("changed", self._change())

    def broken(self, file: str, line: int | None, text: str) -> None:
        """Tell that a file cannot be used; it stays so until something ``changed``."""
        with self._lock:
            self._broken = {"file": file, "line": line, "text": text}
            self._publish("broken", self._broken)

    def listen(self, last: str) -> Iterator[str]:
        """Yield the news as server-sent events until ``stop``; ``last`` is the id that a page has seen.

        It begins with what is broken now, and with what a page has missed since its last event.
        """
        news: SimpleQueue[str | None] = SimpleQueue()
        with self._lock:
            if len(self._listeners) >= _MOST:
                self._listeners.popleft().put(None)
            self._listeners.append(news)
            missed = self._missed(last)
        try:
            yield from missed
            while not self._ended:
                before_blocking()
                try:
                    event = news.get(timeout=_BEAT)
                except Empty:
                    event = self._event("alive", {})
                if event is None:
                    return
                yield event
        finally:
            with self._lock:
                if news in self._listeners:
                    self._listeners.remove(news)

    def stop(self) -> None:
        """Let every listener go. Takes no lock: a signal handler may interrupt who holds it."""
        self._ended = True
        for news in tuple(self._listeners):
            news.put(None)

    def _missed(self, last: str) -> list[str]:
        found = [self._event("alive", {})]
        if self._broken:
            found.append(self._event("broken", self._broken))
        elif last and last != self._id():
            found += [self._event("mended", {}), self._event("changed", self._change())]
        return found

    def _publish(self, name: str, data: dict[str, Any]) -> None:
        self._count += 1
        event = self._event(name, data)
        for news in self._listeners:
            news.put(event)

    def _change(self) -> dict[str, Any]:
        return {"files": self._changed, "at": round(self._clock() * 1000)}

    def _event(self, name: str, data: dict[str, Any]) -> str:
        return f"id: {self._id()}\nevent: {name}\ndata: {json.dumps(data)}\n\n"

    def _id(self) -> str:
        return f"{self._start}-{self._count}"
