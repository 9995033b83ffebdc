"""Placeholders: what a template gets in the place of texts, URLs and colors.

A prepared statement keeps its parameters out of SQL's syntax; placeholders keep values out of HTML's. A
template never sees what a creator typed or Kit sent. It may

- print a placeholder;
- test whether there is a value: ``{% if text %}``;
- read a text's ``direction``, and its ``paragraphs`` and their ``lines``;
- pass a color to ``css``, ``styles.text``, ``legible_on``, ``readable_on``, ``visible_on`` or ``hairline``.

Anything else raises ``PlaceholderMisuse`` at its line of the template. So the markup that a template makes
depends only on what ``context_shape.py`` records: which values there are, the direction of texts, and how
many lines they have.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, NamedTuple, NoReturn

from plugin_server.findings.finding import Finding

# The most paragraphs of a text; the last one holds the rest, with empty lines between.
MAX_PARAGRAPHS = 20
# What the markup of a line of text depends on: whether the line is empty, and its direction.
EMPTY, NEUTRAL, LTR, RTL = b"enlr"


class PlaceholderMisuse(TypeError):
    """A template does something with a text, URL or color by which the value could affect the markup.

    Attributes:
        findings: everything that is wrong with the block, where it was looked for.
    """

    findings: tuple[Finding, ...] = ()


class EmailArgument:
    """Stands for the email around the block among the arguments of a derived color."""


class Reference(NamedTuple):
    """The number of a value that a derived color depends on."""

    number: int


class DerivedColor(NamedTuple):
    """A color that a function computes from references, constants or ``EmailArgument``."""

    function: Callable[..., str]
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class StyleCall:
    """A style attribute that is computed once for each email.

    Attributes:
        key: unique among the calls of all blocks; calls of equal keys give equal styles.
        element: the argument of ``EmailStyles.text``; ``None`` for a call of ``inline_style``.
        declarations: the keyword arguments. A ``ColorGap`` stands for a color that is filled in, an
            ``ElementFont`` for the font of an element.
        colors: the numbers of the colors that are filled in, by the number of their gap.
    """

    key: str
    element: str | None
    declarations: tuple[tuple[str, Any], ...]
    colors: tuple[int, ...]


@dataclass(frozen=True)
class ElementFont:
    """Stands for the font families of an email's element in a ``StyleCall``."""

    element: str


class Bindings:
    """The placeholders of one run of a template: gives them numbers, and knows how they are printed."""

    def __init__(self, show: Callable[["Placeholder"], str]) -> None:
        """Create it; ``show`` returns the markup that is printed for a placeholder."""
        self.show = show
        self.styles: list[StyleCall] = []
        self._colors: dict[DerivedColor, ColorPlaceholder] = {}
        self._styles: dict[tuple[object, ...], StylePlaceholder] = {}
        self._count = 0

    def take_number(self) -> int:
        """Return a new number, for the next value."""
        self._count += 1
        return self._count - 1

    def derive(self, function: Callable[..., str], *arguments: Any) -> "ColorPlaceholder":
        """Return the placeholder of a color that is computed, the same one for the same arguments."""
        references = (Reference(a.number) if isinstance(a, Placeholder) else a for a in arguments)
        color = DerivedColor(function, tuple(references))
        if color not in self._colors:
            self._colors[color] = ColorPlaceholder(self, self.take_number(), function.__name__)
        return self._colors[color]

    @property
    def derived(self) -> Sequence[DerivedColor]:
        """The colors that are computed, in the order of their numbers."""
        return tuple(self._colors)

    def style(self, element: str | None, declarations: dict[str, Any]) -> "StylePlaceholder":
        """Return the placeholder of a style attribute, the same one for the same arguments."""
        colors: list[int] = []

        def constant(value: Any) -> Any:
            if isinstance(value, ColorPlaceholder):
                colors.append(value.number)
                return ColorGap(len(colors) - 1)
            if isinstance(value, FontPlaceholder):
                return ElementFont(value.element)
            if isinstance(value, Placeholder):
                value.misuse("style anything with it")
            # A border is a tuple of its width and color.
            return tuple(map(constant, value)) if isinstance(value, tuple) else value

        given = [(name, constant(value)) for name, value in declarations.items()]
        written = repr((element, given))
        key = (written, *colors)
        if key not in self._styles:
            self._styles[key] = StylePlaceholder(self, len(self.styles), "style")
            self.styles.append(StyleCall(written, element, tuple(given), tuple(colors)))
        return self._styles[key]


