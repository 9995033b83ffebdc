"""All options of a search field, prepared once and then searched at every keystroke."""

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import replace
from functools import cache
from itertools import islice
from sys import getsizeof

from plugin_server.blocks.base import Option, SearchQuery
from plugin_server.blocks.options.candidate import Candidate
from plugin_server.blocks.options.folding import spellings, tidy
from plugin_server.blocks.options.labels import Labels
from plugin_server.blocks.options.titles import Titles
from plugin_server.blocks.options.typos import Typing
from plugin_server.blocks.options.vocabulary import Vocabulary

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
        written, closed, opened = self._spellings()
        self._labels = Labels(self._candidates, written)
        self._vocabulary = Vocabulary(zip(closed, opened, strict=True))
        self._titles = Titles(zip(written, closed, opened, strict=True), self._vocabulary)
        self.memory = self._memory()

    def _spellings(self) -> tuple[list[str], list[str], list[str]]:
        """Return the titles' spellings, having named the candidates whose titles show nothing."""
        found = spellings(tidy(candidate.title, _MAX_TITLE) for candidate in self._candidates)
        for number, written in enumerate(found[0]):
            if written.isspace():
                self._candidates[number] = replace(self._candidates[number], title=_UNTITLED)
                for lines in found:
                    lines[number] = f" {_UNTITLED.lower()} "
        return found

    def _memory(self) -> int:
        """About how many bytes the index keeps alive, its candidates included."""
        texts = sum(
            getsizeof(candidate.title) + getsizeof(candidate.value) + getsizeof(candidate.detail)
            for candidate in self._candidates
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
        written = [self._titles.written(number) for number in range(len(self._candidates))]
        index._labels = Labels(index._candidates, written)
        index.memory = index._memory()
        return index

    def search(self, query: SearchQuery) -> list[Option]:
        """Return at most 50 options for ``query``, best first, and of equally good ones the newest.

        Stored values give exactly their options in the order of the values, so that a draft shows
        its labels again, and stored values without text give nothing once they are gone. No text
        at all gives the newest. Otherwise titles that are the text go first, then those that begin
        with it, then those with a word that does, then those whose words begin with its words, then
        those that hold its words anywhere, then those that do but for typing errors. Case, accents
        and punctuation do not count, but punctuation as it was typed goes before any other.
        """
        stored = [value for value in dict.fromkeys(query.values) if value in self._numbers]
        if stored:
            return self._options(self._numbers[value] for value in stored[:MAX_OPTIONS])
        words = tidy(query.text, _MAX_QUERY).split()
        if words:
            return self._options(self._matching(words))
        nothing_asked = not any(map(str.strip, query.values))
        return self._options(range(min(MAX_OPTIONS, len(self._candidates)) if nothing_asked else 0))

    def _options(self, numbers: Iterable[int]) -> list[Option]:
        return [Option(self._labels.of(n), self._candidates[n].value) for n in numbers]

    def _matching(self, words: Sequence[str]) -> list[int]:
        """Return the numbers of the candidates that match, at most 50."""
        written, closed, opened = (
            tuple(line.strip() for line in lines if not line.isspace())
            for lines in spellings(words)
        )
        # Each word is looked up several times.
        holding = cache(self._vocabulary.holding)
        # The vocabulary has no punctuation; a title that holds a word with it does so without.
        plain = " ".join(closed).split()
        parts = {opened: " ".join(opened).split(), closed: plain, written: plain}
        ranked = [
            (rank, way, number)
            for way, words in enumerate(dict.fromkeys((written, closed, opened)))
            if words
            for rank, number in self._titles.best(words, parts[words], holding, MAX_OPTIONS)
        ]
        found = list(dict.fromkeys(number for _, _, number in sorted(ranked)))[:MAX_OPTIONS]
        if plain and len(found) < MAX_OPTIONS:
            typing = Typing(plain, self._vocabulary, holding)
            found += islice(typing.matches(self._titles, found), MAX_OPTIONS - len(found))
        return found
