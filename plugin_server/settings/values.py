"""The values of settings as Kit sends them, parsed: one function for each of Kit's types.

A parser takes the setting and any JSON value that is not missing, and returns an immutable typed
value, or raises ``Unusable`` with what the creator should do, in words that follow the label. Its
docstring states what a block may assume.

No value is markup. Put text in HTML through a template, which escapes it; a color or a font in a
style attribute through ``inline_style``, which parses it once more; a value in a URL through
``urllib.parse.quote`` and then ``rendering.urls.parse_link``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from datetime import time as time_of_day
from decimal import Decimal
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, TypeVar

from typing_extensions import override

from plugin_server.findings.wording import listed, shown
from plugin_server.rendering import css_properties as css
from plugin_server.rendering.text import one_line, paragraphs, printable
from plugin_server.rendering.time_zones import EARLIEST, LATEST, picked_day
from plugin_server.rendering.value_types import Choice, Color, Url
from plugin_server.settings.numbers import read_number, written
from plugin_server.settings.setting import Setting

MAX_TEXT = 500
MAX_TEXTAREA = 5_000
MAX_OPTION = 200
MAX_CHOICES = 100
TRANSPARENT = Choice("transparent")
_STEP_ERROR = Decimal("1e-6")

Kind = TypeVar("Kind")


class Unusable(ValueError):
    """A value that cannot be used; its text completes a sentence that begins with the label."""


class UnknownSetting(KeyError):
    """A block asks for a setting that its settings JSON does not have; a developer's mistake."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        """Take the name, and those of all settings."""
        self._name, self._known = name, known
        super().__init__(name)

    @property
    def problem(self) -> str:
        """What is wrong, for the developer."""
        close = get_close_matches(str(self._name), self._known, cutoff=0.6) or self._known
        has = listed([shown(each) for each in close], "and") or "no settings"
        return f"asks for {shown(self._name)}; the settings JSON has {has}"

    @override
    def __str__(self) -> str:
        return self.problem