class Placeholder:
    """A value that is filled in later; true unless the value is empty.

    Attributes:
        number: of the value.
        path: where the value is in the context, for error messages.
    """

    kind = "value"
    __slots__ = ("number", "path", "bindings")
    # Unhashable, so that nothing is cached by it: a cache would outlive the value.
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, bindings: Bindings, number: int, path: str) -> None:
        """Create it for the value of a number."""
        self.bindings, self.number, self.path = bindings, number, path

    def __html__(self) -> str:
        return self.bindings.show(self)

    def __bool__(self) -> bool:
        return True

    def misuse(self, what: str) -> NoReturn:
        """Raise PlaceholderMisuse; ``what`` is what the template cannot do, such as ``compare it``."""
        raise PlaceholderMisuse(
            f"“{self.path}” is a {self.kind}, and a template cannot {what}. {self._advice}"
        )

    _advice = (
        "Print values one after the other, change them in the block's context, and let a select or toggle "
        "decide."
    )

    def __eq__(self, other: object) -> bool:
        self.misuse("compare it")

    def __str__(self) -> str:
        self.misuse("join or change it")

    def __iter__(self) -> NoReturn:
        self.misuse("loop over it")

    def __len__(self) -> int:
        self.misuse("measure it")

    def __getattr__(self, name: str) -> NoReturn:
        # Python and Jinja look for optional protocols, such as __html_format__.
        if name.startswith("__") or name == "jinja_pass_arg":
            raise AttributeError(name)
        self.misuse(f"use its {name}")

    def __getitem__(self, key: object) -> NoReturn:
        self.misuse("take a part of it")

    def _change(self, *_: object) -> NoReturn:
        self.misuse("join or change it")

    def _call(self, *_: object, **__: object) -> NoReturn:
        self.misuse("call it")

    __call__ = _call

    __add__ = __radd__ = __mul__ = __rmul__ = __mod__ = __rmod__ = __format__ = _change
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__


class ClassPlaceholder(Placeholder):
    """The CSS class of one copy of a block."""

    kind = "class name"
    __slots__ = ()


class UrlPlaceholder(Placeholder):
    """A URL."""

    kind = "URL"
    __slots__ = ()


class ColorPlaceholder(Placeholder):
    """A color of a creator's choice or a brand, or one that is computed from such."""

    kind = "color"
    __slots__ = ()


class LinePlaceholder(Placeholder):
    """A line of a text.

    Attributes:
        line: its number in the text.
        direction: ``rtl`` or ``ltr``.
        has_direction: whether it has letters that determine the direction.
    """

    kind = "text"
    __slots__ = ("direction", "has_direction", "is_empty", "line")

    def __init__(self, bindings: Bindings, number: int, path: str, line: int, code: int) -> None:
        """Create it from the line's code in the shape, such as ``EMPTY``."""
        super().__init__(bindings, number, path)
        self.line = line
        self.is_empty = code == EMPTY
        self.has_direction = code in (LTR, RTL)
        self.direction = "rtl" if code == RTL else "ltr"

    def __bool__(self) -> bool:
        return not self.is_empty

    def __html__(self) -> str:
        return "" if self.is_empty else super().__html__()


class FormattedPlaceholder(Placeholder):
    """A text with parts that are bold, italic, underlined or struck out; never empty."""

    kind = "formatted text"
    __slots__ = ()


class ColorGap(ColorPlaceholder):
    """The place of a color in a style attribute that is cached for an email."""

    __slots__ = ()

    def __init__(self, number: int) -> None:
        """Create it with its number within the style attribute."""
        super().__init__(_NO_BINDINGS, number, "color")

    def __html__(self) -> str:
        return f"\0{self.number}\0"

    def __repr__(self) -> str:
        return f"ColorGap({self.number})"


class StylePlaceholder(Placeholder):
    """A style attribute that depends on the email; ``number`` is that of its ``StyleCall``."""

    kind = "style"
    __slots__ = ()


