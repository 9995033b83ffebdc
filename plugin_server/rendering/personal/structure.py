"""The rules for where marks stand in a dynamic block: what a template breaks is reported at its line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil, prod
from typing import NamedTuple

from plugin_server.rendering.personal.conditions import Equals, atoms, known_fields
from plugin_server.rendering.personal.fields import Field, Loop
from plugin_server.rendering.personal.marks import (
    Each,
    EndEach,
    EndWhen,
    Mark,
    Otherwise,
    PersonalLink,
    PersonalText,
    PersonalUrl,
    When,
)

# The most combinations of what conditions ask, for each of which a block is judged.
MAX_COMBINATIONS = 64
# Parsers move text that stands directly in these.
_NO_TEXT = ("table", "tbody", "tr")

# Open elements, from the outside: their names, each with its place in the markup.
Inside = tuple[tuple[str, int], ...]


class FoundMark(NamedTuple):
    """A mark in the markup.

    Attributes:
        mark: it.
        occurrence: its number among all that was printed.
        start: its place in the markup.
        end: the place after it.
        inside: the elements around it.
    """

    mark: Mark
    occurrence: int
    start: int
    end: int
    inside: Inside


class Problem(NamedTuple):
    """A broken rule: the mark, and what is wrong and what to write instead."""

    found: FoundMark
    reason: str


@dataclass
class _Open:
    """A condition or loop that is not closed yet."""

    found: FoundMark
    known: frozenset[tuple[str, bool]] = frozenset()
    is_other: bool = False
    loop: Loop | None = None


@dataclass
class _Walk:
    markup: str
    open: list[_Open] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    # Where the condition around the whole block ends.
    end: int = -1


def problems(found: Sequence[FoundMark], markup: str) -> list[Problem]:
    """Return all broken rules, in the order of the marks.

    Args:
        found: the marks in the order in which they stand.
        markup: what the template printed.
    """
    walk = _Walk(markup)
    broken: list[Problem] = []
    for each in found:
        broken += (Problem(each, reason) for reason in _reasons(each, walk))
    if not found or broken:
        return broken
    before, after = markup[: found[0].start], markup[walk.end :]
    if walk.open or before.strip() or after.strip():
        return [Problem(found[0], _NOT_AROUND)]
    if (number := combinations([each.mark for each in found])) > MAX_COMBINATIONS:
        return [Problem(found[0], _too_many(number))]
    return []


def combinations(marks: Sequence[Mark]) -> int:
    """Return for how many made-up subscribers all outcomes of the conditions are given.

    Of the items of a loop, one subscriber has as many as the loop shows.
    """
    outcomes: dict[Loop | None, dict[str, set[object]]] = {}
    loops = [mark.loop for mark in marks if isinstance(mark, Each)]
    for mark in marks:
        if isinstance(mark, When):
            for atom in atoms(mark.condition):
                of_loop = outcomes.setdefault(atom.field.loop, {})
                of_field = of_loop.setdefault(atom.field.path, {"has", "lacks"})
                if isinstance(atom, Equals):
                    of_field.add(atom.text)

    def combined(around: Loop | None) -> int:
        inner = (each for each in loops if each.items.loop == around)
        lists = max((ceil(combined(each) / each.limit) for each in inner), default=1)
        return prod(map(len, outcomes.get(around, {}).values())) * lists

    return combined(None)


_NOT_AROUND = (
    "a dynamic block stands in one condition as a whole, so that it vanishes for subscribers without data. "
    "Write {% call when(…) %} before everything else, and its {% endcall %} after everything."
)


def _too_many(number: int) -> str:
    return (
        f"the conditions of this block have {number} combinations of outcomes, and every one is judged: at "
        f"most {MAX_COMBINATIONS} are possible. Use fewer fields in conditions, or make two blocks."
    )


def _reasons(each: FoundMark, walk: _Walk) -> Iterator[str]:
    mark = each.mark
    if not walk.open and (walk.end >= 0 or not isinstance(mark, When) or each.inside):
        if isinstance(mark, Otherwise | EndWhen | EndEach):
            yield _outside(mark)
        else:
            yield _NOT_AROUND
        if not isinstance(mark, When | Each):
            return
    if isinstance(mark, PersonalText | PersonalLink | PersonalUrl):
        yield from _reasons_of_value(mark, walk)
        return
    if each.occurrence in walk.seen:
        yield f"{mark.path} stands here twice. Write the call block again instead of printing it again."
        return
    walk.seen.add(each.occurrence)
    if each.inside and (parent := each.inside[-1][0]) in _NO_TEXT:
        yield (
            f"{mark.path} stands directly in <{parent}>, where parsers move texts such as Liquid's. Write it "
            "inside a <td>, or around the whole <table>."
        )
    if isinstance(mark, When | Each):
        yield from _reasons_of_start(each, mark, walk)
    else:
        yield from _reasons_of_end(each, mark, walk)


def _outside(mark: Mark) -> str:
    return (
        f"{mark.path} stands outside of the condition that it belongs to. Write it within "
        "{% call when(…) %}."
    )


def _reasons_of_value(
    mark: PersonalText | PersonalLink | PersonalUrl, walk: _Walk
) -> Iterator[str]:
    name = mark.field.name
    yield from _reasons_of_loop(mark.field, walk)
    known = frozenset[tuple[str, bool]]().union(*(each.known for each in walk.open))
    if isinstance(mark, PersonalUrl):
        if (mark.field.path, True) not in known:
            yield (
                f"“{name}” may be no web URL. Write {{% call when(has_url(…)) %}} around what shows it."
            )
    elif (
        isinstance(mark, PersonalText)
        and not mark.default
        and (mark.field.path, False) not in known
    ):
        yield (
            f"“{name}” may be empty. Write personal(…, default=…) with a text for that, or "
            "{% call when(has(…)) %} around what needs it."
        )


def _reasons_of_loop(used: Field, walk: _Walk) -> Iterator[str]:
    if used.loop and all(each.loop != used.loop for each in walk.open):
        yield f"“{used.name}” is used outside of its loop. Write it within the call block of each()."


def _reasons_of_start(each: FoundMark, mark: When | Each, walk: _Walk) -> Iterator[str]:
    if isinstance(mark, Each):
        yield from _reasons_of_loop(mark.loop.items, walk)
        walk.open.append(_Open(each, loop=mark.loop))
        return
    for atom in atoms(mark.condition):
        yield from _reasons_of_loop(atom.field, walk)
    walk.open.append(_Open(each, known_fields(mark.condition, holds=True)))


def _reasons_of_end(each: FoundMark, mark: Mark, walk: _Walk) -> Iterator[str]:
    if not walk.open:
        return
    start = walk.open[-1]
    kind = Each if isinstance(mark, EndEach) else When
    if not isinstance(start.found.mark, kind):
        yield _outside(mark)
        return
    if each.inside != start.found.inside:
        yield (
            f"{start.found.mark.path} opens or closes an element that its other branches do not. Write the "
            "start and end tag of every element on one side of when(), otherwise() and each()."
        )
    if isinstance(mark, Otherwise):
        if start.is_other:
            yield "this when() has an otherwise() already. Write another when() within it."
        if isinstance(start.found.mark, When):
            start.known = known_fields(start.found.mark.condition, holds=False)
        start.is_other = True
        return
    walk.open.pop()
    if not walk.open:
        walk.end = each.end
