"""What a condition says of the data, where it holds and where it does not."""

from liquid.builtin.expressions import BooleanExpression, Literal, Nil, Path, StringLiteral
from liquid.builtin.expressions.logical import (
    ContainsExpression,
    EqExpression,
    GeExpression,
    GtExpression,
    LeExpression,
    LogicalAndExpression,
    LogicalNotExpression,
    LogicalOrExpression,
    LtExpression,
    NeExpression,
)
from liquid.builtin.expressions.primitive import Blank, Empty, IntegerLiteral
from liquid.expression import Expression

from plugin_server.lint.liquid.expressions import Reading, Scope
from plugin_server.lint.liquid.values import DataPath

# The paths that have data; of a variable, ("$name",).
Guards = frozenset[DataPath]

_NOTHING: Guards = frozenset()
_ORDER = (LtExpression, LeExpression, GtExpression, GeExpression, ContainsExpression)


def implied(reading: Reading, condition: Expression, scope: Scope, *, is_true: bool) -> Guards:
    """Return what has data where a condition holds, or where it does not."""
    if isinstance(condition, BooleanExpression):
        return implied(reading, condition.expression, scope, is_true=is_true)
    if isinstance(condition, LogicalNotExpression):
        return implied(reading, condition.right, scope, is_true=not is_true)
    if isinstance(condition, LogicalAndExpression | LogicalOrExpression):
        left = implied(reading, condition.left, scope, is_true=is_true)
        right = implied(reading, condition.right, scope, is_true=is_true)
        both = isinstance(condition, LogicalAndExpression) == is_true
        return left | right if both else left & right
    if isinstance(condition, EqExpression | NeExpression):
        return _equal(reading, condition, scope, (isinstance(condition, EqExpression) == is_true))
    if isinstance(condition, _ORDER):
        sides = (condition.left, condition.right)
        found = _NOTHING.union(*(guards_of(reading, each, scope) for each in sides))
        return found if is_true else _NOTHING
    found = guards_of(reading, condition, scope)
    return found if is_true else _NOTHING


def _equal(
    reading: Reading, condition: EqExpression | NeExpression, scope: Scope, is_equal: bool
) -> Guards:
    left, right = condition.left, condition.right
    found = (guards_of(reading, left, scope), guards_of(reading, right, scope))
    for value, guards in ((right, found[0]), (left, found[1])):
        if _is_blank(value):
            return _NOTHING if is_equal else guards
        if is_equal and isinstance(value, Literal):
            return guards
    return _NOTHING


def _is_blank(value: Expression) -> bool:
    if isinstance(value, StringLiteral):
        return not value.value.strip()
    return isinstance(value, Nil | Empty | Blank) or (
        isinstance(value, IntegerLiteral) and value.value == 0
    )


def guards_of(reading: Reading, expression: Expression, scope: Scope) -> Guards:
    """Return what has data if an expression does: nothing, unless it is a path."""
    value = reading.value(expression, scope)
    if not isinstance(expression, Path):
        return _NOTHING
    names = value.implied.union((f"${name}",) for name in value.names)
    if value.is_present or len(value.origins) != 1:
        return names
    [origin] = value.origins
    return names | {origin[:-1] if origin[-1] == "size" and len(origin) > 1 else origin}


def bare_paths(condition: Expression) -> list[Path]:
    """Return the paths that a condition takes for true unless they are missing, an empty text too."""
    if isinstance(condition, BooleanExpression):
        return bare_paths(condition.expression)
    if isinstance(condition, LogicalAndExpression | LogicalOrExpression):
        return bare_paths(condition.left) + bare_paths(condition.right)
    return [condition] if isinstance(condition, Path) else []
