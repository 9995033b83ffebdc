"""A bounded Liquid engine in which every variable is undefined, for the Liquid of creators' titles.

So all output comes from the template itself. python-liquid follows Kit's own engine (Shopify's, in
Ruby): what it cannot parse prints nothing.

Source: https://shopify.github.io/liquid/
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from liquid import Environment, Mode

# Filters that return text or small numbers made from their arguments. Not "date", which can print the
# current time: equal settings must give equal blocks.
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
# Tags that the parser needs itself; "illegal" stands for unknown tags.
_PARTS = ("content", "illegal", "output")
# The most characters of a text, or items of a list; no longer, because repeated "replace" squares the length.
_LONGEST = 300
_LARGEST = 10**15


class ValueTooLarge(Exception):
    """A filter takes or returns a value too large for a title.

    Not derived from Liquid's errors on purpose: the engine continues after those.
    """


class _Engine(Environment):
    logical_parentheses = True
    block_nesting_limit = 10
    context_depth_limit = 10
    loop_iteration_limit = 20
    local_namespace_limit = 20_000
    output_stream_limit = 20_000


def _require_small(value: object) -> None:
    if isinstance(value, str | list | tuple | range) and len(value) > _LONGEST:
        raise ValueTooLarge
    if isinstance(value, int | float) and not abs(value) < _LARGEST:
        raise ValueTooLarge


def _bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a filter so that it neither takes nor returns values too large for a title."""

    @wraps(function)
    def bounded(*values: Any, **named: Any) -> Any:
        for value in (*values, *named.values()):
            _require_small(value)
        result = function(*values, **named)
        _require_small(result)
        return result

    return bounded


def _nothing(*values: object, **named: object) -> str:
    """Replace a filter that is not supported: its input would not be its output."""
    return ""


@lru_cache(maxsize=1)
def _engine() -> Environment:
    engine = _Engine(tolerance=Mode.LAX)
    for name, function in tuple(engine.filters.items()):
        engine.add_filter(name, _bounded(function) if name in _FILTERS else _nothing)
    engine.tags = {name: engine.tags[name] for name in (*_TAGS, *_PARTS)}
    return engine


def render(template: str) -> str:
    """Return the output of a template for a reader without any data.

    Args:
        template: without unclosed delimiters and ranges, and of a few thousand characters at most;
            otherwise the time is not bounded.

    Raises:
        Exception: of any type; the engine is not made for text that was not meant to be a template.
    """
    return _engine().from_string(template).render()
