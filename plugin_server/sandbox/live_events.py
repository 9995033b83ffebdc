"""The events of live reload and of webhooks, streamed to the pages that listen.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import json
import secrets
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
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
        self._changed: dict[str, Any] = {"files": [], "version": ""}
        self._json_changes = 0
        self._errors: list[dict[str, Any]] = []
        self._stopped = False

    def changed(
        self, files: list[str], plugins: str, errors: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        """Publish that files have changed.

        Args:
            files: readable paths.
            plugins: a digest of the plugins in the dashboard.
            errors: what is broken now while all else works, as for ``broken``; all others are fixed.
        """
        with self._lock:
            if self._errors and not errors:
                self._publish("fixed", {})
            self._errors = [*map(dict, errors)]
            self._json_changes += any(file.endswith(".json") for file in files)
            self._changed = {"files": files, "version": self.version(plugins)}
            self._publish("changed", self._change())
            if self._errors:
                self._publish("broken", self._broken())

    def version(self, plugins: str) -> str:
        """Return which version of the editor's page shows these plugins, and the examples there are now.

        An open page of another version has to load again.
        """
        return f"{plugins}-{self._json_changes}"

    def broken(self, errors: Sequence[Mapping[str, Any]]) -> None:
        """Publish errors, which stay until something ``changed``.

        Each has its ``file``, ``line`` (``None`` when unknown) and ``text``.
        """
        with self._lock:
            self._errors = [*map(dict, errors)]
            self._publish("broken", self._broken())

    def delivered(self, account_id: int) -> None:
        """Publish that something was sent to a webhook of an account.

        It is not replayed: a page that reconnects fetches the deliveries anyway.
        """
        with self._lock:
            event = self._event("delivered", {"account": account_id})
            for queue in self._listeners:
                queue.put(event)

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
        if last and last != self._id():
            fixed = [] if self._errors else [self._event("fixed", {})]
            events += [*fixed, self._event("changed", self._change())]
        if self._errors:
            events.append(self._event("broken", self._broken()))
        return events

    def _broken(self) -> dict[str, Any]:
        return {**self._errors[0], "all": [[_place(each), each["text"]] for each in self._errors]}

    def _publish(self, name: str, data: dict[str, Any]) -> None:
        self._count += 1
        event = self._event(name, data)
        for queue in self._listeners:
            queue.put(event)

    def _change(self) -> dict[str, Any]:
        return {**self._changed, "at": round(self._clock() * 1000)}

    def _event(self, name: str, data: dict[str, Any]) -> str:
        return f"id: {self._id()}\nevent: {name}\ndata: {json.dumps(data)}\n\n"

    def _id(self) -> str:
        return f"{self._id_prefix}-{self._count}"


def _place(error: Mapping[str, Any]) -> str:
    line = error["line"]
    return error["file"] if line is None else f"{error['file']}, line {line}"
