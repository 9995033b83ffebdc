"""The one writer of ``style`` attributes: named values in, each through its property's parser."""

from functools import lru_cache

from markupsafe import Markup

from plugin_server.rendering.css import PROPERTIES


@lru_cache(maxsize=4096)
def _inline(declarations: tuple[tuple[str, object], ...]) -> Markup:
    named = ((name.replace("_", "-"), value) for name, value in declarations)
    written = (f"{name}:{PROPERTIES[name](value)}" for name, value in named if value is not None)
    # Safe to mark: parsers return letters, digits, ``#%.,-_``, spaces and single quotes only.
    return Markup(";".join(written))  # noqa: S704


def inline_style(**declarations: object) -> Markup:
    """Return ``name:value;name:value`` for a ``style`` attribute in double quotes.

    Args:
        declarations: CSS properties with ``_`` for ``-``, in the order to be written; ``None``
            leaves a property out. Numbers are px.

    Raises:
        KeyError: a property that blocks do not use.
        ValueError: a value that its property's parser refuses.
    """
    return _inline(tuple(declarations.items()))
