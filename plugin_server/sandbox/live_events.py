"""The events of live reload, streamed to the pages that listen.

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

# Seconds between heartbeats. Only writing shows that a page is gone, and a page that receives nothing
# for three times as long (static/sandbox/live.js) reconnects by itself.
_HEARTBEAT = 5.0
# Each listener holds a thread of the server.
_MAX_LISTENERS = 24


class LiveEvents:
    """The events and the pages that listen to them; threads share it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start without events; ``clock`` gives Unix seconds."""
        self._clock = clock
        self._lock = Lock()
        self._listeners: deque[SimpleQueue[str | None]] = deque()
        # Ids of another process start differently, so that its pages notice that they missed events.
        self._id_prefix = secrets.token_hex(4)
        self._count = 0
        self._changed: list[str] = []
        self._broken: dict[str, Any] | None = None
        self._stopped = False

    def changed(self, files: list[str]) -> None:
        """Publish that files have changed and everything works; that fixes what was broken."""
        with self._lock:
            if self._broken:
                self._broken = None
                self._publish("fixed", {})
            self._changed = files
            self._publish("changed", self._change())

    def broken(self, file: str, line: int | None, text: str) -> None:
        """Publish that a file cannot be used; it stays broken until something ``changed``."""
        with self._lock:
            self._broken = {"file": file, "line": line, "text": text}
            self._publish("broken", self._broken)

    def listen(self, last: str) -> Iterator[str]:
        """Yield server-sent events until ``stop``; ``last`` is the id of the last event received.

        The first ones say what is broken now, or what the page has missed since its last event.
        """
        queue: SimpleQueue[str | None] = SimpleQueue()
        with self._lock:
            if len(self._listeners) >= _MAX_LISTENERS:
                self._listeners.popleft().put(None)
            self._listeners.append(queue)
            missed = self._missed(last)
        try:
            yield from missed
            while not self._stopped:
                before_blocking()
                try:
                    event = queue.get(timeout=_HEARTBEAT)
                except Empty:
                    event = self._event("alive", {})
                if event is None:
                    return
                yield event
        finally:
            with self._lock:
                if queue in self._listeners:
                    self._listeners.remove(queue)

    def stop(self) -> None:
        """Disconnect every listener. Takes no lock: a signal handler may interrupt its holder."""
        self._stopped = True
        for queue in tuple(self._listeners):
            queue.put(None)

    def _missed(self, last: str) -> list[str]:
        events = [self._event("alive", {})]
        if self._broken:
            events.append(self._event("broken", self._broken))
        elif last and last != self._id():
            events += [self._event("fixed", {}), self._event("changed", self._change())]
        return events

    def _publish(self, name: str, data: dict[str, Any]) -> None:
        self._count += 1
        event = self._event(name, data)
        for queue in self._listeners:
            queue.put(event)

    def _change(self) -> dict[str, Any]:
        return {"files": self._changed, "at": round(self._clock() * 1000)}

    def _event(self, name: str, data: dict[str, Any]) -> str:
        return f"id: {self._id()}\nevent: {name}\ndata: {json.dumps(data)}\n\n"

    def _id(self) -> str:
        return f"{self._id_prefix}-{self._count}"
