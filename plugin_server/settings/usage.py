"""Checks that a block's settings, its module and its template use the same names and formats.

Read from the source, nothing is run: the block's module by its syntax tree, the template by
Jinja's. A value that reaches code by another way than ``values["name"]`` is not seen, so a setting
that seems unused is a warning, a name that does not exist an error. Of formats, only those of this project
are known without running anything.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from jinja2 import TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables

from plugin_server.findings.finding import Finding, Place, error, warning
from plugin_server.findings.wording import shown, suggestion
from plugin_server.rendering.jinja_environment import jinja_environment
from plugin_server.rendering.text import one_line
from plugin_server.resources.packages import BlockPackage, package_of
from plugin_server.resources.text_files import UnreadableText, read_text_file
from plugin_server.settings.rules import Check, Context
from plugin_server.settings.sidebar import Node
from plugin_server.settings.text_formats import STANDARD, TextFormat
from plugin_server.settings.values import READERS

# What the renderer hands to every template beside the block's own context.
_RENDERER = {"styles", "css_class"}
# Whatever a block calls what it was given: ``values["post"]``, ``query.dependencies["city"]``.
_HOLDERS = {"values", "dependencies"}


class _Unreadable(Exception):
    """A module or template that cannot be read; the text says where and why."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path.name} {reason}")


def check_uses(
    sidebar: Sequence[Node], context: Context, package: BlockPackage | None = None
) -> Iterator[Finding]:
    """Names that only one side uses, and placeholders that do not fit their format.

    There are no findings for a settings JSON of another server.
    """
    package = package or package_of(context.block or "")
    if context.block is None or package is None:
        return
    try:
        module = _parsed(package.module_file(context.block))
    except _Unreadable as unreadable:
        advice = "Correct it to have its names checked."
        yield error("unreadable-module", Place(path=()), str(unreadable), advice)
        return
    try:
        expected = _in_template(package.template_file(context.block))
    except _Unreadable:  # the linter reports it, with its place
        expected = None
    read, given = _in_module(module)
    settings = {node.name: node for node in sidebar if node.name and not node.is_group}
    for name, place in read.items():
        if name not in settings:
            file = package.display(package.module_file(context.block))
            yield _unknown(name, Place(place, 1, file=file), list(settings))
    if expected is None:
        return
    for name, place in expected.items():
        if name not in settings and name not in given:
            file = package.display(package.template_file(context.block))
            yield _unknown(name, Place(place, 1, file=file), [*settings, *given])
    needed = {each.field for node in sidebar for each in node.conditions()}
    for name in settings.keys() - read.keys() - expected.keys() - needed:
        yield warning(
            "unused-setting",
            Place(path=(*settings[name].path, "name")),
            f"neither the block's module nor its template uses {shown(name)}",
            "Use it, or remove the setting: creators would change it without effect.",
        )
    yield from _unfitting_placeholders(settings, _formats_in(module))


def _unfitting_placeholders(
    settings: Mapping[str, Node], formats: Mapping[str, TextFormat]
) -> Iterator[Finding]:
    for name in settings.keys() & formats.keys():
        placeholder, expected = settings[name].members.get("placeholder"), formats[name]
        # The beginning of a URL is a hint, too.
        if not isinstance(placeholder, str) or placeholder.endswith("://"):
            continue
        text = one_line(placeholder)
        if text and expected.read(text) is None:
            yield warning(
                "placeholder-format",
                Place(path=(*settings[name].path, "placeholder")),
                f"{shown(placeholder)} is not {expected.what}, which the block takes here",
                f"Show what creators may type, or nothing. {expected.advice}",
            )


def _unknown(name: str, place: Place, known: list[str]) -> Finding:
    message = f"uses {shown(name)}, which nothing provides"
    advice = suggestion(name, known) or "Add the setting, or pass the name in the block's context."
    return error("unknown-name", place, message, advice)


def _in_module(tree: ast.Module) -> tuple[dict[str, int], set[str]]:
    """Return the settings that a module reads, with their lines, and the keys of its dicts."""
    read: dict[str, int] = {}
    given: set[str] = set()
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


def _formats_in(tree: ast.Module) -> dict[str, TextFormat]:
    """Return the formats that a class has for its settings, by name."""
    found: dict[str, TextFormat] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value:
            targets, value = [node.target], node.value
        else:
            continue
        is_formats = any(getattr(each, "id", "") == "formats" for each in targets)
        if is_formats and isinstance(value, ast.Dict):
            for key, given in zip(value.keys, value.values, strict=True):
                name = _text(key)
                text_format = STANDARD.get(getattr(given, "id", ""))
                if name and text_format:
                    found[name] = text_format
    return found


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
