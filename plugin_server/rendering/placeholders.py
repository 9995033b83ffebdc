"""What a template gets in the place of texts, URLs and colors.

A prepared statement keeps its parameters out of SQL's syntax; placeholders keep texts out of HTML's. A
template never sees what a creator typed or Kit sent. It may

- print a placeholder;
- test whether it is there: ``{% if text %}``;
- ask for a text's ``direction``, and for its ``paragraphs`` and their ``lines``;
- give a color to ``css``, ``styles.text``, ``legible_on``, ``readable_on`` or ``visible_on``.

Whatever else it does raises ``PlaceholderMisuse`` at its line. So the markup that a template makes depends
on nothing but what ``rendering.context_shape`` writes down: which values there are, which way texts run,
and how many lines they have.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

# Paragraphs that a text has at most; the last one holds the rest, with empty lines between.
MAX_PARAGRAPHS = 20
# What decides about the markup of a line of text: whether there is any, and which way it runs.
EMPTY, NEUTRAL, LTR, RTL = b"enlr"


class PlaceholderMisuse(TypeError):
    """A template does something with a text, URL or color that would let it decide about the markup."""


class Email:
    """Stands for the email around the block among the arguments of what is worked out."""


@dataclass(frozen=True)
class Derived:
    """A color that is worked out: a function, and its arguments: placeholders, constants, or ``Email``."""

    function: Callable[..., str]
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class StyleCall:
    """A style attribute that is worked out for each email.

    Attributes:
        key: tells it from others.
        element: whose text it is for, as ``EmailStyles.text``; ``None`` for ``inline_style``.
        declarations: the arguments of either by name. Of a color that is filled in, the ``Gap``; of
            the font of an element, the ``Family``.
        colors: numbers of the colors that are filled in, by those of their gaps.
    """

    key: str
    element: str | None
    declarations: tuple[tuple[str, Any], ...]
    colors: tuple[int, ...]


@dataclass(frozen=True)
class Family:
    """The font families of an email's element."""

    element: str


class Slots:
    """The values of one rendering, by number, and how its placeholders are printed."""

    def __init__(self, show: Callable[["Placeholder"], str]) -> None:
        """Take what is printed for a placeholder: markup."""
        self.show = show
        self.derived: list[Derived] = []
        self.styles: list[StyleCall] = []
        self._colors: dict[tuple[object, ...], ColorPlaceholder] = {}
        self._styles: dict[tuple[object, ...], StylePlaceholder] = {}
        self._count = 0

    def take_number(self) -> int:
        """Return the number of the next value."""
        self._count += 1
        return self._count - 1

    def derive(self, function: Callable[..., str], *arguments: Any) -> "ColorPlaceholder":
        """Return the placeholder of a color that is worked out, the same for the same arguments."""
        told = (("#", a.number) if isinstance(a, Placeholder) else a for a in arguments)
        key = (function, *told)
        if key not in self._colors:
            self.derived.append(Derived(function, arguments))
            self._colors[key] = ColorPlaceholder(self, self.take_number(), function.__name__)
        return self._colors[key]

    def style(self, element: str | None, declarations: dict[str, Any]) -> "StylePlaceholder":
        """Return the placeholder of a style attribute, the same for the same arguments."""
        colors: list[int] = []
        given: list[tuple[str, Any]] = []
        for name, value in declarations.items():
            if isinstance(value, ColorPlaceholder):
                given.append((name, Gap(len(colors))))
                colors.append(value.number)
            elif isinstance(value, FontPlaceholder):
                given.append((name, Family(value.element)))
            elif isinstance(value, Placeholder):
                value.misuse("style anything with")
            else:
                given.append((name, value))
        written = repr((element, given))
        key = (written, *colors)
        if key not in self._styles:
            self._styles[key] = StylePlaceholder(self, len(self.styles), "style")
            self.styles.append(StyleCall(written, element, tuple(given), tuple(colors)))
        return self._styles[key]


class Placeholder:
    """Something to be filled in; it is true unless nothing will be filled in.

    Attributes:
        number: of its value.
        path: where the context has it, for messages.
    """

    kind = "value"
    __slots__ = ("number", "path", "slots")
    # Not a key of anything: what is kept of a placeholder outlives what it stands for.
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, slots: Slots, number: int, path: str) -> None:
        """Take the place of a value."""
        self.slots, self.number, self.path = slots, number, path

    def __html__(self) -> str:
        return self.slots.show(self)

    def __bool__(self) -> bool:
        return True

    def misuse(self, what: str) -> NoReturn:
        """Raise PlaceholderMisuse."""
        raise PlaceholderMisuse(
            f"“{self.path}” is a {self.kind}, and a template cannot {what} it. {self._advice}"
        )

    _advice = (
        "Print values one after the other, change them in the block's context, and let a select or toggle "
        "decide."
    )

    def __eq__(self, other: object) -> bool:
        self.misuse("compare")

    def __str__(self) -> str:
        self.misuse("join or change")

    def __iter__(self) -> NoReturn:
        self.misuse("loop over")

    def __len__(self) -> int:
        self.misuse("measure")

    def __getattr__(self, name: str) -> NoReturn:
        # Not for the protocols that Python and Jinja look for.
        if name.startswith("__"):
            raise AttributeError(name)
        self.misuse(f"ask for the {name} of")

    def __getitem__(self, key: object) -> NoReturn:
        self.misuse("take a part of")

    def _change(self, *_: object) -> NoReturn:
        self.misuse("join or change")

    __add__ = __radd__ = __mul__ = __rmul__ = __mod__ = __rmod__ = __call__ = __format__ = _change
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__


