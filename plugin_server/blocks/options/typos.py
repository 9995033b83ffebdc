"""Titles that match what a creator typed but for typing errors."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from plugin_server.blocks.options.titles import Titles
from plugin_server.blocks.options.vocabulary import MAX_EDITS, Vocabulary, edits_in

# Each takes longer than all the rest of a search; with more errors, the text is not understood.
_MAX_MISTYPED = 3
# From so many titles on, it is quicker to ask which of all titles hold the words without errors.
_MANY = 1000

Near = Mapping[str, Mapping[int, int]]


class Typos:
    """Finds titles by words that are not quite theirs."""

    def __init__(self, titles: Titles, spellings: Iterable[Iterable[str]]) -> None:
        """Take the titles, and of each the spellings of which its words are taken."""
        self._titles = titles
        self._vocabulary = Vocabulary(spellings)

    @property
    def memory(self) -> int:
        """About how many bytes this takes, without the titles."""
        return self._vocabulary.memory

    def best(self, words: Sequence[str], found: Collection[int], limit: int) -> list[int]:
        """Return ``limit`` titles besides those found already, with the fewest errors in a word.

        Every word is somewhere in such a title, but for errors in up to three of them.
        """
        unknown = set(islice(self._unknown(words), _MAX_MISTYPED + 1))
        suspects = sorted(filter(edits_in, words), key=lambda w: (w not in unknown, -len(w)))
        suspects = suspects[:_MAX_MISTYPED]
        if not unknown.issubset(suspects):
            return []
        near = {}
        for word in suspects:
            near[word] = self._vocabulary.near(word)
            if word in unknown and not near[word]:
                return []
        seen = dict.fromkeys(found)
        for edits in range(1, MAX_EDITS + 1):
            additional = self._within(edits, words, unknown, near, seen)
            seen |= dict.fromkeys(islice(additional, limit - (len(seen) - len(found))))
        return list(seen)[len(found) :]

    def _unknown(self, words: Iterable[str]) -> Iterator[str]:
        """Yield the words that no title holds, be it inside of another word."""
        for word in words:
            # The vocabulary knows most of them without reading all titles.
            if not self._vocabulary.has(word) and not self._titles.hold(word):
                yield word

    def _within(
        self,
        edits: int,
        words: Sequence[str],
        unknown: Collection[str],
        near: Near,
        seen: Collection[int],
    ) -> Iterator[int]:
        """Yield the titles with at most ``edits`` errors in any word, newest first."""
        mistyped = {
            word: self._vocabulary.titles(n for n, errors in like.items() if errors <= edits)
            for word, like in near.items()
        }
        if unknown:
            candidates = set.intersection(*(mistyped[word] for word in unknown))
        else:
            candidates = set().union(*mistyped.values())
        candidates.difference_update(seen)
        certain = [word for word in words if not mistyped.get(word)]
        numbers: Iterable[int] = sorted(candidates)
        if len(candidates) > _MANY and certain:
            numbers = (n for n in self._titles.holding(certain) if n in candidates)
        for number in numbers:
            record = self._titles.record(number)
            if all(number in mistyped.get(w, ()) or w.encode() in record for w in words):
                yield number
