"""The Jinja environment of blocks: what a template's author cannot forget happens here."""

from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateSyntaxError
from jinja2.runtime import Context
from markupsafe import Markup, escape

from plugin_server.rendering import css
from plugin_server.rendering.inline import inline_style
from plugin_server.rendering.text import defuse, direction
from plugin_server.resources import TEMPLATES

# Filters that turn a string into markup; a template that uses one does not compile.
_BYPASSES = ("safe", "tojson", "urlize", "xmlattr")


def _finalize(value: object) -> object:
    """Prepare what ``{{ … }}`` prints: Liquid is defused here, escaping follows in Jinja itself."""
    if value is None:
        raise TypeError("a template printed None; test for it first")
    if isinstance(value, str) and not isinstance(value, Markup):
        return defuse(value)
    return value


def _escape(value: object) -> Markup:
    """Escape as Jinja's filter of that name does, without losing what ``_finalize`` does."""
    return escape(_finalize(value))


class _PlainCalls(Context):
    """A context whose calls are calls: Jinja's looks at each callable for what it might want to be given.

    Nothing that our templates call wants the context or the environment, and macros escape by themselves.
    """

    def call(self, callee: Any, *args: Any, **kwargs: Any) -> Any:
        """Call it, without the two arguments that the compiler adds in loops and blocks."""
        kwargs.pop("_loop_vars", None)
        kwargs.pop("_block_vars", None)
        return callee(*args, **kwargs)


class _Loader(FileSystemLoader):
    """The files of a folder; one that is not UTF-8 is named, which Jinja's own error does not do."""

    def get_source(self, environment: Environment, template: str) -> Any:
        try:
            return super().get_source(environment, template)
        except UnicodeDecodeError as error:
            told = f"it is not UTF-8 at byte {error.start + 1}"
            raise TemplateSyntaxError(told, 1, template, str(TEMPLATES / template)) from error


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the one environment of all blocks, with ``templates/`` as its root."""
    env = Environment(
        loader=_Loader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(e=_escape, escape=_escape, forceescape=_escape)
    env.context_class = _PlainCalls
    for name in _BYPASSES:
        del env.filters[name]
    env.filters["direction"] = direction
    env.globals.update(
        css=inline_style,
        hairline=css.hairline,
        legible_on=css.legible_on,
        readable_on=css.readable_on,
        visible_on=css.visible_on,
    )
    return env
