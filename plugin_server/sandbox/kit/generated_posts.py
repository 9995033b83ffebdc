"""Generated posts for accounts with thousands of them: the same at every start, on every machine.

Titles and numbers are generated at the first access and stay in memory; a post's record and its
content are generated from them each time.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from random import Random
from typing import Any

from plugin_server.sandbox.kit.moments import moment, seconds_of
from plugin_server.sandbox.kit.texts import slug

Record = dict[str, Any]

_WORDS = Path(__file__).parent / "words.json"

# Drafts lie among the published posts, as they do in Kit's list.
_DRAFTS, _SCHEDULED = 4, 2
_SCHEDULED_AT = "2036-03-02T07:00:00Z"
_SEED = 2610
_SLOT = re.compile(r"\{(\w+)\}")
_LETTER = re.compile(r"\w")


class _Choices:
    """Pseudorandom choices from one seed. Seeding ``Random`` for each record would be ten times slower."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def choice(self, choices: Sequence[Any]) -> Any:
        self._state = (self._state * 1_103_515_245 + 12_345) & 0x7FFF_FFFF
        return choices[(self._state >> 12) % len(choices)]


@dataclass(frozen=True)
class GeneratedPosts:
    """Describes the posts of one account by numbers.

    Attributes:
        published: how many posts are published; a few drafts and scheduled ones are added.
        first_id: the id of the oldest post; the next one has the next id.
        start: the day of the oldest published post, as ISO 8601.
        end: the day of the newest.
        site: the URL of the creator's site, without a trailing slash.
        pictures: the URL of the folder of the thumbnails, without a trailing slash.
    """

    published: int
    first_id: int
    start: str
    end: str
    site: str
    pictures: str

    def __post_init__(self) -> None:
        """Check the days; raises ValueError."""
        seconds_of(self.start), seconds_of(self.end)

    @property
    def ids(self) -> range:
        """The ids of the posts, oldest first."""
        return range(self.first_id, self.first_id + self.published + _DRAFTS + _SCHEDULED)

    def record(self, id_: int) -> Record:
        """Return the post with one of ``ids``, as Kit's API does but for its content."""
        number = id_ - self.first_id
        title, at, seed = self._titles_times_seeds[number]
        status = self._status(number)
        published = moment(at) if status == "published" else None
        name = f"{slug(title, '-') or 'letter'}-{number + 1}"
        description = None if seed % 11 == 0 else _fill("description", _Choices(seed).choice)
        picture = _picture(seed) if seed % 3 == 0 else None
        return {
            "id": id_,
            "publication_id": 2 * id_ + 1,
            "created_at": moment(at - 3600 * (1 + seed % 90)),
            "title": title,
            "slug": name,
            "description": description,
            "meta_description": description if seed % 4 == 0 else None,
            "status": status,
            "published_at": _SCHEDULED_AT if status == "scheduled" else published,
            "sent_at": published,
            "thumbnail_alt": picture[1] if picture and seed % 2 == 0 else None,
            "thumbnail_url": f"{self.pictures}/{picture[0]}.png" if picture else None,
            "is_paid": seed % 17 == 0,
            "public_url": f"{self.site}/posts/{name}" if published else None,
        }

    def _status(self, number: int) -> str:
        without_scheduled = len(self.ids) - _SCHEDULED
        if number >= without_scheduled:
            return "scheduled"
        every = without_scheduled // _DRAFTS
        is_draft = number % every == every - 1 and number // every < _DRAFTS
        return "draft" if is_draft else "published"

    @cached_property
    def _titles_times_seeds(self) -> list[tuple[str, int, int]]:
        random = Random(_SEED + self.published)  # noqa: S311 (generated titles, not secrets)
        count = len(self.ids)
        start, end = (int(seconds_of(day)) for day in (self.start, self.end))
        step = (end - start) / max(count - 1, 1)
        return [
            # Times are within their steps, so that they have the order of the ids.
            (
                _title(random),
                int(start + (n + 0.9 * random.random()) * step),
                random.getrandbits(31),
            )
            for n in range(count)
        ]


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
