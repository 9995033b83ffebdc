"""The conditions of dynamic blocks, which Kit tests for each subscriber."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plugin_server.rendering.personal.fields import Field
from plugin_server.rendering.placeholders import PlaceholderMisuse


@dataclass(frozen=True)
class Literal:
    """A text within Liquid's quotes.

    Attributes:
        text: of the template; ``None`` for a text of the context.
        number: of the text among the values of the context.
        lines: which of its lines.
    """

    text: str | None
    number: int = -1
    lines: tuple[int, ...] = ()

    def read(self, values: Sequence[str]) -> str:
        """Return the text, given the values of the context."""
        if self.text is not None:
            return self.text
        found = values[self.number].split("\n")
        return " ".join(found[each].strip() for each in self.lines)


class Condition:
    """What a template gives ``when``. Jinja's own tests cannot use it."""

    def __bool__(self) -> bool:
        raise PlaceholderMisuse(
            "a condition about a subscriber cannot decide in the template: it is tested when Kit sends the "
            "email. Write {% call when(…) %} and {% endcall %}."
        )


@dataclass(frozen=True)
class Has(Condition):
    """That a field has a value: a text that is not blank, or a list with items."""

    field: Field


@dataclass(frozen=True)
class HasUrl(Condition):
    """That a field has a web URL."""

    field: Field


@dataclass(frozen=True)
class Lacks(Condition):
    """That a field has no value."""

    field: Field


@dataclass(frozen=True)
class Equals(Condition):
    """That a field has a text, whatever its capital letters."""

    field: Field
    text: Literal


@dataclass(frozen=True)
class AllOf(Condition):
    """That all conditions hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf(Condition):
    """That at least one condition holds."""

    parts: tuple[Condition, ...]


def atoms(condition: Condition) -> Iterator[Has | HasUrl | Lacks | Equals]:
    """Yield the conditions that have no others within them, in order."""
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from atoms(part)
    elif isinstance(condition, Has | HasUrl | Lacks | Equals):
        yield condition


def known_fields(condition: Condition, *, holds: bool) -> frozenset[tuple[str, bool]]:
    """Return what is known to have a value where a condition holds, or where it does not.

    Returns:
        the paths of fields, each with whether its value is known to be a web URL.
    """
    match condition:
        case Has(found) if holds:
            return frozenset({(found.path, False)})
        case Equals(found, text) if holds and text.text != "":
            return frozenset({(found.path, False)})
        case HasUrl(found) if holds:
            return frozenset({(found.path, False), (found.path, True)})
        case Lacks(found) if not holds:
            return frozenset({(found.path, False)})
        case AllOf(parts) | AnyOf(parts):
            sets = [known_fields(each, holds=holds) for each in parts]
            is_every = isinstance(condition, AllOf) == holds
            combine = frozenset.union if is_every else frozenset.intersection
            return combine(*sets) if sets else frozenset()
    return frozenset()
