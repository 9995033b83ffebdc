"""The findings in a dynamic block's Liquid, and those in what it becomes for each reader, by its own lines."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from plugin_server.findings.finding import NOWHERE, Finding, Place, error, info, warning
from plugin_server.findings.wording import listed
from plugin_server.sandbox.editor.start_tags import StartTag, start_tags, tag_at
from plugin_server.sandbox.liquid.problems import Problem
from plugin_server.sandbox.liquid.readers import FULL, KIT, READERS
from plugin_server.sandbox.liquid.rendering import Empty, Sent


def liquid_findings(template: str, sent: Mapping[str, Sent]) -> Iterator[Finding]:
    """Yield the mistakes in a template, and what it leaves empty, at its lines.

    Args:
        template: HTML with Liquid.
        sent: what each reader gets, by the names of ``READERS``.
    """
    readers: defaultdict[Problem | Empty, list[str]] = defaultdict(list)
    for name, each in sent.items():
        for found in (each.problem, *each.empties):
            if found:
                readers[found].append(name)
    for found, names in readers.items():
        if isinstance(found, Problem):
            message = found.sentence.removesuffix(".")
            yield error("liquid", Place(found.line, found.column), _for(message, names, sent))
        else:
            yield _empty(found, names)
    # The rules for anybody's Liquid (plugin_server/lint/liquid.py) are called here with ``template``.


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
        advice = "It is empty even for a subscriber with all data: is its name a custom field’s or in the sample data?"
        return warning("liquid-empty", place, message, advice)
    labels = listed([READERS[name].label for name in names], "and")
    if names == [KIT.name]:
        return info("liquid-empty", place, f"{message} in {labels}", "Subscribers have it.")
    advice = "Give it a default, or put it within a condition."
    return warning("liquid-empty", place, f"{message} for: {labels}", advice)


def _for(message: str, names: Sequence[str], every: Mapping[str, Sent]) -> str:
    """Return a message that says for which readers it is true, unless it is true for all of them."""
    if len(names) == len(every):
        return message
    return f"{message} (for: {listed([READERS[name].label for name in names], 'and')})"
