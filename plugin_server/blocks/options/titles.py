"""Titles and how well they match, the best first and of equally good ones the newest."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from plugin_server.blocks.options.records import Records

# Up to so many matches are compared one by one; more are looked for rank by rank.
_FEW = 100
# So many rungs ask for the phrase as it was typed.
_PHRASES = 3
# A title's spellings are lines of its record; no text that has been folded holds this.
_SEPARATOR = b"\0"

Needles = tuple[bytes, ...]
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
        ranks.setdefault(tuple(needle.encode() for needle in rung), rank)
    return [(rank, needles) for needles, rank in ranks.items()]


class Titles:
    """The titles by number, 0 for the newest."""

    def __init__(self, spellings: Iterable[Iterable[str]]) -> None:
        """Take the folded spellings of each title; equal ones are kept once."""
        lines = ("\n".join(["", *dict.fromkeys(each), ""]) for each in spellings)
        self._records = Records(lines, _SEPARATOR)

    @property
    def memory(self) -> int:
        """About how many bytes this takes."""
        return self._records.memory

    def hold(self, word: str) -> bool:
        """Tell whether any title holds ``word``, be it inside of another."""
        return self._records.hold(word.encode())

    def holding(self, words: Iterable[str]) -> Iterator[int]:
        """Yield the numbers of the titles that hold all words, newest first."""
        return self._records.holding([word.encode() for word in words])

    def record(self, number: int) -> bytes:
        """Return a title's spellings in UTF-8."""
        return self._records[number]

    def best(self, words: Sequence[str], limit: int) -> list[tuple[int, int]]:
        """Return the rank and the number of the ``limit`` titles that match ``words`` best."""
        found: dict[int, int] = {}
        for rank, number in self._ranked(_ladder(words)):
            found.setdefault(number, rank)
            if len(found) == limit:
                break
        return [(rank, number) for number, rank in found.items()]

    def _ranked(self, ladder: Ladder) -> Iterator[tuple[int, int]]:
        """Yield all matches, best first; some return at a later rank.

        What matches a rung also matches those below it. So if few match the last one, or the last
        that asks for the phrase, they are all that the rungs before could find, and ranking these
        few saves looking through all titles for each rung.
        """
        for end in (len(ladder), _PHRASES):
            part = ladder[:end]
            _, loosest = part[-1]
            matches = list(islice(self._records.holding(loosest), _FEW))
            if len(matches) < _FEW:
                yield from sorted((self._rank(number, part), number) for number in matches)
                ladder = ladder[end:]
                break
        for rank, needles in ladder:
            for number in self._records.holding(needles):
                yield rank, number

    def _rank(self, number: int, ladder: Ladder) -> int:
        record = self._records[number]
        return next(rank for rank, needles in ladder if all(n in record for n in needles))
