"""Titles that match what a creator typed except for typing errors."""

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from heapq import merge
from itertools import product

from plugin_server.blocks.search.punctuation import is_number
from plugin_server.blocks.search.title_index import FindWords, TitleIndex
from plugin_server.blocks.search.word_index import Fit, WordIndex, max_typing_errors

# Looking for similar words takes most of the time; a text with more unknown words finds nothing.
_MAX_MISTYPED = 3
# Of the words that titles contain, the longest that may be mistyped nevertheless.
_MAX_DOUBTED = 3


class MistypedSearch:
    """The typed words, some of which may have typing errors.

    A word that no title contains must have errors, and one of the others may have some, too: "form"
    for "from".
    """

    def __init__(self, typed: Sequence[str], index: WordIndex, find: FindWords) -> None:
        """Take the folded words without punctuation; ``find`` is ``index.find``, cached."""
        self._index = index
        self._find = find
        self._similar = cache(index.similar)
        # Of each typed word, the words that contain it; ``None`` for a common part.
        self._containing = {word: find(word, Fit.PART) for word in typed}
        self._unknown = [word for word, words in self._containing.items() if words == []]

    def titles(self, titles: TitleIndex, found: Collection[int]) -> Iterator[int]:
        """Yield the titles that match with errors and are not in ``found``, the newest first.

        Titles that contain the numbers as they were typed come before those with longer ones, and
        those with one error in a word before those with two.
        """
        if len(self._unknown) > _MAX_MISTYPED or not all(map(self._similar, self._unknown)):
            return
        seen = set(found)
        groups = list(self._groups())
        most = max(map(max_typing_errors, self._containing))
        numbers = [True, False] if any(map(is_number, self._containing)) else [False]
        for whole_numbers, errors in product(numbers, range(1, most + 1)):
            matching = (self._with(errors, group, whole_numbers, titles, found) for group in groups)
            for number in merge(*matching):
                if number not in seen:
                    seen.add(number)
                    yield number

    def _groups(self) -> Iterator[tuple[str, ...]]:
        """Yield sets of words that may have errors at the same time."""
        if self._unknown:
            yield tuple(self._unknown)
        if len(self._unknown) < _MAX_MISTYPED:
            known = [w for w, words in self._containing.items() if words and max_typing_errors(w)]
            for word in sorted(known, key=len, reverse=True)[:_MAX_DOUBTED]:
                yield (*self._unknown, word)

    def _with(
        self,
        errors: int,
        mistyped: Sequence[str],
        whole_numbers: bool,
        titles: TitleIndex,
        found: Collection[int],
    ) -> Iterator[int]:
        """Yield the titles with up to ``errors`` errors in each mistyped word and none in others."""
        needles = []
        choices = []
        for word, words in self._containing.items():
            if word in mistyped:
                continue
            is_whole = whole_numbers and is_number(word)
            needles.append(f" {word} " if is_whole else word)
            if (held := self._find(word, Fit.WHOLE) if is_whole else words) is not None:
                choices.append(held)
        rest = self._index.titles_with_all(choices).difference(found) if choices else None
        if choices and not rest:
            # As when a whole title was typed: then words similar to its own are not needed.
            return
        candidates = set.intersection(*(self._similar_titles(word, errors) for word in mistyped))
        if rest is not None:
            candidates &= rest
        yield from titles.containing(needles, sorted(candidates))

    def _similar_titles(self, word: str, errors: int) -> set[int]:
        similar = self._similar(word).items()
        return set(self._index.titles([each for each, count in similar if count <= errors]))