class Values(Mapping[str, Any]):
    """Every setting of a block by name, groups' settings beside the others.

    A setting that is hidden, or that the creator left empty and that has no default, is ``None``;
    then a toggle is ``False`` and a search with ``multiselect`` is ``()``.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Copy ``values``."""
        self._values = MappingProxyType(dict(values))

    def __getitem__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise UnknownSetting(name, list(self._values)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Values({dict(self._values)!r})"

    def text(self, name: str) -> str:
        """Return the text of a setting of type ``text`` or ``textarea``; ``""`` where it is empty."""
        return self._typed(name, str) or ""

    def time(self, name: str) -> time_of_day | None:
        """Return the time of a text setting whose format is ``TIME``."""
        return self._typed(name, time_of_day)

    def link(self, name: str) -> Url | None:
        """Return the URL of a text setting whose format is ``LINK``, or ``EMAIL``: ``mailto:…``."""
        return self._typed(name, Url)

    def number(self, name: str) -> Decimal | None:
        """Return the number of a setting of type ``slider`` or ``numericalInput``."""
        return self._typed(name, Decimal)

    def is_on(self, name: str) -> bool:
        """Return whether a toggle is on; one that is hidden is off."""
        return bool(self._typed(name, bool))

    def choice(self, name: str) -> Choice:
        """Return the chosen option's value of a ``select`` or ``radioGroup``; ``""`` where there is none."""
        return self._typed(name, Choice) or Choice()

    def color(self, name: str) -> Color | None:
        """Return a color; ``None`` also for a transparent one, behind which the email's own shows."""
        return None if self[name] == TRANSPARENT else self._typed(name, Color)

    def font(self, name: str) -> "Font | None":
        """Return a font."""
        return self._typed(name, Font)

    def date(self, name: str) -> "PickedDate | None":
        """Return a picked date."""
        return self._typed(name, PickedDate)

    def result(self, name: str) -> str:
        """Return the value of the chosen result of a search; ``""`` for none.

        It may be of something that was deleted.
        """
        return self._typed(name, str) or ""

    def results(self, name: str) -> tuple[str, ...]:
        """Return the values of the chosen results of a search with ``multiselect``, each once."""
        return self._typed(name, tuple) or ()

    def _typed(self, name: str, kind: type[Kind]) -> Kind | None:
        value = self[name]
        # An option and a color are strings, but not texts.
        if value is None or type(value) is kind:
            return value
        method = _METHODS.get(type(value))
        # A format of a package's own may give any type.
        right = f'values.{method}("{name}")' if method else f'values["{name}"]'
        raise TypeError(f'"{name}" is {type(value).__name__}: read it with {right}')


@dataclass(frozen=True)
class Font:
    """A choice of the font picker.

    ``family`` is a list of families as CSS writes it, names quoted with single quotes where they
    need it, never empty, at most 16, without CSS keywords. ``weight`` is ``"1"`` to ``"1000"``, or
    ``None``. Each is the whole value of one declaration and cannot end it.
    """

    family: Choice
    weight: Choice | None = None


@dataclass(frozen=True)
class PickedDate:
    """A choice of the date picker, as the instant that was sent for it, in UTC.

    Show the day and never the instant, which is a midnight of the creator's own zone.
    """

    instant: datetime

    def day_in(self, zone: tzinfo) -> date:
        """Return the day that the creator picked, ``zone`` being that of the account."""
        return picked_day(zone, self.instant)


# How ``Values`` returns values of each type.
_METHODS: Mapping[type, str] = {
    str: "text",
    Decimal: "number",
    bool: "is_on",
    Choice: "choice",
    Color: "color",
    Font: "font",
    PickedDate: "date",
    time_of_day: "time",
    Url: "link",
    tuple: "results",
}
# The ways in which a block's module names a setting.
READERS = frozenset({"get", "result", *_METHODS.values()})


def _color(setting: Setting, raw: object) -> Color | Choice:
    """Return ``#rrggbb`` in lower case, or ``transparent`` where the setting allows it.

    Either is the whole value of one declaration, and of a ``bgcolor`` attribute unless transparent.
    """
    if css.is_transparent(raw) and setting.allow_transparent:
        return TRANSPARENT
    try:
        return css.color(raw)
    except css.TranslucentColor as error:
        raise Unusable("lets what is behind it show through. Pick a solid color.") from error
    except ValueError as error:
        raise Unusable("is not a color. Pick it again.") from error


def _date(setting: Setting, raw: object) -> PickedDate:
    """Parse an instant; ``PickedDate`` says which day it is the midnight of."""
    if not isinstance(raw, str) or len(raw) > 40:
        raise Unusable("is not a date. Pick it again.")
    try:
        instant = datetime.fromisoformat(raw.strip())
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
        if not EARLIEST <= instant <= LATEST:
            raise ValueError("has no day in some zones")
        return PickedDate(instant)
    except (ValueError, OverflowError) as error:
        raise Unusable("is not a date. Pick it again.") from error


def _font(setting: Setting, raw: object) -> Font:
    """Return a font; a bare string, which older drafts may hold, is a list of families."""
    family, weight = raw, None
    if isinstance(raw, Mapping):
        family, weight = raw.get("fontFamily"), raw.get("fontWeight")
    try:
        given = None if weight is None else Choice(css.font_weight(weight))
        return Font(Choice(css.font_stack(family)), given)
    except ValueError as error:
        raise Unusable("is not a font that can be used here. Choose another.") from error


def _search(setting: Setting, raw: object) -> str | tuple[str, ...]:
    """Return the value of the chosen option, or a tuple of different ones with ``multiselect``.

    Each is one line of 1 to 200 characters, but not known to exist: it may be of something that
    was deleted, or was never offered. Look it up among what belongs to the creator.
    """
    chosen = raw if isinstance(raw, list | tuple) else [raw]
    if not all(isinstance(each, str) and len(each) <= MAX_OPTION for each in chosen):
        raise Unusable("does not hold a result of its search. Search again and choose one.")
    values = tuple(dict.fromkeys(filter(None, map(one_line, chosen))))
    if len(values) > MAX_CHOICES:
        raise Unusable(f"holds too many results. Choose at most {MAX_CHOICES}.")
    if setting.multiselect:
        return values
    if len(values) != 1:
        raise Unusable("takes one result. Search again and choose one.")
    return values[0]


def _choice(setting: Setting, raw: object) -> Choice:
    """Return the value of one of the setting's options, exactly as the settings JSON has it."""
    if isinstance(raw, str) and raw in setting.options:
        return Choice(raw)
    raise Unusable("holds a choice that is no longer offered. Choose again.")


def _text(setting: Setting, raw: object) -> object:
    """Return 1 to 500 characters on one line, without control characters. Otherwise any text.

    For a setting with a format, what that makes of the text.
    """
    if not isinstance(raw, str):
        raise Unusable("is not text. Type it again.")
    text = _bounded(one_line(raw), MAX_TEXT)
    if setting.format is None:
        return text
    value = setting.format.read(text)
    if value is None:
        raise Unusable(f"is not {setting.format.what}. {setting.format.advice}")
    return value


def _textarea(setting: Setting, raw: object) -> str:
    r"""Return text with ``\n`` between its lines, none of which begins or ends with a space.

    It has 1 character at least, and at most ``max_length`` and 5,000, never two empty lines in a
    row, and no control characters. Otherwise any text.
    """
    if not isinstance(raw, str):
        raise Unusable("is not text. Type it again.")
    limit = min(setting.max_length or MAX_TEXTAREA, MAX_TEXTAREA)
    return _bounded(paragraphs(raw), limit)


def _bounded(text: str, limit: int) -> str:
    # Browsers count an emoji as two and we count it as one, so nothing that Kit let in is refused.
    if len(text) > limit:
        raise Unusable(f"is too long. Use at most {limit:,} characters.")
    return text


def _toggle(setting: Setting, raw: object) -> bool:
    """Return ``True`` or ``False``."""
    if not isinstance(raw, bool):
        raise Unusable("is neither on nor off. Switch it again.")
    return raw


def _slider(setting: Setting, raw: object) -> Decimal:
    """Return a decimal within ``min`` and ``max``, a whole number of steps above ``min``."""
    number = _within(setting, raw, "Move it again.")
    if setting.min is None or not setting.step:
        return number
    steps = (number - setting.min) / setting.step
    # Browsers add steps up in binary: three steps of 0.1 arrive as 0.30000000000000004.
    if abs(steps - round(steps)) > _STEP_ERROR:
        raise Unusable(f"moves in steps of {written(setting.step)}. Move it again.")
    return setting.min + round(steps) * setting.step


def _numerical_input(setting: Setting, raw: object) -> Decimal:
    """Return a finite decimal up to a trillion with at most 6 decimals, within ``min`` and ``max``."""
    return _within(setting, raw, "Type it in digits, such as 9.99.")


def _within(setting: Setting, raw: object, advice: str) -> Decimal:
    try:
        number = read_number(raw)
    except ValueError as error:
        raise Unusable(f"is not a number. {advice}") from error
    if setting.min is not None and number < setting.min:
        raise Unusable(f"is too small. Use {written(setting.min)} or more.")
    if setting.max is not None and number > setting.max:
        raise Unusable(f"is too large. Use {written(setting.max)} or less.")
    return number


PARSERS: Mapping[str, Callable[[Setting, object], object]] = {
    "color": _color,
    "date": _date,
    "fontFamily": _font,
    "numericalInput": _numerical_input,
    "radioGroup": _choice,
    "search": _search,
    "select": _choice,
    "slider": _slider,
    "text": _text,
    "textarea": _textarea,
    "toggle": _toggle,
}
MISSING: Mapping[str, str] = {
    "color": "is not set. Pick a color.",
    "date": "is not set. Pick a date.",
    "fontFamily": "is not set. Choose a font.",
    "numericalInput": "is empty. Type a number.",
    "radioGroup": "is not set. Choose one.",
    "search": "is not set. Search and choose one.",
    "select": "is not set. Choose one.",
    "slider": "is not set. Move it to a value.",
    "text": "is empty. Fill it in.",
    "textarea": "is empty. Fill it in.",
    "toggle": "is not set. Switch it on or off.",
}


def parse_value(setting: Setting, raw: object) -> object:
    """Return the typed value of a setting from any JSON value that is not missing.

    Raises:
        Unusable: a sentence for the creator that continues the label.
    """
    return PARSERS[setting.type](setting, raw)


def empty_value(setting: Setting) -> object:
    """Return what a block gets for a setting that is hidden, or empty without a default."""
    if setting.type == "toggle":
        return False
    return () if setting.multiselect else None


def is_missing(setting: Setting, raw: object) -> bool:
    """Return whether a creator left a setting empty.

    That is nothing at all or blank text; a list of nothing but such, for a search; a font without
    a name, or an empty object, for a font. Elsewhere lists and objects are values, and wrong.
    """
    if isinstance(raw, str):
        return _is_blank(raw)
    if setting.type == "fontFamily" and isinstance(raw, Mapping):
        raw = raw.get("fontFamily", raw or None)
        return raw is None or (isinstance(raw, str) and _is_blank(raw))
    if setting.type == "search" and isinstance(raw, list | tuple):
        return all(isinstance(each, str) and _is_blank(each) for each in raw)
    return raw is None


def _is_blank(text: str) -> bool:
    # The start of nearly every text decides, and each is tested several times.
    return not printable(text[:100]).strip() and not printable(text).strip()
