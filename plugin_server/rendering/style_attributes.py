"""Writes ``style`` attributes from named values, each through the parser of its property."""

from functools import lru_cache

from markupsafe import Markup

from plugin_server.rendering.css_properties import PROPERTIES
from plugin_server.rendering.placeholders import ColorPlaceholder

Declarations = tuple[tuple[str, object], ...]


def _write(declarations: Declarations) -> Markup:
    named = ((name.replace("_", "-"), value) for name, value in declarations)
    written = (f"{name}:{PROPERTIES[name](value)}" for name, value in named if value is not None)
    # Safe: the parsers return only letters, digits, ``#%.,-_``, spaces and single quotes.
    return Markup(";".join(written))  # noqa: S704


_write_cached = lru_cache(maxsize=4096)(_write)


def inline_style(**declarations: object) -> Markup:
    """Return ``name:value;name:value`` for a ``style`` attribute in double quotes.

    Args:
        declarations: CSS properties with ``_`` for ``-``, in the order of the result; ``None``
            leaves a property out. Numbers are px.

    Raises:
        KeyError: a property that blocks may not use.
        ValueError: a value that its property's parser refuses.
    """
    given = tuple(declarations.items())
    # A color that is filled in later must not be the key of a cache entry.
    has_placeholders = any(isinstance(each, ColorPlaceholder | tuple) for _, each in given)
    return _write(given) if has_placeholders else _write_cached(given)
