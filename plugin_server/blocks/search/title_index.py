"""The folded titles, and those that match best: of equally good ones the newest first."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from plugin_server.blocks.search.packed_texts import PackedTexts
from plugin_server.blocks.search.punctuation import without_joint
from plugin_server.blocks.search.ranks import Rank, Word, ranks_of
from plugin_server.blocks.search.word_index import Fit, WordIndex

# Up to this many matches are ranked one by one; more are searched for rank by rank.
_FEW = 100
# Titles that are searched for one needle in the time that it takes to look at one by itself.
_SCANNED = 20
# A title's spellings are lines of one text; no folded text contains this character.
_SEPARATOR = "\0"

# See ``WordIndex.find``.
FindWords = Callable[[str, Fit], Sequence[int] | None]


class Match(NamedTuple):
    """A title that matches: lower tiers are better, and so are lower ranks of the same words."""

    tier: int
    rank: int
    number: int


class TitleIndex:
    """The titles by number, 0 for the newest, in every spelling."""

    def __init__(self, spellings: Iterable[Iterable[str]], words: WordIndex) -> None:
        """Index the spellings of each title, as written first; ``words`` are the words of them."""
        lines = ("\n".join(["", *dict.fromkeys(each), ""]) for each in spellings)
        self._texts = PackedTexts(lines, _SEPARATOR)
        self._words = words

    def is_written(self, number: int, line: str) -> bool:
        """Return whether a title is ``line``, its punctuation included."""
        return self._texts[number].startswith(f"\n{line}\n")

    def best(self, words: Sequence[Word], find: FindWords, limit: int) -> list[Match]:
        """Return the ``limit`` titles that match ``words`` best; ``find`` finds words of the index."""
        found: dict[int, Match] = {}
        for match in self._ranked(words, find):
            found.setdefault(match.number, match)
            if len(found) == limit:
                break
        return list(found.values())

    def _ranked(self, words: Sequence[Word], find: FindWords) -> Iterator[Match]:
        """Yield all matches, best first; some again at a later rank.

        Whatever matches a rank also matches the last. If few titles match that, ranking these few
        saves a search of all titles for each rank.
        """
        ranks = ranks_of(words)
        few = list(islice(self._matching(ranks[-1], words, find), _FEW))
        if len(few) < _FEW:
            yield from sorted(self._match(number, ranks) for number in few)
            return
        for place, rank in enumerate(ranks):
            for number in self._matching(rank, words, find):
                yield Match(rank.tier, place, number)

    def _matching(self, rank: Rank, words: Sequence[Word], find: FindWords) -> Iterator[int]:
        choices = [
            found
            for word, fit in zip(words, rank.fits, strict=True)
            for part in word.parts
            if (found := find(part if fit is Fit.WHOLE else without_joint(part), fit)) is not None
        ]
        is_quick = len(rank.needles) == 1
        most = max(_FEW, len(self._texts) // _SCANNED)
        if not choices or (is_quick and min(map(self._words.count, choices)) > most):
            return self._texts.containing(rank.needles)
        return self.containing(rank.needles, sorted(self._words.titles_with_all(choices, _FEW)))

    def containing(self, needles: Sequence[str], among: Iterable[int]) -> Iterator[int]:
        """Yield those titles of ``among`` that contain every needle."""
        for number in among:
            text = self._texts[number]
            if all(needle in text for needle in needles):
                yield number

    def _match(self, number: int, ranks: Sequence[Rank]) -> Match:
        text = self._texts[number]
        return next(
            Match(rank.tier, place, number)
            for place, rank in enumerate(ranks)
            if all(needle in text for needle in rank.needles)
        )
