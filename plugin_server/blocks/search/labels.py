"""Labels of options: short, and of no two options the same to a reader."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from sys import getsizeof

from plugin_server.blocks.search.candidate import Candidate
from plugin_server.blocks.search.folding import fold, tidy
from plugin_server.rendering.text import shorten

_MAX_LABEL = 80
_MAX_DETAIL = 30
# Room for " (50000)", kept free before any number, so that all numbers follow the same words.
_NUMBER = 10
# A label is made of the beginning of a title; the rest of a huge one need not be read.
_MAX_READ = 4_000


class Labels:
    """The label of each candidate; only those that say more than a title are kept."""

    def __init__(self, candidates: Sequence[Candidate], folded: Sequence[str]) -> None:
        """Take the candidates, and their titles as ``fold`` returns them."""
        self._candidates = candidates
        self._told_apart = dict(_told_apart(candidates, _looks(candidates, folded)))

    @property
    def alike(self) -> Set[int]:
        """The numbers of the candidates whose titles look like another's."""
        return self._told_apart.keys()

    @property
    def memory(self) -> int:
        """About how many bytes this takes."""
        return getsizeof(self._told_apart) + sum(map(getsizeof, self._told_apart.values()))

    def of(self, number: int) -> str:
        """Return the label of a candidate, the same at each call."""
        return self._told_apart.get(number) or _label(self._candidates[number].title)


def _label(title: str, suffix: str = "", free: int = 0) -> str:
    return shorten(title[:_MAX_READ], _MAX_LABEL - len(suffix) - free) + suffix


def _looks_of(labels: Iterable[str]) -> list[str]:
    """Return of each label what it has in common with those a reader may take for the same."""
    return fold(tidy(label, _MAX_LABEL) for label in labels)


def _looks(candidates: Sequence[Candidate], folded: Sequence[str]) -> list[str]:
    """Return the look of each candidate's title as a label."""
    looks = list(folded)
    cut = [n for n, candidate in enumerate(candidates) if len(candidate.title) > _MAX_LABEL]
    labels = (_label(candidates[number].title) for number in cut)
    for number, look in zip(cut, _looks_of(labels), strict=True):
        looks[number] = look
    return looks


def _told_apart(candidates: Sequence[Candidate], looks: Sequence[str]) -> Iterator[tuple[int, str]]:
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
    """Return the label with a number so that it is not taken, and its look.

    Counted on from the ``last`` of the same words, or many equal titles would each try all numbers.
    """
    if len(label) > _MAX_LABEL - _NUMBER:
        label = _label(candidate.title, _suffix(candidate.detail), _NUMBER)
        (look,) = _looks_of([label])
    number = last.get(look, 1) + 1
    while f"{look}({number}) " in taken:
        number += 1
    last[look] = number
    return f"{label} ({number})", f"{look}({number}) "
