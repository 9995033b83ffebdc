"""What a title must contain for each rank: whole words rank above beginnings, those above parts."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from plugin_server.blocks.search.punctuation import is_number
from plugin_server.blocks.search.word_index import Fit

# Up to this many words, every set of them is tried as the words that are only begun.
_MAX_COMBINED = 3


class Word(NamedTuple):
    """A typed word in one of its spellings.

    ``parts`` are the words of the ``WordIndex``, which have no punctuation, in a title that contains
    it.
    """

    text: str
    parts: tuple[str, ...]


class Rank(NamedTuple):
    """What a title must contain: every needle, and so every typed word with its fit.

    Of two ranks with the same ``tier``, the first is slightly better.
    """

    tier: int
    needles: tuple[str, ...]
    fits: tuple[Fit, ...]


# The tier of a title that equals what was typed.
TITLE = 0


def ranks_of(words: Sequence[Word]) -> list[Rank]:
    """Return the ranks for typed words, best first; whatever matches one matches the last.

    A number that is only begun comes after everything else: "episode 1" is not a search for episode
    10.
    """
    numbers = [is_number(word.text) for word in words]
    ranks: dict[tuple[str, ...], Rank] = {}
    for needles, fits in _steps(words, numbers):
        begun = any(n and fit is not Fit.WHOLE for n, fit in zip(numbers, fits, strict=True))
        tier = 1 + max(fits) + len(Fit) * begun if ranks else TITLE
        # For a single word, several steps are the same.
        ranks.setdefault(needles, Rank(tier, needles, fits))
    return sorted(ranks.values(), key=lambda rank: rank.tier)


def _steps(
    words: Sequence[Word], numbers: Sequence[bool]
) -> Iterator[tuple[tuple[str, ...], tuple[Fit, ...]]]:
    """Yield needles and the fit of each word, best first except for numbers that are only begun."""
    phrase = " ".join(word.text for word in words)
    whole = (Fit.WHOLE,) * len(words)
    begun = (*whole[:-1], Fit.BEGINNING)
    yield (f"\n {phrase} \n",), whole
    yield (f"\n {phrase} ",), whole
    yield (f" {phrase} ",), whole
    yield _each(words, whole), whole
    yield (f"\n {phrase}",), begun
    yield (f" {phrase}",), begun
    for unfinished in _unfinished(numbers):
        fits = tuple(
            Fit.BEGINNING if place in unfinished else Fit.WHOLE for place in range(len(words))
        )
        yield _each(words, fits), fits
    fits = tuple(Fit.WHOLE if number else Fit.PART for number in numbers)
    yield _each(words, fits), fits
    fits = (Fit.PART,) * len(words)
    yield _each(words, fits), fits


def _each(words: Iterable[Word], fits: Iterable[Fit]) -> tuple[str, ...]:
    """Return the needles of words that may stand anywhere in a title."""
    forms = {Fit.WHOLE: " {} ", Fit.BEGINNING: " {}", Fit.PART: "{}"}
    return tuple(forms[fit].format(word.text) for word, fit in zip(words, fits, strict=True))


def _unfinished(numbers: Sequence[bool]) -> Iterable[Sequence[int]]:
    """Return the places of words that may be only begun, the likeliest first."""
    backwards = range(len(numbers) - 1, -1, -1)
    if len(numbers) <= _MAX_COMBINED:
        for size in range(1, len(numbers) + 1):
            yield from combinations(backwards, size)
    else:
        yield backwards[:1]
        yield [place for place in backwards if not numbers[place]]
        yield backwards
