"""Generated posts for accounts with thousands of them: the same at every start, on every machine.

Titles and numbers are generated at the first access and stay in memory; a post's record and its
content are generated from them each time.
"""

import json
import re
import unicodedata
from array import array
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from threading import Lock
from typing import Any, overload

Record = dict[str, Any]

_WORDS = Path(__file__).parent / "words.json"

# Drafts lie among the published posts, as they do in Kit's list.
_DRAFTS, _SCHEDULED = 4, 2
_SCHEDULED_AT = "2036-03-02T07:00:00Z"
_SEED = 2610
_SLOT = re.compile(r"\{(\w+)\}")
_LETTER = re.compile(r"\w")
_NO_SLUG = re.compile(r"[^a-z0-9]+")


class _Choices:
    """Pseudorandom choices from one seed. Seeding ``Random`` for each record would be ten times slower."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def choice(self, choices: Sequence[Any]) -> Any:
        self._state = (self._state * 1_103_515_245 + 12_345) & 0x7FFF_FFFF
        return choices[(self._state >> 12) % len(choices)]


class GeneratedPosts(Sequence[Record]):
    """The posts of one account, newest first, as Kit's API returns them but for ``content``."""

    def __init__(
        self, *, published: int, first_id: int, start: str, end: str, site: str, pictures: str
    ) -> None:
        """Describe the posts without generating them.

        Args:
            published: how many posts are published; a few drafts and scheduled ones are added.
            first_id: the id of the oldest post; the next one has the next id.
            start: the day of the oldest published post, as ISO 8601.
            end: the day of the newest.
            site: the URL of the creator's site, without a trailing slash.
            pictures: the URL of the folder of the thumbnails, without a trailing slash.
        """
        self._published, self._first_id = published, first_id
        self._start, self._end = _seconds(start), _seconds(end)
        self._site, self._pictures = site, pictures
        self._lock = Lock()
        self._generated: tuple[list[str], array[int], array[int]] | None = None

    @property
    def ids(self) -> range:
        """The ids of the posts, oldest first."""
        return range(self._first_id, self._first_id + len(self))

    def record(self, id_: int) -> Record:
        """Return the post with one of ``ids``."""
        return self._record(len(self) - 1 - (id_ - self._first_id))

    def __len__(self) -> int:
        return self._published + _DRAFTS + _SCHEDULED

    @overload
    def __getitem__(self, index: int) -> Record: ...

    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...

    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        if isinstance(index, slice):
            return [self._record(each) for each in range(*index.indices(len(self)))]
        return self._record(range(len(self))[index])

    def _record(self, index: int) -> Record:
        titles, times, seeds = self._titles_times_seeds()
        number = len(self) - 1 - index
        title, seed = titles[number], seeds[number]
        id_ = self._first_id + number
        status = self._status(number)
        published = _moment(times[number]) if status == "published" else None
        slug = f"{_slug(title)}-{number + 1}"
        description = None if seed % 11 == 0 else _fill("description", _Choices(seed).choice)
        picture = _picture(seed) if seed % 3 == 0 else None
        return {
            "id": id_,
            "publication_id": 2 * id_ + 1,
            "created_at": _moment(times[number] - 3600 * (1 + seed % 90)),
            "title": title,
            "slug": slug,
            "description": description,
            "meta_description": description if seed % 4 == 0 else None,
            "status": status,
            "published_at": _SCHEDULED_AT if status == "scheduled" else published,
            "sent_at": published,
            "thumbnail_alt": picture[1] if picture and seed % 2 == 0 else None,
            "thumbnail_url": f"{self._pictures}/{picture[0]}.png" if picture else None,
            "is_paid": seed % 17 == 0,
            "public_url": f"{self._site}/posts/{slug}" if published else None,
        }

    def _status(self, number: int) -> str:
        if number >= len(self) - _SCHEDULED:
            return "scheduled"
        every = (len(self) - _SCHEDULED) // _DRAFTS
        is_draft = number % every == every - 1 and number // every < _DRAFTS
        return "draft" if is_draft else "published"

    def _titles_times_seeds(self) -> tuple[list[str], "array[int]", "array[int]"]:
        with self._lock:
            if self._generated is None:
                self._generated = self._generate()
            return self._generated

    def _generate(self) -> tuple[list[str], "array[int]", "array[int]"]:
        random = Random(_SEED + self._published)  # noqa: S311 (generated titles, not secrets)
        step = (self._end - self._start) / max(len(self) - 1, 1)
        titles, times, seeds = [], array("q"), array("q")
        for number in range(len(self)):
            titles.append(_title(random))
            # Within its step, so that the dates have the order of the ids.
            times.append(int(self._start + (number + 0.9 * random.random()) * step))
            seeds.append(random.getrandbits(31))
        return titles, times, seeds


def content_of(record: Mapping[str, Any]) -> str:
    """Return the HTML of a generated post: always the same for the same id."""
    random = Random(record["id"])  # noqa: S311 (generated texts, not secrets)
    paragraphs = [
        "<p>"
        + " ".join(_fill("sentence", random.choice) for _ in range(random.randint(2, 4)))
        + "</p>"
        for _ in range(random.randint(3, 7))
    ]
    return "\n".join(paragraphs)


def _title(random: Random) -> str:
    kind = random.random()
    if kind < 0.03:
        return str(random.choice(_words()["other"]))
    if kind < 0.08:
        return str(random.choice(_words()["column"]))
    return _fill("title", random.choice)


def _fill(pattern: str, choose: Callable[[Sequence[Any]], Any]) -> str:
    words = _words()
    text = choose(words[pattern])
    filled = _SLOT.sub(lambda slot: choose(words[slot[1]]), text)
    # A quotation mark may come first.
    return _LETTER.sub(lambda first: first[0].upper(), filled, count=1)


def _picture(seed: int) -> tuple[str, str]:
    pictures: list[tuple[str, str]] = _words()["picture"]
    return pictures[seed // 3 % len(pictures)]


@cache
def _words() -> dict[str, list[Any]]:
    words = json.loads(_WORDS.read_text("utf-8"))
    return {**words, "picture": list(words["picture"].items())}


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return _NO_SLUG.sub("-", plain).strip("-") or "letter"


def _seconds(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}Z"
