"""The Liquid of a reader of whom nothing is known.

Every variable is undefined, so whatever comes out was written in the template. python-liquid follows
Kit's own engine (Shopify's, in Ruby): what it cannot parse prints nothing.

Source: https://shopify.github.io/liquid/
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from liquid import Environment, Mode

# Filters that make or change text or small numbers out of what they are given. Not "date", which
# prints the present time: equal settings must give equal blocks.
_FILTERS = (
    *("append", "capitalize", "default", "downcase", "escape", "first", "join", "last", "lstrip"),
    *("minus", "plus", "prepend", "remove", "remove_first", "replace", "replace_first", "rstrip"),
    *("size", "split", "squish", "strip", "strip_html", "strip_newlines", "times", "truncate"),
    *("truncatewords", "upcase"),
)
_TAGS = (
    *("#", "assign", "break", "capture", "case", "comment", "continue", "cycle", "echo", "for"),
    *("if", "ifchanged", "unless"),
)
# What the parser needs for itself; the last one is for tags that it does not know.
_PARTS = ("content", "illegal", "output")
# Characters of a text, items of a list. As short as a title: "replace" could square it again and again.
_LONGEST = 300
_LARGEST = 10**15


class TooMuch(Exception):
    """A template that makes more of itself than a title could hold. No error of Liquid's on purpose:
    the engine goes on after those."""


class _Engine(Environment):
    logical_parentheses = True
    block_nesting_limit = 10
    context_depth_limit = 10
    loop_iteration_limit = 20
    local_namespace_limit = 20_000
    output_stream_limit = 20_000


def _require_small(value: object) -> None:
    if isinstance(value, str | list | tuple | range) and len(value) > _LONGEST:
        raise TooMuch
    if isinstance(value, int | float) and not abs(value) < _LARGEST:
        raise TooMuch


def _bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that neither takes nor gives more than a title could hold."""

    @wraps(function)
    def bounded(*values: Any, **named: Any) -> Any:
        for value in (*values, *named.values()):
            _require_small(value)
        made = function(*values, **named)
        _require_small(made)
        return made

    return bounded


def _nothing(*values: object, **named: object) -> str:
    """Stand in for a filter that is not offered: what it was given is not what it would print."""
    return ""


@lru_cache(maxsize=1)
def _engine() -> Environment:
    engine = _Engine(tolerance=Mode.LAX)
    for name, function in tuple(engine.filters.items()):
        engine.add_filter(name, _bounded(function) if name in _FILTERS else _nothing)
    engine.tags = {name: engine.tags[name] for name in (*_TAGS, *_PARTS)}
    return engine


def render(template: str) -> str:
    """Return what a reader without any data gets.

    ``template`` has no unclosed delimiters, no ranges and at most some thousand characters, or its
    time is not bounded.

    Raises:
        Exception: of whatever kind; an engine is not made for text that was never meant to be one.
    """
    return _engine().from_string(template).render()
