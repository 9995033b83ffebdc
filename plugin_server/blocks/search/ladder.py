"""What a title has to hold for each rank: whole words before beginnings, and numbers as numbers."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from plugin_server.blocks.search.spelling import is_number
from plugin_server.blocks.search.vocabulary import Fit

# Of so many words, all sets are tried as those that are not typed to their ends.
_MAX_COMBINED = 3


class Word(NamedTuple):
    """A word that was typed, in one of its spellings.

    ``parts`` are what a title that holds it has among the words of the vocabulary, which have no
    punctuation.
    """

    text: str
    parts: tuple[str, ...]


class Rung(NamedTuple):
    """What a title has to hold: every needle, and so each of the typed words as ``fits`` tells.

    Of two rungs with the same ``tier``, the one that comes first is a little better.
    """

    tier: int
    needles: tuple[str, ...]
    fits: tuple[Fit, ...]


# The tier of a title that is what was typed.
TITLE = 0


def ladder(words: Sequence[Word]) -> list[Rung]:
    """Return the rungs for some words, best first; whatever matches one matches the last.

    A number that is only begun comes after all else: somebody who types "episode 1" has
    not asked for episode 10.
    """
    numbers = [is_number(word.text) for word in words]
    rungs: dict[tuple[str, ...], Rung] = {}
    for needles, fits in _steps(words, numbers):
        begun = any(n and fit is not Fit.WHOLE for n, fit in zip(numbers, fits, strict=True))
        tier = 1 + max(fits) + len(Fit) * begun if rungs else TITLE
        # For a single word, several steps are the same.
        rungs.setdefault(needles, Rung(tier, needles, fits))
    return sorted(rungs.values(), key=lambda rung: rung.tier)


def _steps(
    words: Sequence[Word], numbers: Sequence[bool]
) -> Iterator[tuple[tuple[str, ...], tuple[Fit, ...]]]:
    """Yield needles and the fit of each word, best first but for numbers that are only begun."""
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
    """Return places of words that may not be typed to their ends, the likeliest first."""
    backwards = range(len(numbers) - 1, -1, -1)
    if len(numbers) <= _MAX_COMBINED:
        for size in range(1, len(numbers) + 1):
            yield from combinations(backwards, size)
    else:
        yield backwards[:1]
        yield [place for place in backwards if not numbers[place]]
        yield backwards
