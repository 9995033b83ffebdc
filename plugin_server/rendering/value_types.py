"""The value types of a block's context besides text: ``Url``, ``Color`` and so on.

A plain ``str`` is a text. The code that makes a string of another type says so once, so that the code that
uses it does not have to: settings are parsed to these types, and URLs and colors come from their parsers.
An operation of ``str`` on any of them, such as concatenation, gives a plain ``str``, that is, a text.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn, Self

from typing_extensions import override


class Url(str):
    """A URL in the one spelling of ``rendering.urls``."""

    __slots__ = ()


class Color(str):
    """An opaque color as ``#rrggbb`` in lower case, from ``rendering.css_properties``."""

    __slots__ = ()


class SubscriberField(str):
    """The key of a subscriber's field, from ``personal.fields.subscriber_field``.

    Which fields a block shows affects the markup: templates may print it, and give it to helpers.
    """

    __slots__ = ()


class Choice(str):
    """One of a fixed set of values, such as an option of a select or a text's direction.

    It affects the markup: templates may compare it and print it anywhere.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one format; ``\\n`` is a line break.

    Attributes:
        text: plain text.
        tags: what marks it, of ``strong``, ``em``, ``u`` and ``s``.
    """

    text: str
    tags: frozenset[str] = frozenset()


class FormattedText(str):
    """Text with parts that are bold, italic, underlined or struck out, from ``rendering.rich_text``.

    As a ``str``, it is the text alone. Immutable.

    Attributes:
        runs: the text in parts of one format each.
    """

    __slots__ = ("runs",)
    runs: tuple[Run, ...]

    def __new__(cls, runs: Iterable[Run]) -> Self:
        """Create it from its runs."""
        given = tuple(runs)
        made = super().__new__(cls, "".join(run.text for run in given))
        object.__setattr__(made, "runs", given)
        return made

    @override
    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{name} cannot be set")

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, FormattedText) and self.runs == other.runs

    @override
    def __ne__(self, other: object) -> bool:
        return not self == other

    @override
    def __hash__(self) -> int:
        return hash(self.runs)
