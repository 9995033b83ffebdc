"""The functions by which templates of dynamic blocks say where something personal goes.

They check what they are given, and return marks, which are printed in the place of Liquid.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Undefined
from markupsafe import Markup

from plugin_server.rendering.personal.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Equals,
    Has,
    HasUrl,
    Lacks,
    Literal,
)
from plugin_server.rendering.personal.fields import (
    UNKNOWN,
    DynamicBlock,
    EventValue,
    Field,
    Loop,
    find_field,
)
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
from plugin_server.rendering.placeholders import (
    Bindings,
    LinePlaceholder,
    Placeholder,
    PlaceholderMisuse,
    TextPlaceholder,
    UrlPlaceholder,
)

MAX_ITEMS = 50
_PARAMETER = re.compile("[A-Za-z0-9_.-]{1,60}", re.ASCII)


@dataclass
class _Run:
    bindings: Bindings
    dynamic: DynamicBlock | None
    loops: list[Loop] = field(default_factory=list)


_run: ContextVar[_Run | None] = ContextVar("run", default=None)


@contextmanager
def run_of_template(bindings: Bindings, dynamic: DynamicBlock | None) -> Iterator[None]:
    """Let the helpers that a template calls in this context leave their marks in ``bindings``."""
    token = _run.set(_Run(bindings, dynamic))
    try:
        yield
    finally:
        _run.reset(token)


def _current(helper: str) -> tuple[_Run, DynamicBlock]:
    run = _run.get()
    if run is None or run.dynamic is None:
        raise PlaceholderMisuse(
            f"{helper}() is for dynamic blocks, which Kit renders for each subscriber. Give the block's "
            "class an identifier, and mark the block as dynamic in Kit's dashboard."
        )
    return run, run.dynamic


def _field(given: object, helper: str) -> Field:
    """Return the field that a helper is given."""
    if isinstance(given, Undefined):
        str(given)  # raises the error of a name that is not in the context
    return find_field(given, _current(helper)[1])


def _text_field(given: object, helper: str) -> Field:
    found = _field(given, helper)
    if found.is_list:
        raise PlaceholderMisuse(
            f"“{found.name}” is a list in the event's sample data, and {helper}() takes one value. Write "
            f'{{% call(item) each("{found.name}") %}} around it, and use the fields of item.'
        )
    if isinstance(found.sample, dict):
        raise PlaceholderMisuse(
            f"“{found.name}” is an object in the event's sample data, and {helper}() takes one value. Write "
            f"one of its fields: {', '.join(f'{found.name}.{name}' for name in found.sample)}."
        )
    return found


def _literal(given: object, helper: str) -> Literal | None:
    """Return a text that a helper is given; ``None`` for an empty one, or none."""
    if isinstance(given, Undefined):
        str(given)
    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    if isinstance(given, TextPlaceholder):
        lines = tuple(each.line for each in given.lines)
        return Literal(None, given.number, lines) if given else None
    if isinstance(given, LinePlaceholder):
        return Literal(None, given.number, (given.line,)) if given else None
    if isinstance(given, str) and not isinstance(given, Markup):
        return Literal(str(given))
    if isinstance(given, Placeholder):
        given.misuse(f"give it to {helper}() as a text")
    raise PlaceholderMisuse(
        f"{helper}() takes a text, not a value of type {type(given).__name__}. Write it in quotes, or put a "
        "str in the block's context."
    )


def personal(field: object, default: object = None) -> PersonalText:
    """Return a value of the subscriber or event, for texts and alt; ``default`` stands where it is empty."""
    run, _ = _current("personal")
    return PersonalText(run.bindings, _text_field(field, "personal"), _literal(default, "personal"))


def with_personal(
    url: object, parameter: str, field: object, default: object = None
) -> PersonalLink:
    """Return a URL of the context with a subscriber's value as a parameter of its query, for href."""
    run, _ = _current("with_personal")
    if isinstance(url, Undefined):
        str(url)
    if not isinstance(url, UrlPlaceholder):
        raise PlaceholderMisuse(
            "with_personal() takes a URL of the context first. Let the block's context have what "
            "parse_link() returns; personal_url() is for URLs of events."
        )
    if not isinstance(parameter, str) or not _PARAMETER.fullmatch(parameter):
        raise PlaceholderMisuse(
            f"“{parameter}” is not the name of a parameter. Write letters, digits, hyphens, dots and "
            "underscores."
        )
    found = _text_field(field, "with_personal")
    return PersonalLink(run.bindings, url, parameter, found, _literal(default, "with_personal"))


