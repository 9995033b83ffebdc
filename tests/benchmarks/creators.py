"""Creators with the app installed, and what Kit's editor sends for them."""

import json
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.installing import SCOPE, YEAR, install_directly

from plugin_server.store.base import Store
from plugin_server.store.records import digest

_HTML, _SEARCH = "/blocks/post/html", "/blocks/post/search/post"

# Computed styles as Kit's editor sends them: every element with every property, about 5 KB.
_FAMILY = 'Charter, Georgia, Times, "Times New Roman", serif'
_SIZES = {"p": 18, "h1": 32, "h2": 26, "h3": 22, "h4": 20, "h5": 18, "h6": 16}
_BOXES = {
    f"{box}-{side}": "0px" for box in ("margin", "padding") for side in ("top", "right", "bottom")
}
STYLES = {
    element: {
        "color": "#0b63c4" if element == "a" else "rgb(45, 45, 47)",
        "font-family": _FAMILY,
        "font-size": f"{_SIZES.get(element, 18)}px",
        "font-weight": "700" if element[0] == "h" else "400",
        "letter-spacing": "normal",
        "line-height": f"{_SIZES.get(element, 18) * 1.5:g}px",
        "text-align": "left",
        "text-transform": "none",
        "margin-left": "0px",
        "padding-left": "24px" if element in ("ol", "ul") else "0px",
        **_BOXES,
    }
    for element in (*_SIZES, "ol", "ul", "blockquote", "a")
}


@dataclass(frozen=True)
class Creator:
    """One account with its bearer token; Kit gives it so many posts."""

    account_id: str
    token: str
    posts: int

    def asks_for(self, **settings: object) -> str:
        """Return a line of a file of requests: the HTML of a post, by default of the newest."""
        chosen = {"post": str(self.posts), "layout": "card", **settings}
        body = {"settings": chosen, "styles": STYLES}
        return f"{self.token}\t{_HTML}\t{json.dumps(body)}"

    def searches(self, text: str) -> str:
        """Return such a line for what was typed in the search box."""
        return f"{self.token}\t{_SEARCH}\t{json.dumps({'search': text})}"


def install(store: Store, posts: Iterable[int]) -> list[Creator]:
    """Install the app for new accounts of so many posts each, as their consent would."""
    return [_install(store, str(1000 + number), count) for number, count in enumerate(posts)]


def _install(store: Store, account_id: str, posts: int) -> Creator:
    token = install_directly(store, account_id, f"{account_id}-posts-{posts}")["access_token"]
    return Creator(account_id, token, posts)


def save_for_peer(path: Path, creators: Sequence[Creator]) -> None:
    """Write the same tokens where the peers look them up."""
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(
            "CREATE TABLE tokens (digest TEXT PRIMARY KEY, account_id TEXT NOT NULL, "
            "scope TEXT NOT NULL, expires_at INTEGER NOT NULL, revoked_at INTEGER)"
        )
        rows = [
            (digest(each.token), f"{each.account_id}-posts-{each.posts}", SCOPE)
            for each in creators
        ]
        end = int(time.time()) + YEAR
        database.executemany(f"INSERT INTO tokens VALUES (?, ?, ?, {end:d}, NULL)", rows)
    database.close()


def write_requests(folder: Path, requests: Mapping[str, Sequence[str]]) -> dict[str, Path]:
    """Write a file of requests for each name."""
    files = {name: folder / f"{name}.txt" for name in requests}
    for name, lines in requests.items():
        files[name].write_text("\n".join(lines) + "\n")
    return files