class FontPlaceholder(Placeholder):
    """The font families of an email's element, to be passed to ``css``."""

    kind = "font"
    __slots__ = ("element",)

    def __init__(self, bindings: Bindings, element: str) -> None:
        """Create it for an element."""
        super().__init__(bindings, -1, f"styles.family({element})")
        self.element = element


class StylesPlaceholder:
    """The styles of the email around the block, with the methods of ``EmailStyles`` that templates may use.

    It reveals which elements have a color of their own, or at least that of paragraphs, and nothing else.
    """

    def __init__(
        self, bindings: Bindings, colored: Collection[str], color: Callable[[Any, str], str]
    ) -> None:
        """Create it.

        Args:
            bindings: of the run of the template.
            colored: the elements that have a color.
            color: returns the color of an email's element, given the email and the element.
        """
        self._bindings, self._colored, self._color = bindings, colored, color

    def text(self, element: str, **declarations: Any) -> StylePlaceholder:
        """Return the style of a text; see ``EmailStyles.text``."""
        return self._bindings.style(element, declarations)

    def color(self, element: str) -> ColorPlaceholder | None:
        """Return the color of an element, or else of paragraphs; ``None`` if the email has neither."""
        own = next((each for each in (element, "p") if each in self._colored), None)
        return self._bindings.derive(self._color, EmailArgument, own) if own else None

    def get(self, element: str, name: str) -> ColorPlaceholder | None:
        """Return the color of an element or ``None``; its other properties are not for templates."""
        if name != "color":
            raise PlaceholderMisuse(
                f"a template cannot read the {name} of an email's text. Use styles.text(), which includes it."
            )
        if element not in self._colored:
            return None
        return self._bindings.derive(self._color, EmailArgument, element)

    def family(self, element: str) -> FontPlaceholder:
        """Return the font of an element, for ``css``."""
        return FontPlaceholder(self._bindings, element)


class TextPlaceholder(Placeholder):
    """A text, or a paragraph of one."""

    kind = "text"
    __slots__ = ("lines",)

    def __init__(self, path: str, lines: Sequence[LinePlaceholder]) -> None:
        """Create it from the placeholders of its lines, at least one."""
        super().__init__(lines[0].bindings, lines[0].number, path)
        self.lines = tuple(lines)

    def __bool__(self) -> bool:
        return any(self.lines)

    def __html__(self) -> str:
        return "\n".join(each.__html__() for each in self.lines if each)

    @property
    def direction(self) -> str:
        """``rtl`` or ``ltr``, by the rule of ``text.direction``."""
        return next((each.direction for each in self.lines if each.has_direction), "ltr")

    @property
    def paragraphs(self) -> list["TextPlaceholder"]:
        """The parts between empty lines, at most 20."""
        starts = [0]
        for place in range(1, len(self.lines) - 1):
            if len(starts) < MAX_PARAGRAPHS and not self.lines[place]:
                starts.append(place + 1)
        ends = [*(start - 1 for start in starts[1:]), len(self.lines)]
        return [
            TextPlaceholder(self.path, self.lines[start:end])
            for start, end in zip(starts, ends, strict=True)
        ]


# For gaps, which have markup of their own.
_NO_BINDINGS = Bindings(lambda placeholder: placeholder.__html__())


def on_colors(function: Callable[..., str]) -> Callable[..., Any]:
    """Wrap a function of colors for templates: given a placeholder, the result is a placeholder."""

    @wraps(function)
    def derived(*arguments: Any) -> Any:
        bindings = None
        for each in arguments:
            if isinstance(each, Placeholder):
                if not isinstance(each, ColorPlaceholder):
                    each.misuse(f"pass it to {function.__name__}")
                bindings = each.bindings
        return bindings.derive(function, *arguments) if bindings else function(*arguments)

    return derived


def on_fonts(inline_style: Callable[..., str]) -> Callable[..., Any]:
    """Wrap ``inline_style`` for templates: with an email's font, the result is a placeholder."""

    @wraps(inline_style)
    def css(**declarations: Any) -> Any:
        for each in declarations.values():
            if isinstance(each, FontPlaceholder):
                return each.bindings.style(None, declarations)
        return inline_style(**declarations)

    return css
