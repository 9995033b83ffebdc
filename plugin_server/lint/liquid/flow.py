"""Follows the values of a template through assigns, branches and loops, to where they are printed.

Nothing is rendered: each branch is read once, with what its condition says of the data.
"""

from collections import ChainMap
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from liquid.ast import BlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import LoopExpression
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.capture_tag import CaptureNode
from liquid.builtin.tags.case_tag import CaseNode, MultiExpressionBlockNode
from liquid.builtin.tags.cycle_tag import CycleNode
from liquid.builtin.tags.decrement_tag import DecrementNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.ifchanged_tag import IfChangedNode
from liquid.builtin.tags.increment_tag import IncrementNode
from liquid.builtin.tags.liquid_tag import LiquidNode
from liquid.builtin.tags.tablerow_tag import TablerowNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.expression import Expression

from plugin_server.lint.liquid.conditions import Guards, bare_paths, guards_of, implied
from plugin_server.lint.liquid.expressions import Reading, Scope
from plugin_server.lint.liquid.values import (
    ITEM,
    MISSING,
    NUMBER,
    DataPath,
    Value,
    data,
    either,
    literal,
    together,
)

# The namespace that Kit leaves empty in the editor's preview.
SUBSCRIBER = "subscriber"


_ASSIGNING = (AssignNode, CaptureNode, IncrementNode, DecrementNode)


@dataclass(frozen=True)
class Printed:
    """A value that is printed into the HTML, with what its surroundings say of the data.

    ``is_hidden`` where the preview, which knows no subscriber, does not show it.
    """

    offset: int
    value: Value
    guards: Guards
    is_hidden: bool


@dataclass(frozen=True)
class Unseen:
    """A condition that hides something in the preview, where nothing is shown instead."""

    offset: int
    paths: frozenset[DataPath]


@dataclass(frozen=True)
class Tested:
    """A value that a condition takes for true unless it is missing."""

    offset: int
    value: Value


@dataclass
class Flow:
    """What a template does with its values."""

    reading: Reading
    tested: dict[Tested, None] = field(default_factory=dict)
    printed: list[Printed] = field(default_factory=list)
    unseen: list[Unseen] = field(default_factory=list)


@dataclass(frozen=True)
class _Around:
    """What is known within a block: what has data, whether the preview shows it, and what takes it up."""

    guards: Guards = frozenset()
    is_hidden: bool = False
    captured: list[Value] | None = None

    def within(self, guards: Guards) -> "_Around":
        new = guards - self.guards
        hides = any(path[0] == SUBSCRIBER for path in new)
        return _Around(self.guards | guards, self.is_hidden or hides, self.captured)


def follow(nodes: Sequence[Node]) -> Flow:
    """Return what a template does with its values.

    Raises:
        RecursionError: it is nested too deeply.
    """
    reader = _Reader(Reading(assigned=frozenset(_assigned(nodes))))
    reader.read(nodes, ChainMap(), _Around())
    return reader.flow


def parts(node: Node) -> list[tuple[Sequence[Node], bool]]:
    """Return the blocks of nodes inside a node, each with whether it is a branch of a condition."""
    if isinstance(node, IfNode | UnlessNode):
        blocks = [node.consequence, *(each.block for each in node.alternatives)]
        return [(each.nodes, True) for each in (*blocks, *filter(None, [node.default]))]
    if isinstance(node, CaseNode):
        return [(_when(each).nodes, True) for each in node.blocks]
    if isinstance(node, ForNode):
        return [(each.nodes, True) for each in (node.block, *filter(None, [node.default]))]
    if isinstance(node, TablerowNode):
        return [(node.block.nodes, True)]
    if isinstance(node, IfChangedNode | LiquidNode):
        return [(node.block.nodes, False)]
    return [(node.nodes, False)] if isinstance(node, BlockNode) else []


def _when(block: MultiExpressionBlockNode | BlockNode) -> BlockNode:
    return block.block if isinstance(block, MultiExpressionBlockNode) else block


def prints(nodes: Sequence[Node]) -> bool:
    """Return whether anything is printed but white space."""
    for node in nodes:
        if isinstance(node, OutputNode | CycleNode | IncrementNode | DecrementNode):
            return True
        if isinstance(node, ContentNode) and node.text.strip():
            return True
        if any(prints(inside) for inside, _ in parts(node)):
            return True
    return False


