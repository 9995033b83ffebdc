"""Labels of options: short, and no two of them the same to a reader."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from plugin_server.blocks.search.folding import fold, tidy
from plugin_server.rendering.text import shorten

_MAX_LABEL = 80
_MAX_DETAIL = 30
# Room for " (50000)", kept free before any number, so that all numbers follow the same words.
_NUMBER = 10
# A label is made of the beginning of a title; the rest of a huge one need not be read.
_MAX_READ = 4_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that a creator may choose; ``detail`` tells it from others with the same title."""

    title: str
    value: str
    detail: str | None = None


class Labels:
    """The label of each candidate; only labels that are not just the title are stored."""

    def __init__(self, candidates: Sequence[Candidate], folded: Sequence[str]) -> None:
        """Take the candidates, and their titles as ``fold`` returns them."""
        self._candidates = candidates
        self._distinct = dict(_distinct(candidates, _looks(candidates, folded)))

    @property
    def alike(self) -> Set[int]:
        """The numbers of the candidates whose titles look like another's."""
        return self._distinct.keys()

    def of(self, number: int) -> str:
        """Return the label of a candidate, the same at each call."""
        return self._distinct.get(number) or _label(self._candidates[number].title)


def _label(title: str, suffix: str = "", free: int = 0) -> str:
    return shorten(title[:_MAX_READ], _MAX_LABEL - len(suffix) - free) + suffix


def _looks_of(labels: Iterable[str]) -> list[str]:
    """Return what each label has in common with those that look the same to a reader."""
    return fold(tidy(label, _MAX_LABEL) for label in labels)


def _looks(candidates: Sequence[Candidate], folded: Sequence[str]) -> list[str]:
    """Return the look of each candidate's title as a label."""
    looks = list(folded)
    cut = [n for n, candidate in enumerate(candidates) if len(candidate.title) > _MAX_LABEL]
    labels = (_label(candidates[number].title) for number in cut)
    for number, look in zip(cut, _looks_of(labels), strict=True):
        looks[number] = look
    return looks


def _distinct(candidates: Sequence[Candidate], looks: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield number and label of each candidate whose title alone would look like another's."""
    times = Counter(looks)
    taken = {look for look, count in times.items() if count == 1}
    alike = [number for number, look in enumerate(looks) if times[look] > 1]
    dated = [_label(candidates[n].title, _suffix(candidates[n].detail)) for n in alike]
    last: dict[str, int] = {}
    for number, label, look in zip(alike, dated, _looks_of(dated), strict=True):
        if look in taken:
            label, look = _numbered(candidates[number], label, look, taken, last)
        taken.add(look)
        yield number, label


def _suffix(detail: str | None) -> str:
    shown = shorten(detail or "", _MAX_DETAIL)
    return f" \u00b7 {shown}" if shown else ""


def _numbered(
    candidate: Candidate, label: str, look: str, taken: Set[str], last: dict[str, int]
) -> tuple[str, str]:
    """Return the label with a number that makes it distinct, and its look.

    Counting continues from the ``last`` number of the same words, or each of many equal titles would
    try all numbers.
    """
    if len(label) > _MAX_LABEL - _NUMBER:
        label = _label(candidate.title, _suffix(candidate.detail), _NUMBER)
        (look,) = _looks_of([label])
    number = last.get(look, 1) + 1
    while f"{look}({number}) " in taken:
        number += 1
    last[look] = number
    return f"{label} ({number})", f"{look}({number}) "
