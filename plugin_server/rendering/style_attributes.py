"""Writes ``style`` attributes from named values, each through the parser of its property."""

from functools import lru_cache

from markupsafe import Markup

from plugin_server.rendering.css_properties import PROPERTIES
from plugin_server.rendering.placeholders import ColorPlaceholder


class UnknownProperty(KeyError):
    """A CSS property that blocks may not use; ``name`` has hyphens."""

    def __init__(self, name: str) -> None:
        """Take the name."""
        self.name = name
        super().__init__(name)


class UnusableValue(ValueError):
    """A value that its CSS property's parser refuses.

    The message does not repeat the value, which may be content.

    Attributes:
        name: of the property.
        value: for developers only.
    """

    def __init__(self, name: str, value: object, reason: str) -> None:
        """Take the property, the value and the parser's message."""
        self.name, self.value = name, value
        super().__init__(f"{name}: {reason}")


Declarations = tuple[tuple[str, object], ...]


def _write(declarations: Declarations) -> Markup:
    named = ((name.replace("_", "-"), value) for name, value in declarations)
    written = (_declaration(name, value) for name, value in named if value is not None)
    # Safe: the parsers return only letters, digits, ``#%.,-_``, spaces and single quotes.
    return Markup(";".join(written))  # noqa: S704


def _declaration(name: str, value: object) -> str:
    try:
        parse = PROPERTIES[name]
    except KeyError:
        raise UnknownProperty(name) from None
    try:
        return f"{name}:{parse(value)}"
    except ValueError as refusal:
        raise UnusableValue(name, value, str(refusal)) from None


_write_cached = lru_cache(maxsize=4096)(_write)


def inline_style(**declarations: object) -> Markup:
    """Return ``name:value;name:value`` for a ``style`` attribute in double quotes.

    Args:
        declarations: CSS properties with ``_`` for ``-``, in the order of the result; ``None``
            leaves a property out. Numbers are px.

    Raises:
        UnknownProperty: a property that blocks may not use.
        UnusableValue: a value that its property's parser refuses.
    """
    given = tuple(declarations.items())
    # A color that is filled in later must not be the key of a cache entry.
    has_placeholders = any(isinstance(each, ColorPlaceholder | tuple) for _, each in given)
    return _write(given) if has_placeholders else _write_cached(given)
