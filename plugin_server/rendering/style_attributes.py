"""The one writer of ``style`` attributes: named values in, each through its property's parser."""

from functools import lru_cache

from markupsafe import Markup

from plugin_server.rendering.css import PROPERTIES
from plugin_server.rendering.placeholders import ColorPlaceholder

Declarations = tuple[tuple[str, object], ...]


def _write(declarations: Declarations) -> Markup:
    named = ((name.replace("_", "-"), value) for name, value in declarations)
    written = (f"{name}:{PROPERTIES[name](value)}" for name, value in named if value is not None)
    # Safe to mark: parsers return letters, digits, ``#%.,-_``, spaces and single quotes only.
    return Markup(";".join(written))  # noqa: S704


_keep = lru_cache(maxsize=4096)(_write)


def inline_style(**declarations: object) -> Markup:
    """Return ``name:value;name:value`` for a ``style`` attribute in double quotes.

    Args:
        declarations: CSS properties with ``_`` for ``-``, in the order to be written; ``None``
            leaves a property out. Numbers are px.

    Raises:
        KeyError: a property that blocks do not use.
        ValueError: a value that its property's parser refuses.
    """
    given = tuple(declarations.items())
    # Nothing may be kept by a color that is filled in later.
    has_placeholders = any(isinstance(each, ColorPlaceholder | tuple) for _, each in given)
    return _write(given) if has_placeholders else _keep(given)
