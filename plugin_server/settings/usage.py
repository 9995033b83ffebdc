"""Checks that a block's settings, its module and its template use the same names.

Read from the source, nothing is run: the block's module by its syntax tree, the template by
Jinja's. A value that reaches code by another way than ``values["name"]`` is not seen, so a setting
that seems unused is a warning, a name that does not exist an error.
"""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from jinja2 import TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables

from plugin_server.findings.finding import Finding, Place, error, warning
from plugin_server.findings.wording import shown, suggestion
from plugin_server.rendering.jinja_environment import jinja_environment
from plugin_server.resources.packages import BlockPackage, package_of
from plugin_server.resources.text_files import UnreadableText, read_text_file
from plugin_server.settings.rules import Check, Context
from plugin_server.settings.sidebar import Node
from plugin_server.settings.values import READERS

# What the renderer hands to every template beside the block's own context.
_RENDERER = {"styles", "css_class"}
# Whatever a block calls what it was given: ``values["post"]``, ``query.dependencies["city"]``.
_HOLDERS = {"values", "dependencies"}


class _Unreadable(Exception):
    """A module or template that cannot be read; the text says where and why."""

    def __init__(self, path: Path, reason: str) -> None:
        self.is_module = path.suffix == ".py"
        super().__init__(f"{path.name} {reason}")


def check_uses(
    sidebar: Sequence[Node], context: Context, package: BlockPackage | None = None
) -> Iterator[Finding]:
    """Names that only one side uses; no findings for a settings JSON of another server."""
    package = package or package_of(context.block or "")
    if context.block is None or package is None:
        return
    try:
        read, given = _in_module(package.module_file(context.block))
        expected = _in_template(package.template_file(context.block))
    except _Unreadable as unreadable:
        if unreadable.is_module:  # the linter reports a template, with its place
            advice = "Correct it to have its names checked."
            yield error("unreadable-module", Place(path=()), str(unreadable), advice)
        return
    settings = {node.name: node for node in sidebar if node.name and not node.is_group}
    for name, place in read.items():
        if name not in settings:
            yield _unknown(name, f"{context.block}.py line {place}", list(settings))
    for name, place in expected.items():
        if name not in settings and name not in given:
            yield _unknown(name, f"{context.block}.html line {place}", [*settings, *given])
    needed = {each.field for node in sidebar for each in node.conditions()}
    for name in settings.keys() - read.keys() - expected.keys() - needed:
        yield warning(
            "unused-setting",
            Place(path=(*settings[name].path, "name")),
            f"neither the block's module nor its template uses {shown(name)}",
            "Use it, or remove the setting: creators would change it without effect.",
        )


def _unknown(name: str, place: str, known: list[str]) -> Finding:
    message = f"{place} uses {shown(name)}, which nothing provides"
    advice = suggestion(name, known) or "Add the setting, or pass the name in the block's context."
    return error("unknown-name", Place(path=()), message, advice)


def _in_module(path: Path) -> tuple[dict[str, int], set[str]]:
    """Return the settings that a module reads, with their lines, and the keys of its dicts."""
    read: dict[str, int] = {}
    given: set[str] = set()
    tree = _parsed(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            name = _read_from(node.value, node.slice)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            name = _read_from(node.func.value, node.args[0]) if node.func.attr in READERS else None
        else:
            if isinstance(node, ast.Dict):
                given.update(filter(None, map(_text, node.keys)))
            continue
        if name:
            read.setdefault(name, node.lineno)
    return read, given


def _parsed(path: Path) -> ast.Module:
    if not path.is_file():
        return ast.Module([], [])
    try:
        return ast.parse(_text_of(path))
    except SyntaxError as error:
        place = f"line {error.lineno}" if error.lineno else "cannot be read"
        raise _Unreadable(path, f"{place}: {error.msg}") from error
    except (ValueError, RecursionError) as error:  # a null character; an endless expression
        raise _Unreadable(path, f"cannot be read: {error}") from error


def _text_of(path: Path) -> str:
    try:
        return read_text_file(path)
    except UnreadableText as error:
        raise _Unreadable(path, error.reason) from error


def _read_from(holder: ast.expr, key: ast.expr) -> str | None:
    called = holder.attr if isinstance(holder, ast.Attribute) else getattr(holder, "id", None)
    return _text(key) if called in _HOLDERS else None


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _in_template(path: Path) -> dict[str, int]:
    """Return the names that a template expects from outside, with the line of their first use."""
    if not path.is_file():
        return {}
    env = jinja_environment()
    try:
        tree = env.parse(_text_of(path))
        names = find_undeclared_variables(tree) - env.globals.keys() - _RENDERER
    except TemplateSyntaxError as error:
        raise _Unreadable(path, f"line {error.lineno}: {error.message}") from error
    lines: dict[str, int] = {}
    for node in tree.find_all(nodes.Name):
        if node.name in names:
            lines[node.name] = min(node.lineno, lines.get(node.name, node.lineno))
    return lines


CHECKS: tuple[Check, ...] = (check_uses,)