def _assigned(nodes: Sequence[Node]) -> set[str]:
    """Return the names of all variables that are assigned anywhere."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, _ASSIGNING):
            found.add(str(node.name))
        inside = [node.block.nodes] if isinstance(node, CaptureNode) else []
        for block in (*inside, *(each for each, _ in parts(node))):
            found |= _assigned(block)
    return found


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self.flow = Flow(reading)
        self._reading = reading

    def read(self, nodes: Sequence[Node], scope: Scope, around: _Around) -> None:
        """Read nodes in order; ``scope`` takes up what they assign."""
        for node in nodes:
            self._read(node, scope, around)

    def _read(self, node: Node, scope: Scope, around: _Around) -> None:
        if isinstance(node, OutputNode | CycleNode | ContentNode):
            self._write(node, scope, around)
        elif isinstance(node, _ASSIGNING):
            self._assign(node, scope, around)
        elif isinstance(node, IfNode | UnlessNode):
            self._if(node, scope, around)
        elif isinstance(node, CaseNode):
            self._case(node, scope, around)
        elif isinstance(node, ForNode | TablerowNode):
            self._loop(node, scope, around)
        else:
            for inside, _ in parts(node):
                self.read(inside, scope, around)

    def _write(
        self, node: OutputNode | CycleNode | ContentNode, scope: Scope, around: _Around
    ) -> None:
        if isinstance(node, ContentNode):
            if around.captured is not None and node.text.strip():
                around.captured.append(literal(node.text))
            return
        expressions = [node.expression] if isinstance(node, OutputNode) else node.args
        for each in expressions:
            self._print(node.token.start_index, self._value(each, scope), around)

    def _value(self, expression: Expression, scope: Scope) -> Value:
        return self._reading.value(expression, scope)

    def _print(self, offset: int, value: Value, around: _Around) -> None:
        if around.captured is None:
            self.flow.printed.append(Printed(offset, value, around.guards, around.is_hidden))
        else:
            around.captured.append(_known_there(value, around.guards))

    def _assign(
        self,
        node: AssignNode | CaptureNode | IncrementNode | DecrementNode,
        scope: Scope,
        around: _Around,
    ) -> None:
        if isinstance(node, AssignNode):
            scope[str(node.name)] = _known_there(self._value(node.expression, scope), around.guards)
        elif isinstance(node, CaptureNode):
            captured: list[Value] = []
            inside = _Around(around.guards, around.is_hidden, captured)
            self.read(node.block.nodes, scope, inside)
            scope[str(node.name)] = together(captured)
        else:
            self._print(node.token.start_index, NUMBER, around)

    def _if(self, node: IfNode | UnlessNode, scope: Scope, around: _Around) -> None:
        conditions = [(node.condition, node.consequence)]
        conditions += [(each.expression, each.block) for each in node.alternatives]
        before, first = around, isinstance(node, IfNode)
        branches: list[tuple[BlockNode | None, _Around]] = []
        for number, (condition, block) in enumerate(conditions):
            truth = first or number > 0
            for path in bare_paths(condition):
                tested = Tested(path.token.start_index, self._value(path, scope))
                self.flow.tested[tested] = None
            given = implied(self._reading, condition, scope, is_true=truth)
            branches.append((block, before.within(given)))
            otherwise = implied(self._reading, condition, scope, is_true=not truth)
            before = before.within(otherwise)
        branches.append((node.default, before))
        self._branches(node, branches, scope, around)

    def _case(self, node: CaseNode, scope: Scope, around: _Around) -> None:
        branches: list[tuple[BlockNode | None, _Around]] = []
        given = guards_of(self._reading, node.expression, scope)
        for block in node.blocks:
            is_when = isinstance(block, MultiExpressionBlockNode)
            branches.append((_when(block), around.within(given) if is_when else around))
        if all(isinstance(each, MultiExpressionBlockNode) for each in node.blocks):
            branches.append((None, around))
        self._branches(node, branches, scope, around)

    def _branches(
        self,
        node: Node,
        branches: Sequence[tuple[BlockNode | None, _Around]],
        scope: Scope,
        around: _Around,
    ) -> None:
        """Read each branch with the scope before it, and join the scopes; ``None`` is no branch."""
        scopes, shown, hidden = [], False, frozenset[DataPath]()
        for block, inside in branches:
            after = scope.new_child()
            if block is not None:
                self.read(block.nodes, after, inside)
                if prints(block.nodes):
                    shown = shown or not inside.is_hidden
                    hidden |= inside.guards - around.guards
            scopes.append(after)
        _join(scope, scopes)
        missing = frozenset(path for path in hidden if path[0] == SUBSCRIBER)
        if missing and not shown and not around.is_hidden and around.captured is None:
            self.flow.unseen.append(Unseen(node.token.start_index, missing))

    def _loop(self, node: ForNode | TablerowNode, scope: Scope, around: _Around) -> None:
        loop = node.expression
        if not isinstance(loop, LoopExpression):
            return
        items = self._value(loop.iterable, scope)
        for argument in filter(None, (loop.limit, loop.offset, loop.cols)):
            self._value(argument, scope)
        guards = guards_of(self._reading, loop.iterable, scope)
        if items.path is not None:
            item, guards = data((*items.path, ITEM)), guards | {(*items.path, ITEM)}
        else:
            item = Value(items.origins, items.encoding)
        inside = scope.new_child({str(loop.identifier): item})
        self.read(node.block.nodes, inside, around.within(guards))
        del inside[str(loop.identifier)]
        without = scope.new_child()
        if isinstance(node, ForNode) and node.default:
            self.read(node.default.nodes, without, around)
        _join(scope, [inside, without])


def _known_there(value: Value, guards: Guards) -> Value:
    """Return a value as it is taken up where conditions around say what has data."""
    is_present = value.is_present or has_data(value, guards)
    return replace(value, is_present=is_present, implied=value.implied | guards)


def has_data(value: Value, guards: Guards) -> bool:
    """Return whether conditions say that a value is not empty."""
    if any((f"${name}",) in guards for name in value.names):
        return True
    return bool(value.origins) and all(_covered(path, guards) for path in value.origins)


def _covered(path: DataPath, guards: Guards) -> bool:
    if path in guards:
        return True
    # The data of an event comes together.
    return path[0] != SUBSCRIBER and any(
        len(guard) >= 2 and path[: len(guard)] == guard for guard in guards
    )


def _join(scope: Scope, scopes: Sequence[Scope]) -> None:
    """Update a scope with what is certain after one of several branches, its children."""
    for name in dict.fromkeys(name for each in scopes for name in each.maps[0]):
        scope[name] = either([each.get(name, MISSING) for each in scopes])
