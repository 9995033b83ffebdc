"""A page that listens to the sandbox's live reload, without a browser."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

# Beats, of five seconds.
PATIENCE = 12


class Listener:
    """Reads server-sent events, one at a time."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines
        self.last = ""

    def hear(self) -> tuple[str, Any]:
        """Return the name and the data of the next event."""
        fields: dict[str, str] = {}
        while line := next(self.lines):
            name, _, value = line.partition(": ")
            fields[name] = value
        self.last = fields["id"]
        return fields["event"], json.loads(fields["data"])

    def next_news(self) -> str:
        """Return the name of the next event that is not a beat; fail when there is none for long."""
        for _ in range(PATIENCE):
            if (name := self.hear()[0]) != "alive":
                return name
        raise AssertionError("waited in vain for any news")

    def wait_for(self, name: str) -> Any:
        """Return the data of the next event of that name; fail when there is none for long."""
        missed = []
        while missed.count("alive") < PATIENCE:
            heard, data = self.hear()
            if heard == name:
                return data
            missed.append(heard)
        raise AssertionError(f"waited in vain for {name}, and heard {missed}")


@contextmanager
def listening(sandbox: str, last: str = "") -> Iterator[Listener]:
    """Listen to the sandbox at an address, from the moment on that it has responded."""
    with httpx2.stream("GET", f"{sandbox}/live", params={"last": last}, timeout=60) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        listener = Listener(response.iter_lines())
        assert listener.hear() == ("alive", {})
        yield listener
