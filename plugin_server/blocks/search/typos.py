"""Titles that match what a creator typed but for typing errors."""

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from heapq import merge
from itertools import product

from plugin_server.blocks.search.spelling import is_number
from plugin_server.blocks.search.titles import Find, Titles
from plugin_server.blocks.search.vocabulary import Fit, Vocabulary, edits_in

# Looking for them takes longer than all the rest; with more of them, a text is not understood.
_MAX_MISTYPED = 3
# So many of the words that titles hold, the longest, are also taken for mistyped.
_MAX_DOUBTED = 3


class Typing:
    """What a creator typed, word by word.

    A word that no title holds must have errors, and one of the others may have, too: "form" for
    "from".
    """

    def __init__(self, words: Sequence[str], vocabulary: Vocabulary, find: Find) -> None:
        """Take the folded words without punctuation; for ``find`` see ``Titles.best``."""
        self._vocabulary = vocabulary
        self._find = find
        self._near = cache(vocabulary.near)
        self._held: dict[str, Sequence[int] | None] = {}
        self._unknown: list[str] = []
        self._is_hopeless = not all(self._take(word, find(word, Fit.PART)) for word in words)

    def _take(self, word: str, held: Sequence[int] | None) -> bool:
        """Count a word in; tell whether there still is hope of finding any title."""
        self._held[word] = held
        if held is None or held:
            return True
        if word not in self._unknown:
            self._unknown.append(word)
        return len(self._unknown) <= _MAX_MISTYPED and bool(self._near(word))

    def matches(self, titles: Titles, found: Collection[int]) -> Iterator[int]:
        """Yield the titles with errors besides all those ``found`` without, the newest first.

        Titles that hold the numbers as they were typed go before those with longer ones, and those
        with one error in a word before those with two.
        """
        if self._is_hopeless:
            return
        seen = set(found)
        groups = list(self._groups())
        most = max(map(edits_in, self._held))
        for whole_numbers, edits in product(self._ways(), range(1, most + 1)):
            matching = (self._with(edits, group, whole_numbers, titles, found) for group in groups)
            for number in merge(*matching):
                if number not in seen:
                    seen.add(number)
                    yield number

    def _ways(self) -> Sequence[bool]:
        """Return whether numbers are to be whole, for each time that all titles are looked at."""
        return (True, False) if any(map(is_number, self._held)) else (False,)

    def _groups(self) -> Iterator[tuple[str, ...]]:
        """Yield sets of words that may have errors at the same time."""
        if self._unknown:
            yield tuple(self._unknown)
        if len(self._unknown) < _MAX_MISTYPED:
            known = [word for word, held in self._held.items() if held and edits_in(word)]
            for word in sorted(known, key=len, reverse=True)[:_MAX_DOUBTED]:
                yield (*self._unknown, word)

    def _with(
        self,
        edits: int,
        mistyped: Sequence[str],
        whole_numbers: bool,
        titles: Titles,
        found: Collection[int],
    ) -> Iterator[int]:
        """Yield the titles with up to ``edits`` errors in each mistyped word and none in others."""
        needles = []
        choices = []
        for word in self._held:
            if word in mistyped:
                continue
            is_whole = whole_numbers and is_number(word)
            needles.append(f" {word} " if is_whole else word)
            held = self._find(word, Fit.WHOLE) if is_whole else self._held[word]
            if held is not None:
                choices.append(held)
        rest = self._vocabulary.titles_of_all(choices).difference(found) if choices else None
        if choices and not rest:
            # As when the whole of a title was typed: what is near its words need not be known.
            return
        candidates = set.intersection(*(self._near_titles(word, edits) for word in mistyped))
        if rest is not None:
            candidates &= rest
        yield from titles.holding(needles, sorted(candidates))

    def _near_titles(self, word: str, edits: int) -> set[int]:
        near = self._near(word).items()
        return set(self._vocabulary.titles([each for each, errors in near if errors <= edits]))
