"""Splits a block's context into its shape, which determines the markup, and the values to be filled in.

The shape is all that a template can find out: contexts of equal shape give equal markup. For a text, the
shape has the number of lines, which of them are empty, and the direction of each; for a formatted text,
whether it is blank; for a URL or a color, only that there is one; for everything else, the value itself.
``split_context`` and ``bind_placeholders`` visit the values of a context in the same order, so that a value
and its placeholder have the same number.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from plugin_server.rendering.placeholders import (
    EMPTY,
    LTR,
    NEUTRAL,
    RTL,
    Bindings,
    ColorPlaceholder,
    FormattedPlaceholder,
    LinePlaceholder,
    Placeholder,
    TextPlaceholder,
    UrlPlaceholder,
)
from plugin_server.rendering.text import letter_direction
from plugin_server.rendering.value_types import (
    Choice,
    Color,
    FormattedText,
    SubscriberField,
    Url,
)

# Unequal to all other parts of a shape: texts, URLs, colors and booleans are bytes, nothing else is.
_URL, _COLOR, _FORMATTED, _BLANK = b"U", b"C", b"W", b"B"
_TRUE, _FALSE = b"T", b"F"
_CODES = {"rtl": RTL, "ltr": LTR, None: NEUTRAL}
_SPACES = " \t"

Shape = tuple[object, ...]


class UnusableContext(TypeError):
    """A block's context has a value of a type that templates cannot print safely; a developer's mistake.

    Attributes:
        path: of the value in the context, such as ``post.tags[0]``; ``""`` where it is not known.
        block: the name of the block; ``""`` where it is not known.
        problem: what is wrong.
        advice: what to do instead.
    """

    def __init__(self, type_: type, path: str = "") -> None:
        """Take the type of the value, and its path."""
        self.type, self.path, self.block = type_, path, ""
        what = f"the context’s “{path}”" if path else "a value in a block's context"
        self.problem = f"{what} is of type {type_.__name__}, which templates cannot print"
        self.advice = "Make it a text, or a number of type int."
        if issubclass(type_, Markup):
            self.advice = (
                "Return a plain str: it is text, and the template writes the tags around it."
            )
        super().__init__(f"{self.problem}. {self.advice}")


def split_context(context: Mapping[str, object]) -> tuple[Shape, list[str]]:
    """Return the shape of a context, and its texts, URLs and colors in order.

    Raises:
        UnusableContext: a value of a type that is not supported.
    """
    shape: list[object] = []
    values: list[str] = []
    try:
        _read_mapping(context, shape, values)
    except UnusableContext as unusable:
        path = next(_paths_of(context, unusable.type, ""), "")
        raise UnusableContext(unusable.type, path) from None
    return tuple(shape), values


def _paths_of(value: object, type_: type, path: str) -> Iterator[str]:
    """Yield the paths of all values of a type within a value."""
    if type(value) is type_:
        yield path
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _paths_of(each, type_, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from _paths_of(each, type_, f"{path}[{number}]")
    elif is_dataclass(value):
        for name in (each.name for each in fields(value)):
            yield from _paths_of(getattr(value, name), type_, f"{path}.{name}")


def _read_text(text: str, shape: list[object], values: list[str]) -> None:
    values.append(text)
    if "\n" in text:
        shape.append(bytes(map(_line_code, text.split("\n"))))
    else:
        shape.append(_ONE_LINE[_line_code(text)])


_ONE_LINE = {code: bytes((code,)) for code in (EMPTY, NEUTRAL, LTR, RTL)}


def _line_code(line: str) -> int:
    line = line.strip(_SPACES)
    return _CODES[letter_direction(line)] if line else EMPTY


def _read_url(url: Url, shape: list[object], values: list[str]) -> None:
    shape.append(_URL)
    values.append(url)


def _read_color(color: Color, shape: list[object], values: list[str]) -> None:
    shape.append(_COLOR)
    values.append(color)


def _read_formatted(text: FormattedText, shape: list[object], values: list[str]) -> None:
    shape.append(_FORMATTED if text.strip(_SPACES) else _BLANK)
    values.append(text)


def _read_constant(value: object, shape: list[object], values: list[str]) -> None:
    shape.append(value)


def _read_boolean(value: object, shape: list[object], values: list[str]) -> None:
    # 1 and True are equal, but are printed differently.
    shape.append(_TRUE if value else _FALSE)


def _read_float(value: float, shape: list[object], values: list[str]) -> None:
    # The same holds for 1 and 1.0.
    shape.append((float, value))


def _read_field(key: SubscriberField, shape: list[object], values: list[str]) -> None:
    # As a string, it equals a choice, which helpers do not take.
    shape.append((SubscriberField, str(key)))


def _read_sequence(items: Any, shape: list[object], values: list[str]) -> None:
    shape.append((len(items),))
    for each in items:
        _READERS[type(each)](each, shape, values)


def _read_mapping(items: Mapping[str, object], shape: list[object], values: list[str]) -> None:
    shape.append(tuple(items))
    for each in items.values():
        _READERS[type(each)](each, shape, values)


class _Readers(dict[type, Callable[[Any, list[object], list[str]], None]]):
    """The readers of values by type; those of dataclasses and mappings are added at first use."""

    def __missing__(self, type_: type) -> Callable[[Any, list[object], list[str]], None]:
        if is_dataclass(type_):
            names = [each.name for each in fields(type_)]

            def read_record(record: object, shape: list[object], values: list[str]) -> None:
                shape.append(type_)
                for name in names:
                    value = getattr(record, name)
                    _READERS[type(value)](value, shape, values)

            self[type_] = read_record
        elif issubclass(type_, Mapping):
            self[type_] = _read_mapping
        else:
            raise UnusableContext(type_)
        return self[type_]


_READERS = _Readers(
    {
        str: _read_text,
        Url: _read_url,
        Color: _read_color,
        FormattedText: _read_formatted,
        Choice: _read_constant,
        SubscriberField: _read_field,
        int: _read_constant,
        float: _read_float,
        type(None): _read_constant,
        bool: _read_boolean,
        list: _read_sequence,
        tuple: _read_sequence,
        dict: _read_mapping,
    }
)


def bind_placeholders(context: Mapping[str, object], bindings: Bindings) -> dict[str, object]:
    """Return a context with placeholders in place of the values that ``split_context`` returns."""
    return {name: _bound(value, bindings, name) for name, value in context.items()}


def _bound(value: object, bindings: Bindings, path: str) -> object:
    if isinstance(value, Choice | SubscriberField) or value is None:
        return value
    if isinstance(value, str):
        return _placeholder(value, bindings, path)
    if isinstance(value, list | tuple):
        return [_bound(each, bindings, f"{path}[{n}]") for n, each in enumerate(value)]
    if isinstance(value, Mapping):
        return SimpleNamespace(**{k: _bound(v, bindings, f"{path}.{k}") for k, v in value.items()})
    if is_dataclass(value):
        names = [each.name for each in fields(value)]
        found = {name: _bound(getattr(value, name), bindings, f"{path}.{name}") for name in names}
        return SimpleNamespace(**found)
    return value


def _placeholder(value: str, bindings: Bindings, path: str) -> Placeholder:
    number = bindings.take_number()
    if isinstance(value, Url):
        return UrlPlaceholder(bindings, number, path)
    if isinstance(value, Color):
        return ColorPlaceholder(bindings, number, path)
    if isinstance(value, FormattedText):
        return FormattedPlaceholder(bindings, number, path)
    lines = [
        LinePlaceholder(bindings, number, path, place, _line_code(line))
        for place, line in enumerate(value.split("\n"))
    ]
    return TextPlaceholder(path, lines)
