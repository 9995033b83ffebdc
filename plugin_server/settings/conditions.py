"""Dependencies of a settings JSON that cannot be met, and settings that can never be seen.

Source: https://developers.kit.com/plugins/component-library/dependencies
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from plugin_server.findings.finding import Finding, Place, Severity, error
from plugin_server.findings.wording import kind, listed, shown, suggestion
from plugin_server.settings.setting import setting_of
from plugin_server.settings.sidebar import ANYTHING, Condition, Node, meant
from plugin_server.settings.values import PARSERS, Unusable, parse_value

ConditionCheck = Callable[[Sequence[Node]], Iterator[Finding]]


def _by_name(sidebar: Sequence[Node]) -> Mapping[str, Node]:
    return {node.name: node for node in reversed(sidebar) if node.name}


def check_targets(sidebar: Sequence[Node]) -> Iterator[Finding]:
    """Dependencies on nothing, on itself, or on what never has a value or always has one."""
    known = _by_name(sidebar)
    for node in sidebar:
        for condition in node.own_conditions():
            problem = _target_problem(node, condition, known)
            if problem:
                code, message, advice = problem
                yield error(code, Place(path=condition.path), message, advice)


def _target_problem(
    node: Node, condition: Condition, known: Mapping[str, Node]
) -> tuple[str, str, str] | None:
    field = condition.field
    target = known.get(field)
    if target is None:
        values = [name for name, each in known.items() if not each.is_group and each is not node]
        advice = suggestion(field, values) or "Name another setting of this sidebar."
        return "dependency-unknown", f"no setting has the name {shown(field)}", advice
    if target is node:
        return "dependency-self", "depends on itself", "Name another setting."
    if target.is_group:
        return (
            "dependency-group",
            f"{shown(field)} is a group, which has no value",
            "Name a setting within it.",
        )
    if target.type == "slider":
        return (
            "dependency-slider",
            f"{shown(field)} is a slider, which always has a value",
            "Depend on a toggle or a radioGroup instead.",
        )
    if field == "search" and node.type == "search":
        return (
            "dependency-search",
            'Kit sends the value beside the member "search", which has that name already',
            f"Give the setting {shown(field)} another name.",
        )
    return None


def check_values(sidebar: Sequence[Node]) -> Iterator[Finding]:
    """Dependencies on a value that the setting cannot have."""
    known = _by_name(sidebar)
    for node in sidebar:
        for condition in node.own_conditions():
            target = known.get(condition.field)
            if target is None or target is node or condition.value is ANYTHING:
                continue
            problem = _value_problem(target, condition.value)
            if problem:
                place = Place(path=(*condition.path, "value"))
                yield error("dependency-value", place, *problem)


_NEVER_EQUAL = {
    "fontFamily": "an object",
    "date": "an instant that depends on the creator's time zone",
}


def _value_problem(target: Node, value: Any) -> tuple[str, str] | None:
    """Return why ``target`` can never have ``value``, and what to write instead."""
    if target.type == "slider" or target.type not in PARSERS:
        return None  # which other checks report
    if target.type == "toggle":
        wrong = meant(value, target.type) is not True
        return ("Kit compares a toggle with true only", "Write true.") if wrong else None
    if value is None:
        if target.type == "radioGroup" and "default" in target.members:
            return "a radioGroup with a default is never empty", "Name one of its values."
        return None
    what = _NEVER_EQUAL.get(target.type or "")
    if target.members.get("multiselect") is True:
        what = "an array"
    if what:
        return (
            f"the value of {shown(target.name)} is {what}",
            'Leave "value" out: any value will do.',
        )
    if not isinstance(value, str):
        message = f"{shown(target.name)} sends text, and this is {kind(value)}"
        return message, f'Write "{shown(value)}", with quotes, or leave "value" out.'
    if not value:
        return "a setting that is empty sends nothing", "Write null, which means empty."
    try:
        parse_value(setting_of(target), value)
    except Unusable:
        options = [shown(each) for each in target.option_values()]
        advice = f"Write one of {listed(options)}." if options else "Write a value as Kit sends it."
        return f"{shown(target.name)} cannot have the value {shown(value)}", advice
    return None


def check_circles(sidebar: Sequence[Node]) -> Iterator[Finding]:
    """Settings that wait for each other; a group waits for what it depends on with all it holds."""
    known = _by_name(sidebar)
    done: set[str] = set()
    circles: dict[frozenset[str], Finding] = {}
    for node in sidebar:
        if node.name and node.name not in done:
            for condition, names in _circles_from(known[node.name], known, done):
                circles.setdefault(frozenset(names), _circle(condition, names))
    yield from circles.values()


def _circles_from(
    start: Node, known: Mapping[str, Node], done: set[str]
) -> Iterator[tuple[Condition, list[str]]]:
    """Walk along dependencies, depth first and without recursion: a chain may be long.

    Yields the condition that closes a circle, and the names on it.
    """
    way = [start]
    ahead = [iter(start.conditions())]
    while way:
        condition = next(ahead[-1], None)
        if condition is None:
            ahead.pop()
            done.add(way.pop().name or "")
            continue
        target = known.get(condition.field)
        if target is None or _is_own(condition, target):
            continue
        if target in way:
            yield condition, [node.name or "" for node in way[way.index(target) :]]
        elif condition.field not in done:
            way.append(target)
            ahead.append(iter(target.conditions()))


def _is_own(condition: Condition, target: Node) -> bool:
    """Return whether ``target`` itself has the condition, which is another finding."""
    return condition.path[:-2] == target.path


def _circle(condition: Condition, names: list[str]) -> Finding:
    if len(names) == 1:
        message = f"{shown(names[0])} is within this group, and hidden as long as the group is"
        advice = "Depend on a setting outside of the group."
    else:
        message = f"these wait for each other: {' → '.join([*names, names[0]])}"
        advice = "Remove one of these dependencies, or none of them is ever shown."
    return error("dependency-circle", Place(path=condition.path), message, advice)


def check_visibility(sidebar: Sequence[Node]) -> Iterator[Finding]:
    """Settings whose conditions contradict each other, so that no creator ever sees them."""
    known = _by_name(sidebar)
    for node in sidebar:
        if contradiction := _contradiction(node, known):
            required = node.members.get("required") is True
            yield Finding(
                "never-visible",
                Severity.ERROR if required else Severity.WARNING,
                Place(path=node.path),
                f"can never be shown: {contradiction}",
                "Remove one of the conditions"
                + (", or Kit waits for this required setting forever." if required else "."),
            )


def _contradiction(node: Node, known: Mapping[str, Node]) -> str | None:
    """Return the two conditions that cannot both hold, of all that ``node`` needs, or ``None``."""
    needed: dict[str, object] = {}
    waiting, seen = [node], {id(node)}
    while waiting:
        for condition in waiting.pop().conditions():
            field = condition.field
            target = known.get(field)
            value = meant(condition.value, target.type) if target else condition.value
            before = needed.get(field, ANYTHING)
            if field in needed and not _agree(before, value):
                return f"{shown(field)} would have to be {_state(before)} and {_state(value)}"
            needed[field] = value if before is ANYTHING else before
            # What is empty may be hidden; what has a value must itself be shown first.
            if target is not None and value is not None and id(target) not in seen:
                seen.add(id(target))
                waiting.append(target)
    return None


def _agree(one: object, other: object) -> bool:
    if one is None or other is None:
        return one is other
    return ANYTHING in (one, other) or one == other


def _state(value: object) -> str:
    if value is ANYTHING:
        return "filled in"
    return "empty" if value is None else shown(value)


CHECKS: tuple[ConditionCheck, ...] = (check_targets, check_values, check_circles, check_visibility)
