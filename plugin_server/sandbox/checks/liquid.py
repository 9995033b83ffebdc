"""The findings in a dynamic block's Liquid, and in what it becomes for each reader, at its own lines."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from plugin_server.findings.finding import NOWHERE, Finding, Place, error, info, warning
from plugin_server.findings.wording import listed
from plugin_server.lint.liquid.knowledge import NOTHING_KNOWN, Knowledge
from plugin_server.lint.liquid.linter import lint_liquid
from plugin_server.sandbox.editor.start_tags import StartTag, start_tags, tag_at
from plugin_server.sandbox.liquid.problems import Problem
from plugin_server.sandbox.liquid.readers import FULL, KIT, READERS
from plugin_server.sandbox.liquid.rendering import Empty, Sent

# Why a template cannot be rendered, as the lint says it.
_UNREADABLE = frozenset({"liquid-syntax", "liquid-tag", "liquid-filter"})
# What the lint says of an output that prints nothing.
_OF_EMPTY = frozenset({"liquid-default", "liquid-preview", "liquid-variable"})


def liquid_findings(
    template: str, sent: Mapping[str, Sent], known: Knowledge = NOTHING_KNOWN
) -> Iterator[Finding]:
    """Yield the mistakes in a template, and what it leaves empty, at its lines.

    Args:
        template: HTML with Liquid.
        sent: what each reader gets, by the names of ``READERS``.
        known: what the template's variables are compared with.
    """
    linted = lint_liquid(template, known)
    yield from linted
    is_unreadable = any(each.code in _UNREADABLE for each in linted)
    said = [each.place for each in linted if each.code in _OF_EMPTY]
    readers: defaultdict[Problem | Empty, list[str]] = defaultdict(list)
    for name, each in sent.items():
        for found in (each.problem, *each.empties):
            if found:
                readers[found].append(name)
    for found, names in readers.items():
        if isinstance(found, Empty):
            if not any(_is_in(place, found) for place in said):
                yield _empty(found, names)
        elif not is_unreadable:
            message = found.sentence.removesuffix(".")
            yield error("liquid", Place(found.line, found.column), _for(message, names, sent))


def _is_in(place: Place, empty: Empty) -> bool:
    """Return whether a place is in an output that prints nothing."""
    within = empty.column <= place.column < empty.column + len(empty.source)
    return place.line == empty.line and within


def in_sent(
    template: str, sent: Mapping[str, Sent], check: Callable[[str], Sequence[Finding]]
) -> tuple[Finding, ...]:
    """Return the findings of a check of each reader's HTML, once each, at the lines of the template.

    A finding that not every reader's HTML has says whose it is.
    """
    tags = start_tags(template)
    readers: defaultdict[Finding, list[str]] = defaultdict(list)
    shown = {name: each for name, each in sent.items() if each.html.strip()}
    for name, each in shown.items():
        for finding in check(each.html):
            place = _in_template(finding.place, each, tags)
            readers[replace(finding, place=place)].append(name)
    return tuple(
        replace(finding, message=_for(finding.message, [*dict.fromkeys(names)], shown))
        for finding, names in readers.items()
    )


def _in_template(place: Place, sent: Sent, tags: Sequence[StartTag]) -> Place:
    """Return the place of the tag of the template that wrote what is at a place of the rendered HTML."""
    at = tag_at(start_tags(sent.html), place)
    number = sent.numbers[at] if at is not None and at < len(sent.numbers) else None
    if number is None or number >= len(tags):
        return NOWHERE
    return Place(tags[number].line, tags[number].column)


def _empty(empty: Empty, names: Sequence[str]) -> Finding:
    place = Place(empty.line, empty.column)
    where = "" if empty.is_text else " within a tag"
    message = f"{empty.source} prints nothing{where}"
    if FULL.name in names:
        advice = "Compare its name with the custom fields’ keys and the sample data’s."
        return warning("liquid-empty", place, f"{message}, even with all data", advice)
    readers = listed([READERS[name].words for name in names], "and")
    if names == [KIT.name]:
        return info("liquid-empty", place, f"{message} in {readers}", "Subscribers have it.")
    advice = "Give it a default, or put it within a condition."
    return warning("liquid-empty", place, f"{message} for {readers}", advice)


def _for(message: str, names: Sequence[str], every: Mapping[str, Sent]) -> str:
    """Return a message that says for which readers it is true, unless it is true for all of them."""
    if len(names) == len(every):
        return message
    return f"{message} (for {listed([READERS[name].words for name in names], 'and')})"
