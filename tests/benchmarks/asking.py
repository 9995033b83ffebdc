"""Requests of a file sent one by one, to see that they are answered at all."""

import re
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

import httpx2

from benchmarks.load import CannotMeasure
from benchmarks.machines import Machine

# So many of a file's requests are tried.
_TRIED = 36
_PLACE = re.compile(r"<([\w ]+)>")
_NUMBERS = count(999_000_000)


def require_blocks(servers: Mapping[str, Machine], requests: Path) -> None:
    """Return if every server answers requests of a file as it should: else errors would be measured.

    Raises:
        CannotMeasure: one does not; the text has its response.
    """
    for name, server in servers.items():
        for response in ask(server, requests):
            body = response.json() if response.status_code == 200 else {}
            if body.get("code") != 200 or not ("<table" in body.get("html", "") or "data" in body):
                raise CannotMeasure(f"{name} does not answer {requests.stem}: {response.text}")


def ask(server: Machine, requests: Path) -> Iterator[httpx2.Response]:
    """Send some of a file's requests to a server, evenly chosen, and yield its responses."""
    lines = [line.split("\t", 2) for line in requests.read_text().splitlines()]
    texts = {name: text for mark, name, text in lines if mark == "="}
    asked = [line for line in lines if line[0] != "="]
    with httpx2.Client(base_url=server.url) as http:
        for token, path, body in asked[:: -(-len(asked) // _TRIED)]:
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            yield http.post(path, content=_filled(body, texts), headers=headers)


def _filled(body: str, texts: Mapping[str, str]) -> str:
    def fill(place: re.Match[str]) -> str:
        if place[1].endswith(" number"):
            return f"{next(_NUMBERS):09d}"
        return (
            f"#{next(_NUMBERS) % 0x1000000:06x}" if place[1].endswith(" color") else texts[place[1]]
        )

    return _PLACE.sub(fill, body)
