"""Titles and how well they match, the best first and of equally good ones the newest."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from plugin_server.blocks.options.records import Records
from plugin_server.blocks.options.vocabulary import Vocabulary

# Up to so many matches are ranked one by one; more are looked for rank by rank.
_FEW = 100
# So many rungs ask for the phrase as it was typed; the next one asks for its words.
_PHRASES = _WORDS = 3
# A title's spellings are lines of its record; no text that has been folded holds this.
_SEPARATOR = "\0"

Needles = tuple[str, ...]
# See ``Vocabulary.holding``.
Holding = Callable[[str], Sequence[int] | None]
Ladder = Sequence[tuple[int, Needles]]


def _ladder(words: Sequence[str]) -> Ladder:
    """Return ranks, and what a title has to hold for each, best first."""
    phrase = " ".join(words)
    rungs = (
        (f"\n {phrase} \n",),  # is the whole title
        (f"\n {phrase}",),  # the title begins with it
        (f" {phrase}",),  # begins at a word
        tuple(f" {word}" for word in words),  # each begins at a word, in any order
        tuple(words),  # each is somewhere
    )
    ranks: dict[Needles, int] = {}
    for rank, rung in enumerate(rungs):
        # For a single word, two rungs are the same.
        ranks.setdefault(rung, rank)
    return [(rank, needles) for needles, rank in ranks.items()]


class Titles:
    """The titles by number, 0 for the newest."""

    def __init__(self, spellings: Iterable[Iterable[str]], vocabulary: Vocabulary) -> None:
        """Take the folded spellings of each title, and the words of them all."""
        lines = ("\n".join(["", *dict.fromkeys(each), ""]) for each in spellings)
        self._records = Records(lines, _SEPARATOR)
        self._vocabulary = vocabulary

    @property
    def memory(self) -> int:
        """About how many bytes this takes, without the vocabulary."""
        return self._records.memory

    def written(self, number: int) -> str:
        """Return the first spelling of a title."""
        return self._records[number].split("\n", 2)[1]

    def best(
        self, words: Sequence[str], parts: Sequence[str], holding: Holding, limit: int
    ) -> list[tuple[int, int]]:
        """Return the rank and the number of the ``limit`` titles that match ``words`` best.

        ``parts`` are the same without punctuation, as words of the vocabulary hold them, and
        ``holding`` tells which words do.
        """
        found: dict[int, int] = {}
        for rank, number in self._ranked(_ladder(words), parts, holding):
            found.setdefault(number, rank)
            if len(found) == limit:
                break
        return [(rank, number) for number, rank in found.items()]

    def _ranked(
        self, ladder: Ladder, parts: Sequence[str], holding: Holding
    ) -> Iterator[tuple[int, int]]:
        """Yield all matches, best first; some return at a later rank.

        What matches a rung also matches those below it. So if few match the last one, or the last
        that asks for the phrase, they are all that the rungs before could find, and ranking these
        few saves looking through all titles for each rung.
        """
        among = self._holding_all(parts, holding)
        for end in (len(ladder), _PHRASES):
            part = ladder[:end]
            _, loosest = part[-1]
            matches = list(islice(self._search(loosest, among), _FEW))
            if len(matches) < _FEW:
                yield from sorted((self._rank(number, part), number) for number in matches)
                ladder = ladder[end:]
                break
        for rank, needles in ladder:
            if rank == _WORDS and parts:
                choices = map(self._vocabulary.beginning, parts)
                matching = self.holding(needles, sorted(self._vocabulary.titles_of_all(choices)))
            else:
                matching = self._search(needles, among)
            for number in matching:
                yield rank, number

    def _holding_all(self, parts: Sequence[str], holding: Holding) -> Sequence[int] | None:
        """Return the only titles that may hold all parts; ``None`` if they are too many to help."""
        choices = []
        for part in parts:
            words = holding(part)
            if words is None:
                continue
            if not words:
                return ()
            choices.append(words)
        if not choices or (len(parts) == 1 and self._vocabulary.count(choices[0]) > _FEW):
            return None
        return sorted(self._vocabulary.titles_of_all(choices))

    def _search(self, needles: Needles, among: Sequence[int] | None) -> Iterator[int]:
        # One needle is found in the whole text in the time that a few hundred titles take.
        if among is None or (len(needles) == 1 and len(among) > _FEW):
            return self._records.holding(needles)
        return self.holding(needles, among)

    def holding(self, needles: Sequence[str], among: Iterable[int]) -> Iterator[int]:
        """Yield those titles of ``among`` that hold every needle."""
        for number in among:
            record = self._records[number]
            if all(needle in record for needle in needles):
                yield number

    def _rank(self, number: int, ladder: Ladder) -> int:
        record = self._records[number]
        return next(rank for rank, needles in ladder if all(n in record for n in needles))
