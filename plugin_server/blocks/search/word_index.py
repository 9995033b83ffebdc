"""The words of all titles: which titles contain them, and which resemble what a creator typed."""

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import IntEnum
from heapq import nsmallest
from itertools import accumulate, chain, islice

from rapidfuzz import process
from rapidfuzz.distance import OSA, LCSseq

from plugin_server.blocks.search.packed_texts import PackedTexts
from plugin_server.blocks.search.punctuation import is_number

# Longer words are text without spaces.
_MAX_WORD = 30
# A part that this many words contain, such as a single letter, tells few titles from others.
_COMMON = 500
# Of the words that a title must contain, the rarest that are looked up; more hardly exclude a title.
_RAREST = 3
# Titles that are read one after the other in the time that it takes to look one of them up.
_LOOKED_UP = 20
_SEPARATOR = "\n"


class Fit(IntEnum):
    """Which part of a title's word a typed word is, best first."""

    WHOLE = 0
    BEGINNING = 1
    PART = 2


def max_typing_errors(word: str) -> int:
    """Return how many typing errors a word may have; a number may have none."""
    if not 3 <= len(word) <= _MAX_WORD or is_number(word):
        return 0
    return 1 if len(word) < 8 else 2


class WordIndex:
    """The distinct words in alphabetical order, each with the numbers of the titles that contain it.

    A word is represented by its number in that order.
    """

    def __init__(self, spellings: Iterable[tuple[str, str]]) -> None:
        """Index two spellings of each title, both without punctuation."""
        titles_of: defaultdict[str, list[int]] = defaultdict(list)
        for number, (closed, opened) in enumerate(spellings):
            for word in (closed if opened == closed else closed + opened).split():
                titles_of[word].append(number)
        words = sorted(titles_of)
        self._words = PackedTexts(words, _SEPARATOR)
        # One array, because a list for each word would take ten times the memory.
        lists = [titles_of[word] for word in words]
        self._titles = array("I", chain.from_iterable(lists))
        self._starts = array("I", accumulate(map(len, lists), initial=0))

    def titles(self, words: Iterable[int]) -> Iterator[int]:
        """Yield the numbers of the titles that contain any of ``words``, some more than once."""
        if isinstance(words, range):
            return iter(self._titles[self._starts[words.start] : self._starts[words.stop]])
        slices = (self._titles[self._starts[word] : self._starts[word + 1]] for word in words)
        return chain.from_iterable(slices)

    def titles_with_all(self, choices: Iterable[Collection[int]], few: int = 0) -> set[int]:
        """Return the titles that contain a word of each choice, and perhaps others.

        There must be a choice. Only the rarest choices are looked up, and no more of them once only
        ``few`` titles are left.
        """
        rarest = nsmallest(_RAREST, choices, key=self.count)
        found = set(self.titles(rarest[0]))
        for words in rarest[1:]:
            if len(found) <= few:
                break
            if len(words) == 1 and len(found) < self.count(words) // _LOOKED_UP:
                found = {title for title in found if self._contains(title, *words)}
            else:
                found.intersection_update(self.titles(words))
        return found

    def _contains(self, title: int, word: int) -> bool:
        start, end = self._starts[word], self._starts[word + 1]
        place = bisect_left(self._titles, title, start, end)
        return place < end and self._titles[place] == title

    def count(self, words: Collection[int]) -> int:
        """Return about how many titles contain any of ``words``."""
        if isinstance(words, range):
            return self._starts[words.stop] - self._starts[words.start]
        return sum(self._starts[word + 1] - self._starts[word] for word in words)

    def find(self, part: str, fit: Fit) -> Sequence[int] | None:
        """Return the words that are ``part``, begin with it, or contain it anywhere.

        ``None`` where so many words contain it that they do not narrow the search.
        """
        if fit is Fit.WHOLE:
            first = bisect_left(self._words, part)
            return range(first, bisect_right(self._words, part, lo=first))
        if fit is Fit.BEGINNING:
            return self._beginning(part)
        words = list(islice(self._words.containing([part]), _COMMON))
        return words if len(words) < _COMMON else None

    def _beginning(self, part: str) -> range:
        first = bisect_left(self._words, part)
        end = bisect_right(self._words, part, lo=first, key=lambda word: word[: len(part)])
        return range(first, end)

    def similar(self, typed: str) -> dict[int, int]:
        """Return the words that begin with ``typed`` but for typing errors, and the errors of each.

        An error is a wrong, missing or additional letter, or two neighbors exchanged. Words of three
        letters may only have two letters exchanged, or whatever begins with two of them would match.
        """
        limit = max_typing_errors(typed)
        if not limit:
            return {}
        if len(typed) == 3:
            exchanged = {typed[1] + typed[0] + typed[2], typed[0] + typed[2] + typed[1]} - {typed}
            return {number: 1 for part in exchanged for number in self._beginning(part)}
        # Each error costs at most one of the typed letters, and the others keep their order: a quick
        # test that also holds for a word of which only the beginning was typed.
        likely = process.extract(
            typed,
            self._likely(typed, limit),
            scorer=LCSseq.similarity,
            score_cutoff=len(typed) - limit,
            limit=None,
        )
        errors = ((number, _errors(typed, word, limit)) for word, _, number in likely)
        return {number: count for number, count in errors if 0 < count <= limit}

    def _likely(self, typed: str, limit: int) -> dict[int, str]:
        """Return words that include all that ``similar`` returns, in a fraction of its time.

        They begin with the same letter. Otherwise an error was made there and changed at most the
        first two letters; the rest has one error less, so a part of it has none.
        """
        same = self._beginning(typed[0])
        words = dict(zip(same, self._words.between(same.start, same.stop), strict=True))
        for part in _intact_parts(typed[2:], limit - 1):
            for number in self._words.containing([part]):
                words[number] = self._words[number]
        return words


def _intact_parts(text: str, errors: int) -> list[str]:
    """Return parts of which any word with ``text`` and up to ``errors`` errors has at least one.

    ``errors`` is 0 or 1.
    """
    if errors == 0:
        return [text]
    half = len(text) // 2
    exchanged = text[: half - 1] + text[half] + text[half - 1] + text[half + 1 :]
    return [text[:half], text[half:], exchanged]


def _errors(typed: str, word: str, limit: int) -> int:
    """Return the errors of ``typed`` as the beginning of ``word``; above ``limit`` any number."""
    lengths = range(len(typed) - limit, min(len(typed) + limit, len(word)) + 1)
    return min(OSA.distance(typed, word[:length], score_cutoff=limit) for length in lengths)
