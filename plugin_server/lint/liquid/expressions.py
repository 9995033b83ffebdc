"""Reads the expressions of a template: their values, and which data and filters they use."""

from collections import ChainMap
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from liquid.builtin.expressions import (
    Filter,
    FilteredExpression,
    Literal,
    Path,
    PositionalArgument,
    StringLiteral,
)
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.expression import Expression

from plugin_server.lint.liquid.values import (
    ITEM,
    MISSING,
    NUMBER,
    UNKNOWN,
    DataPath,
    Encoding,
    Value,
    data,
    filtered,
    literal,
)

# The variables of a template, by name; the first map has those of the innermost branch.
Scope = ChainMap[str, Value]

# What Liquid itself defines within loops.
_LOOPS = frozenset({"forloop", "tablerowloop"})


@dataclass(frozen=True)
class Used:
    """Data that an expression names, and its place."""

    path: DataPath
    offset: int


@dataclass(frozen=True)
class UsedFilter:
    """A filter, its place, and the text before it if the template's author wrote that."""

    name: str
    offset: int
    text: str = ""


@dataclass
class Reading:
    """What expressions use, each in order and once.

    Attributes:
        assigned: the names that any part of the template assigns.
        escaped_twice: the places of filters that escape what is escaped already.
    """

    assigned: frozenset[str]
    used: dict[Used, None] = field(default_factory=dict)
    filters: dict[UsedFilter, None] = field(default_factory=dict)
    escaped_twice: dict[int, None] = field(default_factory=dict)

    def value(self, expression: Expression, scope: Scope) -> Value:
        """Return what is known of an expression's value, and note what it uses."""
        if isinstance(expression, FilteredExpression):
            value = self.value(expression.left, scope)
            for each in expression.filters or ():
                offset = each.token.start_index
                self.filters[UsedFilter(each.name, offset, _text(expression.left))] = None
                if each.name in ("escape", "h") and value.is_escaped:
                    self.escaped_twice[offset] = None
                value = self._filtered(value, each, scope)
            return value
        if isinstance(expression, Path):
            return self._path(expression, scope)
        if isinstance(expression, StringLiteral):
            return literal(expression.value)
        if isinstance(expression, RangeLiteral):
            self.value(expression.start, scope)
            self.value(expression.stop, scope)
            return NUMBER
        return NUMBER if isinstance(expression, Literal) else MISSING

    def _filtered(self, value: Value, each: Filter, scope: Scope) -> Value:
        arguments: list[Value] = []
        texts: list[str] = []
        for argument in each.args:
            found = self.value(argument.value, scope)
            if isinstance(argument, PositionalArgument):
                arguments.append(found)
                texts.append(_text(argument.value))
        return filtered(value, each.name, arguments, texts)

    def _path(self, path: Path, scope: Scope) -> Value:
        names = tuple(self._names(path, scope))
        head, rest, offset = names[0], names[1:], path.token.start_index
        if head in _LOOPS:
            return NUMBER
        if head in scope:
            return self._member(scope[head], head, rest, offset)
        if head in self.assigned:
            return replace(MISSING, names=frozenset({head}))
        self.used[Used(names, offset)] = None
        return _sized(data(names))

    def _member(self, value: Value, name: str, rest: DataPath, offset: int) -> Value:
        named = replace(value, names=value.names | {name})
        if not rest:
            return named
        if value.path is not None:
            path = (*value.path, *rest)
            self.used[Used(path, offset)] = None
            names = frozenset({name}) if rest == ("size",) else frozenset()
            return replace(_sized(data(path)), names=names)
        encodings = {"size": Encoding.PLAIN, ITEM: value.encoding, "first": value.encoding}
        encoding = encodings.get(rest[0], Encoding.RAW) if len(rest) == 1 else Encoding.RAW
        return replace(named, encoding=encoding, is_present=False, is_blank=False)

    def _names(self, path: Path, scope: Scope) -> Iterable[str]:
        for segment in path.path:
            if isinstance(segment, Path):
                self.value(segment, scope)
                yield UNKNOWN
            else:
                yield segment if isinstance(segment, str) else ITEM


def _sized(value: Value) -> Value:
    is_size = value.path is not None and value.path[-1] == "size"
    return replace(value, encoding=Encoding.PLAIN) if is_size else value


def _text(expression: Expression) -> str:
    return expression.value if isinstance(expression, StringLiteral) else ""
