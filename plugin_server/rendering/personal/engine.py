"""Renders the Liquid of dynamic blocks for made-up subscribers, as Kit does for real ones.

Only what ``liquid_code.py`` writes comes here: the engine has its tags and filters and no others, refuses
what it cannot parse, and bounds loops, output, variables and time. ``rendering/liquid_engine.py`` is the
opposite: for what creators write in titles, with more filters, no data, and nothing printed for what it
cannot parse. python-liquid follows Kit's own engine, Shopify's, which is written in Ruby; ``liquid_code.py``
says where they differ.

Source: https://shopify.github.io/liquid/
"""

from collections.abc import Mapping
from functools import lru_cache
from time import thread_time
from typing import Any

from liquid import BoundTemplate, Environment, Mode, RenderContext
from liquid.exceptions import LiquidError
from liquid.filter import string_filter
from typing_extensions import override

_FILTERS = (
    *("append", "default", "downcase", "escape", "remove_first", "replace", "split"),
    *("strip", "truncate", "url_decode", "url_encode"),
)
# Those that the parser needs itself are "content", "illegal" (unknown tags) and "output".
_TAGS = ("assign", "content", "for", "if", "illegal", "output", "unless")


# Of processor time, for one subscriber. The largest blocks of the tests need a hundredth of it.
SECONDS = 2.0

# Ruby's white space; Python's has no-break spaces, control characters and more.
_WHITE_SPACE = "\0\t\n\v\f\r "


class UnusableLiquid(ValueError):
    """The Liquid of a block cannot be parsed or rendered; a bug. The message repeats none of its data."""


class _Engine(Environment):
    block_nesting_limit = 20
    context_depth_limit = 20
    loop_iteration_limit = 2_000
    local_namespace_limit = 1_000_000
    output_stream_limit = 400_000


class TimeLimitError(LiquidError):
    """A template takes too long."""


class _Context(RenderContext):
    """Looks at the clock wherever a template uses a variable: between two of these, output is limited."""

    __slots__ = ("_end",)

    def __init__(self, template: BoundTemplate, data: Mapping[str, Any], seconds: float) -> None:
        super().__init__(template, globals=template.make_globals({**data}))
        self._end = thread_time() + seconds

    @override
    def get(self, *args: Any, **kwargs: Any) -> object:
        if thread_time() >= self._end:
            raise TimeLimitError("time limit reached", token=None)
        return super().get(*args, **kwargs)


@string_filter
def _strip(text: str) -> str:
    return text.strip(_WHITE_SPACE)


@lru_cache(maxsize=1)
def _engine() -> Environment:
    engine = _Engine(tolerance=Mode.STRICT)
    engine.tags = {name: engine.tags[name] for name in _TAGS}
    engine.filters = {name: engine.filters[name] for name in _FILTERS}
    engine.filters["strip"] = _strip
    return engine


def parse(template: str) -> BoundTemplate:
    """Return a template, parsed.

    Raises:
        UnusableLiquid: it is not Liquid of the forms that blocks have.
    """
    try:
        return _engine().from_string(template)
    except LiquidError as error:
        raise UnusableLiquid(type(error).__name__) from error


def render(template: BoundTemplate, data: Mapping[str, Any], seconds: float = SECONDS) -> str:
    """Return what a template prints.

    Args:
        template: as ``parse`` returns it.
        data: what Kit has: ``{"subscriber": {…}, "automation": {…}}``.
        seconds: of processor time that it may take.

    Raises:
        UnusableLiquid: it takes more than the engine's limits allow, or fails otherwise.
    """
    context = _Context(template, data, seconds)
    buffer = context.get_buffer()
    try:
        template.render_with_context(context, buffer)
    # The encoding fails for half a character, which Kit's data cannot have.
    except (LiquidError, UnicodeEncodeError) as error:
        raise UnusableLiquid(type(error).__name__) from error
    return buffer.getvalue()
