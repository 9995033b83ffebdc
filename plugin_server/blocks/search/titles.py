"""Titles and how well they match, the best first and of equally good ones the newest."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from plugin_server.blocks.search.ladder import Rung, Word, ladder
from plugin_server.blocks.search.records import Records
from plugin_server.blocks.search.spelling import begun
from plugin_server.blocks.search.vocabulary import Fit, Vocabulary

# Up to so many matches are ranked one by one; more are looked for rank by rank.
_FEW = 100
# One needle is looked for in so many titles in the time that it takes to look at one by itself.
_SCANNED = 20
# A title's spellings are lines of its record; no text that has been folded holds this.
_SEPARATOR = "\0"

# See ``Vocabulary.find``.
Find = Callable[[str, Fit], Sequence[int] | None]


class Match(NamedTuple):
    """A title that matches: lower tiers are better, and so are lower ranks of the same words."""

    tier: int
    rank: int
    number: int


class Titles:
    """The titles by number, 0 for the newest."""

    def __init__(self, spellings: Iterable[Iterable[str]], vocabulary: Vocabulary) -> None:
        """Take the spellings of each title, as written first, and the words of them all."""
        lines = ("\n".join(["", *dict.fromkeys(each), ""]) for each in spellings)
        self._records = Records(lines, _SEPARATOR)
        self._vocabulary = vocabulary

    @property
    def memory(self) -> int:
        """About how many bytes this takes, without the vocabulary."""
        return self._records.memory

    def is_written(self, number: int, line: str) -> bool:
        """Tell whether a title is ``line``, its punctuation included."""
        return self._records[number].startswith(f"\n{line}\n")

    def best(self, words: Sequence[Word], find: Find, limit: int) -> list[Match]:
        """Return the ``limit`` titles that match ``words`` best; ``find`` finds words of the vocabulary."""
        found: dict[int, Match] = {}
        for match in self._ranked(words, find):
            found.setdefault(match.number, match)
            if len(found) == limit:
                break
        return list(found.values())

    def _ranked(self, words: Sequence[Word], find: Find) -> Iterator[Match]:
        """Yield all matches, best first; some return at a later rank.

        What matches a rung also matches the last. So if few match that, they are all that the rungs
        before could find, and ranking these few saves looking through all titles for each rung.
        """
        rungs = ladder(words)
        few = list(islice(self._matching(rungs[-1], words, find), _FEW))
        if len(few) < _FEW:
            yield from sorted(self._match(number, rungs) for number in few)
            return
        for rank, rung in enumerate(rungs):
            for number in self._matching(rung, words, find):
                yield Match(rung.tier, rank, number)

    def _matching(self, rung: Rung, words: Sequence[Word], find: Find) -> Iterator[int]:
        choices = [
            held
            for word, fit in zip(words, rung.fits, strict=True)
            for part in word.parts
            if (held := find(part if fit is Fit.WHOLE else begun(part), fit)) is not None
        ]
        is_quick = len(rung.needles) == 1
        most = max(_FEW, len(self._records) // _SCANNED)
        if not choices or (is_quick and min(map(self._vocabulary.count, choices)) > most):
            return self._records.holding(rung.needles)
        return self.holding(rung.needles, sorted(self._vocabulary.titles_of_all(choices, _FEW)))

    def holding(self, needles: Sequence[str], among: Iterable[int]) -> Iterator[int]:
        """Yield those titles of ``among`` that hold every needle."""
        for number in among:
            record = self._records[number]
            if all(needle in record for needle in needles):
                yield number

    def _match(self, number: int, rungs: Sequence[Rung]) -> Match:
        record = self._records[number]
        return next(
            Match(rung.tier, rank, number)
            for rank, rung in enumerate(rungs)
            if all(needle in record for needle in rung.needles)
        )
