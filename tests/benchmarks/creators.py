"""Creators with the app installed, and what Kit's editor sends for them."""

import json
import re
import sqlite3
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.servers.installing import SCOPE, YEAR, install_directly
from support.servers.processes import SECRETS

from plugin_server.store.base import Store
from plugin_server.store.encryption import Cipher
from plugin_server.store.records import digest
from plugin_server.store.schema import make_engine, upgrade
from plugin_server.store.sql import SqlStore

PEERS_DATABASE = "peers.db"

_HTML, _SEARCH = "/blocks/post/html", "/blocks/post/search/post"
_EMAIL = re.compile(r"<email (\d+)>")

_FAMILIES = (
    'Charter, Georgia, Times, "Times New Roman", serif',
    "Helvetica, Arial, sans-serif",
    '"Trebuchet MS", Verdana, sans-serif',
    "Palatino, Georgia, serif",
)
_HEADINGS = {"h1": 14, "h2": 8, "h3": 4, "h4": 2, "h5": 0, "h6": -2}
_BOXES = {
    f"{box}-{side}": "0px" for box in ("margin", "padding") for side in ("top", "right", "bottom")
}


def email_styles(number: int) -> dict[str, dict[str, str]]:
    """Return the computed styles of an email as Kit's editor sends them, different for each number.

    Every element has every property, about 5 KB in all.
    """
    family = _FAMILIES[number % len(_FAMILIES)]
    color = f"rgb({20 + number % 50}, {20 + number // 50 % 50}, 47)"
    link = f"#0b{number % 100:02d}{90 + number // 100 % 10:02d}"
    base = 16 + number % 5

    def element(name: str) -> dict[str, str]:
        size = base + _HEADINGS.get(name, 0)
        return {
            "color": link if name == "a" else color,
            "font-family": family,
            "font-size": f"{size}px",
            "font-weight": "700" if name in _HEADINGS else "400",
            "letter-spacing": "normal",
            "line-height": f"{size * 1.5:g}px",
            "text-align": "left",
            "text-transform": "none",
            "margin-left": "0px",
            "padding-left": "24px" if name in ("ol", "ul") else "0px",
            **_BOXES,
        }

    return {name: element(name) for name in ("p", *_HEADINGS, "ol", "ul", "blockquote", "a")}


@dataclass(frozen=True)
class Creator:
    """One account with its bearer token; Kit gives it so many posts, and its emails their own styles."""

    number: int
    account_id: str
    token: str
    posts: int

    def requests(self, **settings: object) -> str:
        """Return a line of a file of requests: the HTML of a post, by default of the newest."""
        chosen = {"post": str(self.posts), "layout": "card", **settings}
        body = f'{{"settings": {json.dumps(chosen)}, "styles": <email {self.number}>}}'
        return f"{self.token}\t{_HTML}\t{body}"

    def searches(self, text: str) -> str:
        """Return such a line for what was typed in the search box."""
        return f"{self.token}\t{_SEARCH}\t{json.dumps({'search': text})}"


def install_in(store: SqlStore, posts: Iterable[int]) -> list[Creator]:
    """Install the app in a store for new accounts of so many posts each."""
    return [_install(store, number, count) for number, count in enumerate(posts)]


def install(folder: Path, posts: Iterable[int]) -> list[Creator]:
    """Install the app for new accounts of so many posts each, as their consent would.

    The database for ours and the one for the peers, with the same tokens, are made in the folder.
    """
    engine = make_engine(f"sqlite:///{folder / 'plugin-server.db'}")
    upgrade(engine)
    store = SqlStore(engine, Cipher([urlsafe_b64decode(SECRETS["ENCRYPTION_KEYS"])]))
    creators = install_in(store, posts)
    engine.dispose()
    _save_for_peers(folder / PEERS_DATABASE, creators)
    return creators


def _install(store: Store, number: int, posts: int) -> Creator:
    account_id = str(1000 + number)
    token = install_directly(store, account_id, f"{account_id}-posts-{posts}")["access_token"]
    return Creator(number, account_id, token, posts)


def _save_for_peers(path: Path, creators: Sequence[Creator]) -> None:
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


def read_request(line: str) -> tuple[str, str, str]:
    """Return the token, path and body of a line of a file of requests, with the email's styles in it."""
    token, path, body = line.split("\t")
    styles = _EMAIL.sub(lambda email: json.dumps(email_styles(int(email[1]))), body)
    return token, path, styles


def write_requests(folder: Path, requests: Mapping[str, Sequence[str]]) -> dict[str, Path]:
    """Write a file of requests for each name, as ``requests.lua`` reads it."""
    files = {name: folder / f"{name}.txt" for name in requests}
    for name, lines in requests.items():
        emails = sorted({int(number) for line in lines for number in _EMAIL.findall(line)})
        texts = [f"=\temail {each}\t{json.dumps(email_styles(each))}" for each in emails]
        files[name].write_text("\n".join([*texts, *lines]) + "\n")
    return files
