"""Titles that match what a creator typed but for typing errors."""

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from heapq import merge

from plugin_server.blocks.options.titles import Holding, Titles
from plugin_server.blocks.options.vocabulary import Vocabulary, edits_in

# Looking for them takes longer than all the rest; with more of them, a text is not understood.
_MAX_MISTYPED = 3
# So many of the words that titles hold, the longest, are also taken for mistyped.
_MAX_DOUBTED = 3


class Typing:
    """What a creator typed, word by word.

    A word that no title holds must have errors, and one of the others may have, too: "form" for
    "from".
    """

    def __init__(self, words: Sequence[str], vocabulary: Vocabulary, holding: Holding) -> None:
        """Take the folded words without punctuation; for ``holding`` see ``Titles.best``."""
        self._vocabulary = vocabulary
        self._near = cache(vocabulary.near)
        self._held: dict[str, Sequence[int] | None] = {}
        self._unknown: list[str] = []
        self._is_hopeless = not all(self._take(word, holding(word)) for word in words)

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

        Titles with one error in a word go before those with two.
        """
        if self._is_hopeless:
            return
        seen = set(found)
        groups = list(self._groups())
        for edits in range(1, max(map(edits_in, self._held)) + 1):
            for number in merge(*(self._with(edits, group, titles, seen) for group in groups)):
                if number not in seen:
                    seen.add(number)
                    yield number

    def _groups(self) -> Iterator[Sequence[str]]:
        """Yield sets of words that may have errors at the same time."""
        if self._unknown:
            yield self._unknown
        if len(self._unknown) < _MAX_MISTYPED:
            known = [word for word, held in self._held.items() if held and edits_in(word)]
            for word in sorted(known, key=len, reverse=True)[:_MAX_DOUBTED]:
                yield [*self._unknown, word]

    def _with(
        self, edits: int, mistyped: Sequence[str], titles: Titles, seen: Collection[int]
    ) -> Iterator[int]:
        """Yield the titles with up to ``edits`` errors in each mistyped word and none in others."""
        others = [word for word in self._held if word not in mistyped]
        choices = [held for word in others if (held := self._held[word]) is not None]
        rest = self._vocabulary.titles_of_all(choices).difference(seen) if choices else None
        if choices and not rest:
            # As when the whole of a title was typed: what is near its words need not be known.
            return
        candidates = set.intersection(*(self._near_titles(word, edits) for word in mistyped))
        if rest is not None:
            candidates &= rest
        yield from titles.holding(others, sorted(candidates))

    def _near_titles(self, word: str, edits: int) -> set[int]:
        near = self._near(word).items()
        return set(self._vocabulary.titles([each for each, errors in near if errors <= edits]))
