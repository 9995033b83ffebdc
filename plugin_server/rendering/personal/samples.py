"""Made-up data of subscribers and events for a dynamic block: everything that its Liquid may meet.

It is made from the block's own marks, so that every branch is reached; the few sample subscribers of
``examples`` and of the sandbox, which people look at, could not do that.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import partial
from itertools import product
from typing import Any, NamedTuple

from plugin_server.rendering.personal.conditions import Equals, HasUrl, atoms
from plugin_server.rendering.personal.fields import Field, Loop
from plugin_server.rendering.personal.liquid_code import MAX_URL, MAX_VALUE
from plugin_server.rendering.personal.marks import (
    Each,
    Mark,
    PersonalLink,
    PersonalText,
    PersonalUrl,
    When,
)

Data = dict[str, Any]


class Sample(NamedTuple):
    """What one subscriber gets is rendered from.

    Attributes:
        who: describes the subscriber; it continues "a subscriber".
        data: as Liquid gets it.
    """

    who: str
    data: Data


_STEP = re.compile(r"\w+", re.ASCII)


class _Missing:
    """Stands for a field that the data does not have."""


MISSING = _Missing()
# Within the length at which values are cut, all that breaks out of a text, an attribute or Liquid.
_HOSTILE = (
    "\"'><script>alert(1)</script></td></p><!--{{ 7 | times: 7 }}{% raw %}%}}}{ url(javascript:x) \\ "
    "&lt;b&gt; &#123;&#123; %7B%7B \u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066 "
    "\x00\x0b\x1b\x7f\x85\x9f\ufeff\ufffe \r\n\t{"
)
_HOSTILE_URL = "https://Shop.example/{{ x }}{% y %}?a=1&b=\"><script>&c=url(x)'#\u05d0%20 \\"
_LONG = "Long-winded " * (MAX_VALUE // 6)
# The values of all fields at once, each with one that stands for web URLs.
_MET, _USUAL = "who meets conditions", "with usual data"
_VALUES: Mapping[str, tuple[Any, Any]] = {
    _MET: (_HOSTILE, _HOSTILE_URL),
    "without data": (MISSING, MISSING),
    "with empty fields": ("", ""),
    "with blank fields": (" \n\u00a0 ", " "),
    _USUAL: ("Ada", "https://shop.example/cart?id=1"),
    "with long texts": (_LONG, f"https://shop.example/{'a' * MAX_URL}"),
    "with long words": ("W" * MAX_VALUE * 2, f"https://{'a.' * MAX_URL}example/"),
    "with hostile texts": (_HOSTILE, "javascript:alert(1)"),
    "with a user in URLs": ("{", "https://shop.example@evil.example/"),
    "with Liquid in URLs": ("}", "https://{{ x }}/"),
    "with half of url(": ("url", "HTTPS://shop.example"),
    "with right-to-left texts": (
        "\u05e9\u05dc\u05d5\u05dd (\u0646\u0648\u0631\u0629)",
        "https://shop.example/\u05d0",
    ),
    "with numbers": (42, 4.5),
    "with booleans": (True, False),
    "with lists": ([_HOSTILE], ["https://shop.example/"]),
    "with objects": ({"a": _HOSTILE}, {"a": 1}),
}
# What may be where a list should be.
_LISTS: Mapping[str, Any] = {
    "without lists": MISSING,
    "with empty lists": [],
    "with texts for lists": _HOSTILE,
    "with numbers for lists": 42,
    "with odd items": [None, _HOSTILE, 42, [], {}],
}


@dataclass
class _Use:
    """How a block uses a field.

    Attributes:
        field: it.
        is_url: whether as a web URL.
        is_tested: whether a condition is about it.
        texts: what conditions compare it with.
    """

    field: Field
    is_url: bool = False
    is_tested: bool = False
    texts: list[str] = dataclass_field(default_factory=list)

    @property
    def present(self) -> Any:
        """A hostile value with which conditions hold."""
        return _HOSTILE_URL if self.is_url else _HOSTILE

    @property
    def deciding_values(self) -> list[Any]:
        """Values with which the conditions about it have each possible outcome."""
        return [self.present, MISSING, *self.texts] if self.is_tested else [self.present]


class Uses:
    """The fields and loops of a block."""

    def __init__(self, marks: Sequence[Mark], values: Sequence[str]) -> None:
        """Read them from the marks of a block, and the values of its context."""
        self._values = values
        self._fields: dict[Loop | None, dict[str, _Use]] = {None: {}}
        self._loops: list[Loop] = []
        for mark in marks:
            self._read(mark)

    def _read(self, mark: Mark) -> None:
        match mark:
            case Each():
                self._fields.setdefault(mark.loop, {})
                if mark.loop not in self._loops:
                    self._loops.append(mark.loop)
            case PersonalText() | PersonalLink():
                self._use(mark.field)
            case PersonalUrl():
                self._use(mark.field).is_url = True
            case When():
                for atom in atoms(mark.condition):
                    use = self._use(atom.field)
                    use.is_tested = True
                    use.is_url |= isinstance(atom, HasUrl)
                    if isinstance(atom, Equals) and (text := atom.text.read(self._values)):
                        use.texts += [text] if text not in use.texts else []

    def _use(self, used: Field) -> _Use:
        return self._fields.setdefault(used.loop, {}).setdefault(used.path, _Use(used))

    def samples(self) -> Iterator[Sample]:
        """Yield data for each combination of outcomes of the conditions, and for each kind of value.

        The first three are those that find most: conditions hold, there is no data, and hostile texts.
        """
        for who in (_MET, "without data", "with hostile texts"):
            yield Sample(who, self._data(*_VALUES[who]))
        for values in self._deciding(None):
            for number in range(self._number_of_lists(None)):
                data = _nested(None, values)
                self._add_lists(None, data, partial(self._list, number))
                yield Sample("whose data meets conditions or not", data)
        for who, (text, url) in _VALUES.items():
            yield Sample(who, self._data(text, url))
        if self._loops:
            yield from self._with_lists()

    def _with_lists(self) -> Iterator[Sample]:
        """Yield usual data with lists of every length, and with anything else where lists should be."""
        text, url = _VALUES[_USUAL]
        lists: dict[str, Callable[[Loop], Any]] = {
            who: partial(_always, items) for who, items in _LISTS.items()
        }
        lists["with lists of one item"] = lambda loop: [self._data(text, url, loop)]
        lists["with longer lists than are shown"] = lambda loop: (
            [self._data(text, url, loop)] * (loop.limit + 1)
        )
        for who, items_of in lists.items():
            data = self._data(text, url)
            self._add_lists(None, data, items_of)
            yield Sample(who, data)

    def _deciding(self, loop: Loop | None) -> list[list[tuple[Field, Any]]]:
        uses = self._texts(loop)
        combinations = product(*(use.deciding_values for use in uses))
        fields = [use.field for use in uses]
        return [[*zip(fields, each, strict=True)] for each in combinations]

    def _texts(self, loop: Loop | None) -> list[_Use]:
        """Return how the fields of a loop, or outside of all, are used, but for its lists."""
        lists = {each.items.path for each in self._loops}
        return [use for path, use in self._fields.get(loop, {}).items() if path not in lists]

    def _lists(self, loop: Loop) -> list[Any]:
        """Return lists that together have an item for each combination of outcomes in a loop.

        None is longer than the loop shows. If a condition tests the list, the last one is missing.
        """
        items = []
        for values in self._deciding(loop):
            for number in range(self._number_of_lists(loop)):
                item = _nested(loop, values)
                self._add_lists(loop, item, partial(self._list, number))
                items.append(item)
        chunks = [items[at : at + loop.limit] for at in range(0, len(items), loop.limit)]
        use = self._fields.get(loop.items.loop, {}).get(loop.items.path)
        return [*chunks, MISSING] if use and use.is_tested else chunks

    def _number_of_lists(self, around: Loop | None) -> int:
        inner = (each for each in self._loops if each.items.loop == around)
        return max((len(self._lists(each)) for each in inner), default=1)

    def _list(self, number: int, loop: Loop) -> Any:
        lists = self._lists(loop)
        return lists[number % len(lists)]

    def _data(self, text: Any, url: Any, loop: Loop | None = None) -> Any:
        values = [(use.field, url if use.is_url else text) for use in self._texts(loop)]
        data = _nested(loop, values)
        if text is not MISSING:
            self._add_lists(loop, data, lambda inner: [self._data(text, url, inner)] * 2)
        return data

    def _add_lists(self, loop: Loop | None, data: Any, items_of: Callable[[Loop], Any]) -> None:
        for each in self._loops:
            if each.items.loop == loop and isinstance(data, dict):
                _put(data, _steps(loop, each.items), items_of(each))


def _always(items: Any, loop: Loop) -> Any:
    return items


def _nested(loop: Loop | None, values: Sequence[tuple[Field, Any]]) -> Any:
    """Return data in which fields have values; the item of a loop may be a value itself."""
    data: Data = {}
    for used, value in values:
        if steps := _steps(loop, used):
            _put(data, steps, value)
        else:
            return None if value is MISSING else value
    return data


def _steps(loop: Loop | None, used: Field) -> list[str]:
    steps = _STEP.findall(used.path)
    return steps[1:] if loop else steps


def _put(data: Data, steps: Sequence[str], value: Any) -> None:
    if value is MISSING:
        return
    for step in steps[:-1]:
        inner = data.get(step)
        if not isinstance(inner, dict):
            inner = data[step] = {}
        data = inner
    data[steps[-1]] = value