def personal_url(field: object) -> PersonalUrl:
    """Return a web URL of the event's data, for href and src, within ``when(has_url(field))``."""
    run, _ = _current("personal_url")
    return PersonalUrl(run.bindings, _text_field(field, "personal_url"))


def has(field: object) -> Has:
    """Return the condition that a field has a value, or a list has items."""
    return Has(_field(field, "has"))


def has_url(field: object) -> HasUrl:
    """Return the condition that a field has a web URL that personal_url() can print."""
    return HasUrl(_text_field(field, "has_url"))


def lacks(field: object) -> Lacks:
    """Return the condition that a field has no value, or a list no items."""
    return Lacks(_field(field, "lacks"))


def equals(field: object, text: object) -> Equals:
    """Return the condition that a field has a text; small and capital letters are alike."""
    found = _text_field(field, "equals")
    return Equals(found, _literal(text, "equals") or Literal(""))


def all_of(*conditions: Condition) -> AllOf:
    """Return the condition that all of several hold."""
    return AllOf(_conditions(conditions, "all_of"))


def any_of(*conditions: Condition) -> AnyOf:
    """Return the condition that at least one of several holds."""
    return AnyOf(_conditions(conditions, "any_of"))


def _conditions(given: tuple[object, ...], helper: str) -> tuple[Condition, ...]:
    found = tuple(each for each in given if isinstance(each, Condition))
    if not found or len(found) < len(given):
        raise PlaceholderMisuse(
            f"{helper}() takes conditions. Write has(…), has_url(…), lacks(…), equals(…), all_of(…) or "
            "any_of(…)."
        )
    return found


def when(condition: Condition, caller: Callable[[], str] | None = None) -> Markup:
    """Show what a call block has to those for whom a condition holds: ``{% call when(has(…)) %}``."""
    run, _ = _current("when")
    (checked,) = _conditions((condition,), "when")
    body = _body(caller, "when")
    start, end = When(run.bindings, checked), EndWhen(run.bindings, "when()")
    return Markup().join((_print(start), body(), _print(end)))


def otherwise() -> Otherwise:
    """Return what separates, within ``when``, what those see for whom the condition does not hold."""
    run, _ = _current("otherwise")
    return Otherwise(run.bindings, "otherwise()")


def each(field: object, limit: int = 10, caller: Callable[..., str] | None = None) -> Markup:
    """Show what a call block has for each item of an event's list: ``{% call(item) each("event.…") %}``."""
    run, _ = _current("each")
    found = _field(field, "each")
    if found.path.startswith("subscriber."):
        raise PlaceholderMisuse(
            f"“{found.name}” is one text, and each() takes a list of the event. Write personal()."
        )
    if not found.is_list and found.sample is not UNKNOWN:
        raise PlaceholderMisuse(
            f"“{found.name}” is not a list in the event's sample data. Write personal() for one value, or "
            "give the sample a list."
        )
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MAX_ITEMS:
        raise PlaceholderMisuse(f"each() shows 1 to {MAX_ITEMS} items. Write limit=10.")
    loop = Loop(len(run.loops) + 1, found, limit)
    run.loops.append(loop)
    body = _body(caller, "each")
    names = getattr(body, "arguments", ("item",))
    if not names:
        raise PlaceholderMisuse(
            "each() gives what it shows an item, and nothing takes it. Write {% call(item) each(…) %}."
        )
    name = names[0]
    start, end = Each(run.bindings, loop), EndEach(run.bindings, f"each({found.name})")
    return Markup().join((_print(start), body(EventValue(found.item(loop, name))), _print(end)))


def _print(mark: Mark) -> str:
    return mark.__html__()


def _body(caller: Callable[..., str] | None, helper: str) -> Callable[..., str]:
    if caller is None:
        argument = "(item) " if helper == "each" else " "
        raise PlaceholderMisuse(
            f"{helper}() needs what it shows. Write {{% call{argument}{helper}(…) %}} and {{% endcall %}}."
        )
    return caller


HELPERS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        *(personal, with_personal, personal_url, has, has_url, lacks, equals, all_of, any_of),
        *(when, otherwise, each),
    )
}
