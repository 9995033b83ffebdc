"""All options of one search field, indexed once and searched at every keystroke."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import cache
from itertools import islice

from plugin_server.blocks.base import Option, SearchQuery
from plugin_server.blocks.search.folding import fold, tidy
from plugin_server.blocks.search.labels import Candidate, Labels
from plugin_server.blocks.search.punctuation import is_number, spellings
from plugin_server.blocks.search.ranks import TITLE, Word
from plugin_server.blocks.search.title_index import Match, TitleIndex
from plugin_server.blocks.search.typing_errors import MistypedSearch
from plugin_server.blocks.search.word_index import WordIndex

MAX_OPTIONS = 50
_MAX_QUERY = 200
# Words of a title after this many characters are not found.
_MAX_TITLE = 200
_UNTITLED = "Untitled"


class OptionIndex:
    """Candidates, newest first, with everything that searching them needs.

    It is immutable, so threads may search it at the same time.
    """

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        """Index the candidates, newest first; of those with the same value only the first."""
        by_value: dict[str, Candidate] = {}
        for candidate in candidates:
            by_value.setdefault(candidate.value, candidate)
        self._candidates = list(by_value.values())
        self._numbers = {value: number for number, value in enumerate(by_value)}
        folded = self._folded()
        self._labels = Labels(self._candidates, folded)
        written, closed, opened = spellings(folded)
        self._words = WordIndex(zip(closed, opened, strict=True))
        self._titles = TitleIndex(zip(written, closed, opened, strict=True), self._words)

    def _folded(self) -> list[str]:
        """Return the folded titles, after naming the candidates whose titles show nothing."""
        found = fold(tidy(candidate.title, _MAX_TITLE) for candidate in self._candidates)
        for number, line in enumerate(found):
            if line.isspace():
                self._candidates[number] = replace(self._candidates[number], title=_UNTITLED)
                found[number] = f" {_UNTITLED.lower()} "
        return found

    @property
    def has_equal_titles(self) -> bool:
        """Whether details are needed to tell some of the options apart."""
        return bool(self._labels.alike)

    def with_details(self, detail_of: Callable[[str], str | None]) -> "OptionIndex":
        """Return an index of the same options with other details, sharing all that a search needs.

        Args:
            detail_of: returns the detail of a candidate's value; called for equal titles only.
        """
        index = copy(self)
        index._candidates = list(self._candidates)
        for number in self._labels.alike:
            candidate = self._candidates[number]
            index._candidates[number] = replace(candidate, detail=detail_of(candidate.value))
        index._labels = Labels(index._candidates, index._folded())
        return index

    def search(self, query: SearchQuery) -> list[Option]:
        """Return at most 50 options for ``query``, best first, and of equally good ones the newest.

        Stored values return exactly their options in the order of the values, so that a draft shows
        its labels again; stored values without text return nothing once they are gone. Without any
        text, the newest options are returned. Otherwise these groups follow each other: titles that
        equal the text, those in exactly its letters first; titles with its words; with words that
        begin with its words; with its words anywhere; and with its words except for typing errors.
        Within a group, punctuation as it was typed ranks above other punctuation, and the text as a
        phrase above its single words.

        Case, accents and whatever else ``fold`` regards as the same letter are ignored. A number is
        the same with leading zeros and in other digits; longer numbers follow equal ones.
        """
        stored = [value for value in dict.fromkeys(query.values) if value in self._numbers]
        if stored:
            return self._options(self._numbers[value] for value in stored[:MAX_OPTIONS])
        text = tidy(query.text, _MAX_QUERY).strip()
        if text:
            return self._options(self._matching(text))
        if any(map(str.strip, query.values)):
            return []
        return self._options(range(min(MAX_OPTIONS, len(self._candidates))))

    def _options(self, numbers: Iterable[int]) -> list[Option]:
        return [Option(self._labels.of(n), self._candidates[n].value) for n in numbers]

    def _matching(self, text: str) -> list[int]:
        """Return the numbers of the candidates that match, at most 50."""
        # Each word is looked up several times.
        find = cache(self._words.find)
        written, closed, opened = spellings(fold(text.split()))
        ways = dict.fromkeys(
            (_words(written, closed), _words(closed, closed), _words(opened, opened))
        )
        line = f" {' '.join(' '.join(written).split())} "
        ranked = sorted(
            (match.tier, self._difference(match, text, line), way, match.rank, match.number)
            for way, words in enumerate(filter(None, ways))
            for match in self._titles.best(words, find, MAX_OPTIONS)
        )
        found = list(dict.fromkeys(number for *_, number in ranked))
        if sum(tier == TITLE for tier, *_ in ranked) >= MAX_OPTIONS:
            # There may be more, and among them the one in exactly the typed letters.
            found = list(dict.fromkeys((*self._titled(text), *found)))
        del found[MAX_OPTIONS:]
        # Letters that belong to a number are not regarded as mistyped.
        plain = [o if is_number(o) else c for c, o in zip(closed, opened, strict=True)]
        words = " ".join(plain).split()
        if words and len(found) < MAX_OPTIONS:
            mistyped = MistypedSearch(words, self._words, find)
            found += islice(mistyped.titles(self._titles, found), MAX_OPTIONS - len(found))
        return found

    def _titled(self, text: str) -> Iterator[int]:
        """Yield the numbers of the candidates with that title, those in exactly its letters first."""
        typed = text.casefold()
        alike = [n for n, each in enumerate(self._candidates) if each.title.casefold() == typed]
        yield from sorted(alike, key=lambda number: self._candidates[number].title != text)

    def _difference(self, match: Match, text: str, line: str) -> int:
        """Return how much a title that equals ``text`` differs from it: in case, letters or signs.

        ``line`` is the folded text with its punctuation.
        """
        if match.tier != TITLE:
            return 0
        title = tidy(self._candidates[match.number].title, _MAX_TITLE)
        if title == text:
            return 0
        if title.casefold() == text.casefold():
            return 1
        return 2 if self._titles.is_written(match.number, line) else 3


def _words(spelled: Sequence[str], plain: Sequence[str]) -> tuple[Word, ...]:
    """Return the typed words in one spelling, without those that are empty in it.

    ``plain`` are the same words without punctuation.
    """
    return tuple(
        Word(line.strip(), tuple(parts.split()))
        for line, parts in zip(spelled, plain, strict=True)
        if not line.isspace()
    )
