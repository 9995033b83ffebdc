"""Many short texts as one, so that few calls of ``bytes.find`` search them all."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from sys import getsizeof

# So many texts are looked through together: enough to save calls, few enough to leave out most.
_BLOCK = 64


class Records:
    """Texts one behind the other, each with its number, with a separator that none holds.

    They are kept in UTF-8, in which one emoji does not make all other characters four times as
    large, and in which a character is never found inside of another.
    """

    def __init__(self, texts: Iterable[str], separator: str) -> None:
        """Take the texts, and the ASCII character that goes before each and behind the last."""
        encoded = [text.encode() for text in texts]
        self._separator = separator
        self._starts = array("I", accumulate((len(text) + 1 for text in encoded), initial=0))
        self._text = separator.encode().join([b"", *encoded, b""])

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, number: int) -> str:
        return self._text[self._starts[number] + 1 : self._starts[number + 1]].decode()

    @property
    def memory(self) -> int:
        """About how many bytes this takes."""
        return getsizeof(self._text) + getsizeof(self._starts)

    def between(self, first: int, end: int) -> list[str]:
        """Return the texts from number ``first`` to the one before ``end``."""
        texts = self._text[self._starts[first] + 1 : self._starts[end]].decode()
        return texts.split(self._separator) if first < end else []

    def holding(self, needles: Sequence[str]) -> Iterator[int]:
        """Yield the numbers of the texts that hold every needle, in order."""
        encoded = [needle.encode() for needle in needles]
        if len(needles) == 1:
            yield from self._holding_one(encoded[0])
            return
        for first in range(0, len(self), _BLOCK):
            end = min(first + _BLOCK, len(self))
            place = self._starts[first], self._starts[end]
            if all(self._text.find(needle, *place) >= 0 for needle in encoded):
                texts = self.between(first, end)
                matches: Iterable[int] = range(len(texts))
                for needle in needles:
                    matches = [which for which in matches if needle in texts[which]]
                yield from (first + which for which in matches)

    def _holding_one(self, needle: bytes) -> Iterator[int]:
        place = self._text.find(needle)
        while place >= 0:
            number = bisect_right(self._starts, place) - 1
            yield number
            place = self._text.find(needle, self._starts[number + 1])
