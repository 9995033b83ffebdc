"""The words of all titles: which titles hold them, and which are nearly what a creator typed."""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import IntEnum
from heapq import nsmallest
from itertools import accumulate, chain, islice
from sys import getsizeof

from rapidfuzz import process
from rapidfuzz.distance import OSA, LCSseq

from plugin_server.blocks.search.records import Records
from plugin_server.blocks.search.spelling import is_number

# Longer ones are text without spaces rather than words.
_MAX_WORD = 30
# What is in so many words, such as a single letter, tells few titles from others.
_COMMON = 500
# How many of the words that a title must hold are asked for; more hardly leave out any title.
_RAREST = 3
# So many titles are gone through in the time that it takes to look one of them up.
_LOOKED_UP = 20
_SEPARATOR = "\n"


class Fit(IntEnum):
    """How much of a title's word has to be there, the best first."""

    WHOLE = 0
    BEGINNING = 1
    PART = 2


def edits_in(word: str) -> int:
    """Return how many typing errors are looked for in a word; a number is taken as it is."""
    if not 3 <= len(word) <= _MAX_WORD or is_number(word):
        return 0
    return 1 if len(word) < 8 else 2


class Vocabulary:
    """The distinct words, by their first letter, each with the numbers of the titles that hold it.

    Words go by their numbers.
    """

    def __init__(self, spellings: Iterable[tuple[str, str]]) -> None:
        """Take two spellings of each title without punctuation."""
        by_letter: defaultdict[str, defaultdict[str, list[int]]]
        by_letter = defaultdict(lambda: defaultdict(list))
        for number, (closed, opened) in enumerate(spellings):
            for word in (closed if opened == closed else closed + opened).split():
                by_letter[word[0]][word].append(number)
        groups = by_letter.values()
        ends = accumulate(map(len, groups))
        self._same_letter: dict[str, range] = {
            letter: range(end - len(group), end)
            for (letter, group), end in zip(by_letter.items(), ends, strict=True)
        }
        self._words = Records(chain.from_iterable(groups), _SEPARATOR)
        # One array, because a list for each word would take ten times the memory.
        lists = list(chain.from_iterable(group.values() for group in groups))
        self._titles = array("I", chain.from_iterable(lists))
        self._starts = array("I", accumulate(map(len, lists), initial=0))

    @property
    def memory(self) -> int:
        """About how many bytes this takes."""
        return self._words.memory + getsizeof(self._titles) + getsizeof(self._starts)

    def titles(self, words: Iterable[int]) -> Iterator[int]:
        """Yield the numbers of the titles that hold any of ``words``, some more than once."""
        if isinstance(words, range):
            return iter(self._titles[self._starts[words.start] : self._starts[words.stop]])
        slices = (self._titles[self._starts[word] : self._starts[word + 1]] for word in words)
        return chain.from_iterable(slices)

    def titles_of_all(self, choices: Iterable[Collection[int]], few: int = 0) -> set[int]:
        """Return the titles that hold a word of each choice, and few others.

        There must be a choice; of many, only the rarest are heeded, and no more once only ``few``
        titles are left.
        """
        rarest = nsmallest(_RAREST, choices, key=self.count)
        found = set(self.titles(rarest[0]))
        for words in rarest[1:]:
            if len(found) <= few:
                break
            if len(words) == 1 and len(found) < self.count(words) // _LOOKED_UP:
                found = {title for title in found if self._holds(title, *words)}
            else:
                found.intersection_update(self.titles(words))
        return found

    def _holds(self, title: int, word: int) -> bool:
        start, end = self._starts[word], self._starts[word + 1]
        place = bisect_left(self._titles, title, start, end)
        return place < end and self._titles[place] == title

    def count(self, words: Collection[int]) -> int:
        """Return about how many titles hold any of ``words``."""
        if isinstance(words, range):
            return self._starts[words.stop] - self._starts[words.start]
        return sum(self._starts[word + 1] - self._starts[word] for word in words)

    def find(self, part: str, fit: Fit) -> Sequence[int] | None:
        """Return the words that are ``part``, begin with it or hold it anywhere.

        ``None`` if so many hold it anywhere that they do not help.
        """
        if fit is Fit.WHOLE:
            return list(self._words.holding([f"{_SEPARATOR}{part}{_SEPARATOR}"]))
        if fit is Fit.BEGINNING:
            return self._beginning(part)
        words = list(islice(self._words.holding([part]), _COMMON))
        return words if len(words) < _COMMON else None

    def _beginning(self, part: str) -> Sequence[int]:
        if len(part) == 1:
            return self._same_letter.get(part, range(0))
        return list(self._words.holding([_SEPARATOR + part]))

    def near(self, typed: str) -> dict[int, int]:
        """Return the words that begin with ``typed`` but for its errors, and how many these are.

        An error is a wrong, missing or needless letter, or two neighbours exchanged; of three
        letters only the last, because whatever begins with two of them would be near.
        """
        edits = edits_in(typed)
        if not edits:
            return {}
        if len(typed) == 3:
            exchanged = {typed[1] + typed[0] + typed[2], typed[0] + typed[2] + typed[1]} - {typed}
            return {number: 1 for part in exchanged for number in self._beginning(part)}
        # Each error costs at most one of the typed letters and the others keep their order: a test
        # that is quick, and right also for a word of which only the beginning was typed.
        similar = process.extract(
            typed,
            self._likely(typed, edits),
            scorer=LCSseq.similarity,
            score_cutoff=len(typed) - edits,
            limit=None,
        )
        errors = ((number, _errors(typed, word, edits)) for word, _, number in similar)
        return {number: count for number, count in errors if 0 < count <= edits}

    def _likely(self, typed: str, edits: int) -> dict[int, str]:
        """Return words among which are all that ``near`` returns, in a fraction of its time.

        They begin with the same letter, or else an error was made there and has touched at most the
        first two; what follows has one error less, so a part of it is without any.
        """
        same = self._same_letter.get(typed[0], range(0))
        words = dict(zip(same, self._words.between(same.start, same.stop), strict=True))
        for part in _intact_parts(typed[2:], edits - 1):
            for number in self._words.holding([part]):
                words[number] = self._words[number]
        return words


def _intact_parts(text: str, edits: int) -> list[str]:
    """Return parts, of which whatever is ``text`` but for one error, or none, holds at least one."""
    if edits == 0:
        return [text]
    half = len(text) // 2
    exchanged = text[: half - 1] + text[half] + text[half - 1] + text[half + 1 :]
    return [text[:half], text[half:], exchanged]


def _errors(typed: str, word: str, limit: int) -> int:
    """Return the errors of ``typed`` as the beginning of ``word``, more than ``limit`` if more."""
    lengths = range(len(typed) - limit, min(len(typed) + limit, len(word)) + 1)
    return min(OSA.distance(typed, word[:length], score_cutoff=limit) for length in lengths)
