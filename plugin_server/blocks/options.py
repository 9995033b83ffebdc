"""Search fields: which options match what a creator typed, in which order, under which labels."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from plugin_server.blocks.base import Option, SearchQuery
from plugin_server.rendering.text import shorten

MAX_OPTIONS = 50
_MAX_LABEL = 80
_MAX_QUERY = 200
# Titles are the same at every keystroke, and preparing one costs more than comparing it.
_TITLES = 16_384


@dataclass(frozen=True)
class Candidate:
    """Something that a creator may choose; ``detail`` tells it from others of the same title."""

    title: str
    value: str
    detail: str | None = None


@lru_cache(maxsize=_TITLES)
def _short(title: str) -> str:
    return shorten(title, _MAX_LABEL) or "Untitled"


@lru_cache(maxsize=_TITLES)
def fold(text: str) -> str:
    """Return ``text`` without case and accents, with single spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def labelled(candidates: Sequence[Candidate]) -> list[Option]:
    """Return an option for each candidate, with short labels of which no two are equal."""
    shortened = [_short(candidate.title) for candidate in candidates]
    of_title = Counter(shortened)
    seen: Counter[str] = Counter()
    options = []
    for title, candidate in zip(shortened, candidates, strict=True):
        label = title
        if of_title[title] > 1 and candidate.detail:
            label = f"{title} \u00b7 {candidate.detail}"
        seen[label] += 1
        if seen[label] > 1:
            label = f"{label} ({seen[label]})"
        options.append(Option(label, candidate.value))
    return options


def _ranking(wanted: str) -> Callable[[str], int | None]:
    """Return 0 for titles that begin with ``wanted``, 1 when a word does, 2 inside, else None."""
    word = re.compile(rf"(?<!\w){re.escape(wanted)}")

    def rank(title: str) -> int | None:
        if wanted not in title:
            return None
        if title.startswith(wanted):
            return 0
        return 1 if word.search(title) else 2

    return rank


def matching(candidates: Sequence[Candidate], query: SearchQuery) -> list[Option]:
    """Return at most 50 options for ``query``.

    A stored value gives exactly its option, so that a draft shows its label again, and stored
    values without text give nothing once they are gone. No text at all gives the first candidates
    as they come. Otherwise titles that begin with the text go first, then those with a word that
    does, then those that hold it anywhere; case and accents do not count, and candidates of equal
    rank keep their order.
    """
    options = labelled(candidates)
    if chosen := [option for option in options if option.value in query.values]:
        return chosen
    wanted = fold(query.text[:_MAX_QUERY])
    if not wanted:
        return options[:MAX_OPTIONS] if not any(map(str.strip, query.values)) else []
    rank = _ranking(wanted)
    ranked = [
        (place, option)
        for candidate, option in zip(candidates, options, strict=True)
        if (place := rank(fold(candidate.title))) is not None
    ]
    ranked.sort(key=lambda pair: pair[0])
    return [option for _, option in ranked[:MAX_OPTIONS]]
