"""Requests of a file, sent one by one, and what is sent to servers before they are measured."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx2

from benchmarks.creators import Creator, write_requests
from benchmarks.load import CannotMeasure, run
from benchmarks.machines import Machine

# So many of a file's requests are tried.
_TRIED = 36
_PLACE = re.compile(r"<([\w ]+)>")
# Above those that ``load.run`` counts.
_NUMBERS = count(999_000_000)


@dataclass(frozen=True)
class Request:
    """One request of a file."""

    token: str
    path: str
    body: str

    def send(self, http: httpx2.Client, url: str) -> httpx2.Response:
        """Send it to the server at an address."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return http.post(url + self.path, content=self.body, headers=headers)


def read_requests(file: Path) -> list[Request]:
    """Return the requests of a file, whatever is to differ in them differing."""
    lines = [line.split("\t", 2) for line in file.read_text().splitlines()]
    texts = {name: text for mark, name, text in lines if mark == "="}
    return [
        Request(token, path, _filled(body, texts)) for token, path, body in lines if token != "="
    ]


def open_search(folder: Path, server: Machine, creators: Sequence[Creator], seconds: int) -> None:
    """Do for so long what creators do first, after which their newest posts are known: open the search."""
    file = write_requests(folder, {"opened": [each.searches("") for each in creators]})["opened"]
    run(server.url, file, server.tree, seconds=seconds)


def require_blocks(servers: Mapping[str, Machine], file: Path) -> None:
    """Return if every server responds to requests of a file as it should: else errors would be measured.

    Raises:
        CannotMeasure: one does not; the text has its response.
    """
    requests = read_requests(file)
    for name, server in servers.items():
        with httpx2.Client() as http:
            for each in requests[:: -(-len(requests) // _TRIED)]:
                if not has_result(response := each.send(http, server.url)):
                    raise CannotMeasure(f"{name} does not respond to {file.stem}: {response.text}")


def has_result(response: httpx2.Response) -> bool:
    """Return whether a response holds a block's HTML or search results."""
    body = response.json() if response.status_code == 200 else {}
    return body.get("code") == 200 and ("<table" in body.get("html", "") or bool(body.get("data")))


def _filled(body: str, texts: Mapping[str, str]) -> str:
    def fill(place: re.Match[str]) -> str:
        if place[1].endswith(" number"):
            return f"{next(_NUMBERS):09d}"
        if place[1].endswith(" color"):
            return f"#{next(_NUMBERS) % 0x1000000:06x}"
        return texts[place[1]]

    return _PLACE.sub(fill, body)