class ClassPlaceholder(Placeholder):
    """The class of one copy of a block."""

    kind = "class name"
    __slots__ = ()


class UrlPlaceholder(Placeholder):
    """A URL."""

    kind = "URL"
    __slots__ = ()


class ColorPlaceholder(Placeholder):
    """A color that a creator chose or a brand has, or one that is worked out from such."""

    kind = "color"
    __slots__ = ()


class LinePlaceholder(Placeholder):
    """A line of a text.

    Attributes:
        line: its number in the text.
        direction: ``rtl`` or ``ltr``.
        has_direction: whether its letters say so.
    """

    kind = "text"
    __slots__ = ("direction", "has_direction", "is_empty", "line")

    def __init__(self, slots: Slots, number: int, path: str, line: int, code: int) -> None:
        """Take the code of the line's shape; see ``rendering.context_shape``."""
        super().__init__(slots, number, path)
        self.line = line
        self.is_empty = code == EMPTY
        self.has_direction = code in (LTR, RTL)
        self.direction = "rtl" if code == RTL else "ltr"

    def __bool__(self) -> bool:
        return not self.is_empty

    def __html__(self) -> str:
        return "" if self.is_empty else super().__html__()


class Gap(ColorPlaceholder):
    """The place of a color in a style attribute that is kept for an email."""

    __slots__ = ()

    def __init__(self, number: int) -> None:
        """Take its number in that style."""
        super().__init__(_NO_SLOTS, number, "color")

    def __html__(self) -> str:
        return f"\0{self.number}\0"

    def __repr__(self) -> str:
        return f"Gap({self.number})"


class StylePlaceholder(Placeholder):
    """A style attribute that depends on the email; ``number`` is that of its call."""

    kind = "style"
    __slots__ = ()


class FontPlaceholder(Placeholder):
    """The font families of an email's element."""

    kind = "font"
    __slots__ = ("element",)

    def __init__(self, slots: Slots, element: str) -> None:
        """Take the element."""
        super().__init__(slots, -1, f"styles.family({element})")
        self.element = element


class StylesPlaceholder:
    """The styles of the email around the block: what a template may ask of ``EmailStyles``.

    It is told which elements have a color of their own, or at least that of paragraphs, and no more.
    """

    def __init__(
        self, slots: Slots, colored: Collection[str], color: Callable[[Any, str], str]
    ) -> None:
        """Take the elements that have a color, and what returns that of an email's element."""
        self._slots, self._colored, self._color = slots, colored, color

    def text(self, element: str, **declarations: Any) -> StylePlaceholder:
        """Return the style of a text; see ``EmailStyles.text``."""
        return self._slots.style(element, declarations)

    def color(self, element: str) -> ColorPlaceholder | None:
        """Return the color of an element, or of paragraphs; ``None`` if the email has neither."""
        own = next((each for each in (element, "p") if each in self._colored), None)
        return self._slots.derive(self._color, Email, own) if own else None

    def get(self, element: str, name: str) -> ColorPlaceholder | None:
        """Return the color of an element; a template has no use of its other properties."""
        if name != "color":
            raise PlaceholderMisuse(
                f"a template cannot ask for the {name} of an email's text. Take styles.text(), which has it."
            )
        return self._slots.derive(self._color, Email, element) if element in self._colored else None

    def family(self, element: str) -> FontPlaceholder:
        """Return the font of an element, for ``css``."""
        return FontPlaceholder(self._slots, element)


class TextPlaceholder(Placeholder):
    """A text, or a paragraph of one."""

    kind = "text"
    __slots__ = ("lines",)

    def __init__(self, path: str, lines: Sequence[LinePlaceholder]) -> None:
        """Take the placeholders of its lines, at least one."""
        super().__init__(lines[0].slots, lines[0].number, path)
        self.lines = tuple(lines)

    def __bool__(self) -> bool:
        return any(self.lines)

    def __html__(self) -> str:
        return "\n".join(each.__html__() for each in self.lines if each)

    @property
    def direction(self) -> str:
        """``rtl`` or ``ltr``, as ``rendering.text.direction``."""
        return next((each.direction for each in self.lines if each.has_direction), "ltr")

    @property
    def paragraphs(self) -> list["TextPlaceholder"]:
        """What empty lines part, at most 20."""
        starts = [0]
        for place in range(1, len(self.lines) - 1):
            if len(starts) < MAX_PARAGRAPHS and not self.lines[place]:
                starts.append(place + 1)
        ends = [*(start - 1 for start in starts[1:]), len(self.lines)]
        return [
            TextPlaceholder(self.path, self.lines[start:end])
            for start, end in zip(starts, ends, strict=True)
        ]


# Of a gap, which is printed as it is.
_NO_SLOTS = Slots(lambda placeholder: placeholder.__html__())


def on_colors(function: Callable[..., str]) -> Callable[..., Any]:
    """Return a function of colors as templates use it: given a placeholder, it returns one."""

    def work_out(*arguments: Any) -> Any:
        slots = None
        for each in arguments:
            if isinstance(each, Placeholder):
                if not isinstance(each, ColorPlaceholder):
                    each.misuse(f"give {function.__name__}")
                slots = each.slots
        return slots.derive(function, *arguments) if slots else function(*arguments)

    return work_out


def on_fonts(inline_style: Callable[..., str]) -> Callable[..., Any]:
    """Return ``inline_style`` as templates use it: with an email's font, the style is worked out for each."""

    def css(**declarations: Any) -> Any:
        for each in declarations.values():
            if isinstance(each, FontPlaceholder):
                return each.slots.style(None, declarations)
        return inline_style(**declarations)

    return css
