"""Many short texts packed into one, so that a few calls of ``bytes.find`` search them all."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

# Texts that are searched together for several needles: enough to save calls, few enough to skip
# most texts.
_BLOCK = 64


class PackedTexts:
    """An immutable list of texts in one UTF-8 string.

    UTF-8, because one emoji then does not make all other characters four times as large, and a
    character is never found inside another.
    """

    def __init__(self, texts: Iterable[str], separator: str) -> None:
        """Pack ``texts``; ``separator`` is an ASCII character that none of them contains."""
        encoded = [text.encode() for text in texts]
        self._separator = separator
        self._starts = array("I", accumulate((len(text) + 1 for text in encoded), initial=0))
        # A separator stands before each text and after the last.
        self._text = separator.encode().join([b"", *encoded, b""])

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, number: int) -> str:
        return self._text[self._starts[number] + 1 : self._starts[number + 1]].decode()

    def between(self, first: int, end: int) -> list[str]:
        """Return the texts from number ``first`` to the one before ``end``."""
        texts = self._text[self._starts[first] + 1 : self._starts[end]].decode()
        return texts.split(self._separator) if first < end else []

    def containing(self, needles: Sequence[str]) -> Iterator[int]:
        """Yield the numbers of the texts that contain every needle, in order."""
        longest, *others = sorted((needle.encode() for needle in needles), key=len, reverse=True)
        place = self._text.find(longest)
        while place >= 0:
            number = bisect_right(self._starts, place) - 1
            start, end = self._starts[number], self._starts[number + 1]
            if all(self._text.find(needle, start, end + 1) >= 0 for needle in others):
                yield number
            place = self._text.find(longest, end)
