"""All options of a search field, prepared once and then searched at every keystroke."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import cache
from itertools import chain, islice
from sys import getsizeof

from plugin_server.blocks.base import Option, SearchQuery
from plugin_server.blocks.search.candidate import Candidate
from plugin_server.blocks.search.folding import fold, tidy
from plugin_server.blocks.search.labels import Labels
from plugin_server.blocks.search.ladder import TITLE, Word
from plugin_server.blocks.search.spelling import is_number, spellings
from plugin_server.blocks.search.titles import Match, Titles
from plugin_server.blocks.search.typos import Typing
from plugin_server.blocks.search.vocabulary import Vocabulary

MAX_OPTIONS = 50
_MAX_QUERY = 200
# What a title says after so many characters is not found.
_MAX_TITLE = 200
_UNTITLED = "Untitled"
# A candidate, its place in a tuple, and its place among the values.
_BYTES_PER_CANDIDATE = 56 + 8 + 32


class OptionIndex:
    """Candidates, newest first, and everything that a search of them needs.

    It never changes once it is made, so threads may search it at the same time.
    """

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        """Take the candidates, newest first; of those with the same value only the first."""
        by_value: dict[str, Candidate] = {}
        for candidate in candidates:
            by_value.setdefault(candidate.value, candidate)
        self._candidates = list(by_value.values())
        self._numbers = {value: number for number, value in enumerate(by_value)}
        folded = self._folded()
        self._labels = Labels(self._candidates, folded)
        written, closed, opened = spellings(folded)
        self._vocabulary = Vocabulary(zip(closed, opened, strict=True))
        self._titles = Titles(zip(written, closed, opened, strict=True), self._vocabulary)
        self.memory = self._memory()

    def _folded(self) -> list[str]:
        """Return the folded titles, having named the candidates whose titles show nothing."""
        found = fold(tidy(candidate.title, _MAX_TITLE) for candidate in self._candidates)
        for number, line in enumerate(found):
            if line.isspace():
                self._candidates[number] = replace(self._candidates[number], title=_UNTITLED)
                found[number] = f" {_UNTITLED.lower()} "
        return found

    def _memory(self) -> int:
        """About how many bytes the index keeps alive, its candidates included."""
        texts = sum(
            map(
                getsizeof,
                chain.from_iterable((c.title, c.value, c.detail) for c in self._candidates),
            )
        )
        parts = self._labels.memory + self._titles.memory + self._vocabulary.memory
        each = _BYTES_PER_CANDIDATE * len(self._candidates)
        return texts + parts + each + getsizeof(self._numbers)

    @property
    def has_equal_titles(self) -> bool:
        """Whether details are needed to tell some of the options apart."""
        return bool(self._labels.alike)

    def with_details(self, detail_of: Callable[[str], str | None]) -> "OptionIndex":
        """Return the same options told apart by other details, sharing all that a search needs.

        Args:
            detail_of: of a candidate's value, its detail; asked for equal titles only.
        """
        index = copy(self)
        index._candidates = list(self._candidates)
        for number in self._labels.alike:
            candidate = self._candidates[number]
            index._candidates[number] = replace(candidate, detail=detail_of(candidate.value))
        index._labels = Labels(index._candidates, index._folded())
        index.memory = index._memory()
        return index

    def search(self, query: SearchQuery) -> list[Option]:
        """Return at most 50 options for ``query``, best first, and of equally good ones the newest.

        Stored values give exactly their options in the order of the values, so that a draft shows
        its labels again, and stored values without text give nothing once they are gone. No text
        at all gives the newest. Otherwise titles that are the text go first, those in its very
        letters before others, then those that hold its words, then those with words that begin with
        its words, then those that hold them anywhere, then those that do but for typing errors. In
        each of these groups, punctuation as it was typed goes before any other, and the text as a
        phrase before its single words.

        Case, accents and whatever else ``fold`` takes for the same letter do not count. A number is
        the same with leading zeros and in other digits, and longer ones go behind those that are
        equal.
        """
        stored = [value for value in dict.fromkeys(query.values) if value in self._numbers]
        if stored:
            return self._options(self._numbers[value] for value in stored[:MAX_OPTIONS])
        text = tidy(query.text, _MAX_QUERY).strip()
        if text:
            return self._options(self._matching(text))
        nothing_asked = not any(map(str.strip, query.values))
        return self._options(range(min(MAX_OPTIONS, len(self._candidates)) if nothing_asked else 0))

    def _options(self, numbers: Iterable[int]) -> list[Option]:
        return [Option(self._labels.of(n), self._candidates[n].value) for n in numbers]

    def _matching(self, text: str) -> list[int]:
        """Return the numbers of the candidates that match, at most 50."""
        # Each word is looked up several times.
        find = cache(self._vocabulary.find)
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
            # There may be more, and the one that was typed to the letter among them.
            found = list(dict.fromkeys((*self._titled(text), *found)))
        del found[MAX_OPTIONS:]
        # Letters that belong to a number are not taken for mistyped.
        plain = [o if is_number(o) else c for c, o in zip(closed, opened, strict=True)]
        words = " ".join(plain).split()
        if words and len(found) < MAX_OPTIONS:
            typing = Typing(words, self._vocabulary, find)
            found += islice(typing.matches(self._titles, found), MAX_OPTIONS - len(found))
        return found

    def _titled(self, text: str) -> Iterator[int]:
        """Yield the numbers of the candidates with that title, those in the very letters first."""
        typed = text.casefold()
        alike = [n for n, each in enumerate(self._candidates) if each.title.casefold() == typed]
        yield from sorted(alike, key=lambda number: self._candidates[number].title != text)

    def _difference(self, match: Match, text: str, line: str) -> int:
        """Return how much a title that is ``text`` differs from it: in case, letters or signs.

        ``line`` is the text as it is written, folded.
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
    """Return the words that were typed in one spelling, having left out those without any sign.

    ``plain`` are the same without punctuation.
    """
    return tuple(
        Word(line.strip(), tuple(parts.split()))
        for line, parts in zip(spelled, plain, strict=True)
        if not line.isspace()
    )
