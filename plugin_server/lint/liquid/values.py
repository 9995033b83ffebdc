"""What is known of a value in a template: the data that it is made of, and what it is escaped for."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

# The names of members, from a root; an item of a list is "[]", and what is not known "*".
DataPath = tuple[str, ...]
ITEM, UNKNOWN = "[]", "*"


class Encoding(IntEnum):
    """What a value may hold, the most dangerous first.

    RAW: anything. MARKUP: HTML of the template's author around escaped data, for text only. HTML: escaped,
    for text and quoted attributes. URL: percent-encoded, for those and for a part of a URL. PLAIN: numbers
    and the like, for anywhere.
    """

    RAW = 0
    MARKUP = 1
    HTML = 2
    URL = 3
    PLAIN = 4


@dataclass(frozen=True)
class Value:
    """A value of an expression or variable.

    Attributes:
        origins: the paths of the data that it is made of; none for what the template's author wrote.
        encoding: what it may hold.
        is_present: it is never empty: it has a default, or was only assigned where there was data.
        path: of which data it is, unchanged or sorted; ``None`` when a filter made something else.
        names: the variables that it comes from: it is empty when they are.
        is_escaped: it went through a filter that escapes for HTML.
        is_whole_url_encoded: percent-encoded, its slashes too, so that it is no URL any more.
        is_blank: it is certainly empty.
        implied: what has data if it is not empty, since it was only assigned there.
    """

    origins: frozenset[DataPath] = frozenset()
    encoding: Encoding = Encoding.PLAIN
    is_present: bool = True
    path: DataPath | None = None
    names: frozenset[str] = frozenset()
    is_escaped: bool = False
    is_whole_url_encoded: bool = False
    is_blank: bool = False
    implied: frozenset[DataPath] = frozenset()


NUMBER = Value()
MISSING = Value(is_present=False, is_blank=True)

_URL_SAFE = re.compile(r"[A-Za-z0-9_.~+%-]*")
_HTML_SAFE = re.compile(r"[^<>\"']*")


def literal(text: str) -> Value:
    """Return the value of a text that the template's author wrote."""
    encoding = Encoding.MARKUP
    if _URL_SAFE.fullmatch(text):
        encoding = Encoding.URL if text else Encoding.PLAIN
    elif _HTML_SAFE.fullmatch(text):
        encoding = Encoding.HTML
    is_blank = not text.strip()
    return Value(encoding=encoding, is_present=not is_blank, is_blank=is_blank)


def data(path: DataPath) -> Value:
    """Return the value of data that has not gone through any filter."""
    return Value(frozenset({path}), Encoding.RAW, is_present=False, path=path)


def either(values: Sequence[Value]) -> Value:
    """Return what is certain of a variable that has one of several values."""
    first = values[0]
    implied = [each.implied for each in values if not each.is_blank]
    return Value(
        frozenset().union(*(each.origins for each in values)),
        min(each.encoding for each in values),
        all(each.is_present for each in values),
        first.path if all(each.path == first.path for each in values) else None,
        first.names.intersection(*(each.names for each in values)),
        any(each.is_escaped for each in values),
        any(each.is_whole_url_encoded for each in values),
        all(each.is_blank for each in values),
        implied[0].intersection(*implied) if implied else frozenset(),
    )


def together(values: Iterable[Value]) -> Value:
    """Return the value of several, one after the other."""
    whole = MISSING
    for each in values:
        whole = replace(
            whole,
            origins=whole.origins | each.origins,
            encoding=min(whole.encoding, each.encoding),
            is_present=whole.is_present or each.is_present,
            is_escaped=whole.is_escaped or each.is_escaped,
            is_blank=whole.is_blank and each.is_blank,
        )
    return whole


_NUMBERS = frozenset(
    {"abs", "at_least", "at_most", "ceil", "divided_by", "find_index", "floor", "has", "minus"}
    | {"modulo", "plus", "round", "size", "sum", "times"}
)
_BASE_64 = frozenset({"base64_encode", "base64_url_safe_encode"})
_DECODING = frozenset({"url_decode", "base64_decode", "base64_url_safe_decode"})
# They return a list of the same items.
_SAME_ITEMS = frozenset({"compact", "reject", "reverse", "sort", "sort_natural", "uniq", "where"})
_ONE_ITEM = frozenset({"find", "first", "last"})
_ADDING = frozenset({"append", "concat", "join", "prepend"})
_REPLACING = frozenset({"replace", "replace_first", "replace_last"})


def filtered(value: Value, name: str, arguments: Sequence[Value], texts: Sequence[str]) -> Value:
    """Return a value after a filter.

    Args:
        arguments: the values of the filter's arguments.
        texts: those of them that the template's author wrote; ``""`` for others.
    """
    changed = replace(value, path=None, is_whole_url_encoded=False, is_blank=False)
    if name in _NUMBERS:
        found = replace(changed, encoding=Encoding.PLAIN)
    elif name in ("escape", "escape_once", "h"):
        safest = max(value.encoding, Encoding.HTML)
        encoding = Encoding.HTML if value.encoding is Encoding.MARKUP else safest
        found = replace(changed, encoding=encoding, is_escaped=True)
    elif name == "url_encode":
        encoded = max(value.encoding, Encoding.URL)
        found = replace(changed, encoding=encoded, is_escaped=False, is_whole_url_encoded=True)
    elif name in _BASE_64:
        found = replace(changed, encoding=Encoding.HTML)
    elif name in _DECODING:
        found = replace(changed, encoding=Encoding.RAW, is_escaped=False)
    elif name == "newline_to_br":
        found = replace(changed, encoding=min(value.encoding, Encoding.MARKUP))
    elif name == "default":
        found = _defaulted(value, arguments)
    else:
        found = _rearranged(value, changed, name, arguments, texts)
    return found


def _defaulted(value: Value, arguments: Sequence[Value]) -> Value:
    other = arguments[0] if arguments else MISSING
    return replace(
        value,
        origins=value.origins | other.origins,
        encoding=min(value.encoding, other.encoding),
        is_present=value.is_present or other.is_present,
        path=value.path if not other.origins else None,
        is_escaped=value.is_escaped or other.is_escaped,
        is_blank=value.is_blank and other.is_blank,
    )


def _rearranged(
    value: Value, changed: Value, name: str, arguments: Sequence[Value], texts: Sequence[str]
) -> Value:
    """Return a value of which a filter keeps, takes out or adds something."""
    if name in _SAME_ITEMS:
        return replace(value, is_present=False)
    if name in _ONE_ITEM and value.path is not None:
        return replace(value, path=(*value.path, ITEM), is_present=False)
    if name == "map" and value.path is not None and texts and texts[0]:
        path = (*value.path, ITEM, *texts[0].split("."))
        return replace(value, path=path, origins=frozenset({path}))
    if name in _ADDING:
        return _joined(changed, [each for each in arguments if each.origins or name != "join"])
    if name in _REPLACING:
        new = arguments[1:2]
        joined = _joined(changed, new)
        if value.is_escaped and texts and "&" in texts[0]:
            # It may turn a reference such as &lt; back into what it stands for.
            return replace(joined, encoding=Encoding.RAW)
        return replace(joined, is_present=value.is_present)
    return changed


def _joined(value: Value, others: Sequence[Value]) -> Value:
    whole = together([value, *others])
    return replace(
        value,
        origins=whole.origins,
        encoding=whole.encoding,
        is_present=value.is_present,
        is_escaped=whole.is_escaped,
    )
