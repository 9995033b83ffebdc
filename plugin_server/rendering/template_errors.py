"""Explains errors that templates raise to their authors: what is wrong, and what to write instead."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from jinja2 import TemplateSyntaxError, nodes
from jinja2.environment import TemplateModule
from jinja2.exceptions import TemplateRuntimeError
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Macro

from plugin_server.findings.wording import listed, suggestion
from plugin_server.rendering.css_properties import value_form
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.gate_advice import property_advice
from plugin_server.rendering.jinja_environment import MissingName, PrintedNone, jinja_environment
from plugin_server.rendering.placeholders import PlaceholderMisuse, StylesPlaceholder
from plugin_server.rendering.style_attributes import UnknownProperty, UnusableValue
from plugin_server.rendering.template_names import (
    MacroArguments,
    expression_text,
    imports_in,
    macros_in,
    macros_of,
    too_many_arguments,
    unknown_argument,
    unknown_filter,
    unknown_macro,
    unknown_test,
)
from plugin_server.rendering.template_places import is_shared, name_of_template

_NO_SUCH = re.compile(r"No (filter|test) named '([^']*)'")
_NO_ARGUMENT = re.compile(r"macro '([^']*)' takes no keyword argument '([^']*)'")
_TOO_MANY = re.compile(r"macro '([^']*)' takes not more than \d+ argument")
_NOT_GIVEN = re.compile(r"parameter '([^']*)' was not provided")
_UNKNOWN_TAG = re.compile(r"Encountered unknown tag '(\w+)'")
_STILL_OPEN = re.compile(r"innermost block that needs to be closed is '(\w+)'")
_NO_EXPRESSION = re.compile(
    r"Expected an expression, got 'end of (statement block|print statement)'"
)
_EXPECTED = re.compile(r"expected token '(.*)', got '(.*)'")
_ENDS = {"end of statement block": "%}", "end of print statement": "}}"}
_NOT_EXPORTED = re.compile(r"the template '([^']*)' .*does not export the requested name")
# What the renderer passes to every template besides the context.
_RENDERER = {"styles", "css_class"}
_NOTHING = object()
# What Liquid calls a subscriber's data, and its statements that Jinja does not have.
_OF_LIQUID = {"subscriber", "automation", "event"}
_LIQUID_STATEMENTS = {"assign", "capture", "case", "comment", "elsif", "unless", "when"}
_NO_LIQUID = (
    'Kit\'s data is not known here. In a dynamic block, write {{ personal("subscriber.first_name", '
    'default="…") }}, {% call when(has(…)) %} and {% call(item) each("event.…") %}.'
)
_WITHOUT_END = {"do", "from", "import", "include"}
_WITH_END = {"autoescape", "block", "call", "filter", "for", "if", "macro", "raw", "set", "with"}
# Characters of a value that a message repeats.
_SHOWN = 60


class TemplateFrame(NamedTuple):
    """A line that a template was running.

    Attributes:
        file: the template's path.
        line: from 1.
        names: the variables there.
    """

    file: str
    line: int
    names: Mapping[str, object]

    @property
    def name(self) -> str:
        """The template's name, for the environment's loader."""
        return name_of_template(self.file)


def explain_template_error(
    error: BaseException, frames: Sequence[TemplateFrame]
) -> tuple[str, str, str] | None:
    """Return the code, message and advice for an error of a template; ``None`` for any other.

    Args:
        error: that was raised.
        frames: the lines of templates that led to it, the innermost last.
    """
    if isinstance(error, TemplateSyntaxError | TemplateRuntimeError) and (
        found := _NO_SUCH.match(str(error.message))
    ):
        explain = unknown_filter if found[1] == "filter" else unknown_test
        return explain(found[2], jinja_environment())
    if isinstance(error, TemplateSyntaxError):
        return "template-syntax", *_syntax_error(error.message or "")
    if isinstance(error, PlaceholderMisuse):
        message, _, advice = str(error).partition(". ")
        return "placeholder", message, advice
    if isinstance(error, UnknownProperty):
        message = f"blocks may not use the CSS property {error.name}"
        return "css-property", message, property_advice(error.name)
    if isinstance(error, UnusableValue):
        value = repr(error.value)
        value = value if len(value) <= _SHOWN else f"{value[: _SHOWN - 1]}…"
        message = f"the CSS property {error.name} cannot be {value}"
        return "css-value", message, f"It takes {value_form(error.name)}."
    if not frames:
        return None
    if isinstance(error, MissingName):
        return _missing_name(error, frames)
    if isinstance(error, PrintedNone):
        return _printed_none(frames[-1])
    if isinstance(error, TypeError):
        return _wrong_call(str(error), frames[-1])
    return None


def _syntax_error(message: str) -> tuple[str, str]:
    """Return Jinja's sentence about a syntax error as one for authors, and the advice."""
    if found := _NO_EXPRESSION.match(message):
        return (
            f"an expression is missing before {'%}' if found[1] != 'print statement' else '}}'}",
            "",
        )
    if found := _EXPECTED.match(message):
        return (
            f"{_ENDS.get(found[2], found[2])} stands where {_ENDS.get(found[1], found[1])} is expected",
            "Is a tag there, or on a line above, not closed with %} or }}?",
        )
    if not (found := _UNKNOWN_TAG.match(message)):
        return message.rstrip("."), ""
    tag = found[1]
    if tag.removeprefix("end") in _LIQUID_STATEMENTS:
        return f"{{% {tag} %}} is Liquid, which templates do not write", _NO_LIQUID
    if not tag.startswith("end"):
        return f"there is no statement {{% {tag} %}}", suggestion(tag, [*_WITH_END, *_WITHOUT_END])
    if still_open := _STILL_OPEN.search(message):
        problem = f"{{% {tag} %}} stands where {{% {still_open[1]} %}} is not closed yet"
        return problem, f"Write {{% end{still_open[1]} %}} before it."
    start = tag.removeprefix("end")
    return (
        f"{{% {tag} %}} ends nothing: no {{% {start} %}} is open",
        "Remove it, or write its start.",
    )


def unclosed_statement(source: str) -> tuple[int, str]:
    """Return the line and name of the last statement that is never closed, ``(0, "")`` if there is none."""
    opened: list[tuple[int, str]] = []
    statement: list[tuple[int, str, str]] = []
    for line, kind, text in jinja_environment().lex(source):
        if kind == "block_begin":
            statement = []
        elif kind != "block_end":
            statement.append((line, kind, text))
            continue
        names = [text for _, kind, text in statement if kind == "name"]
        if kind != "block_end" or not names:
            continue
        if names[0].startswith("end") and opened:
            opened.pop()
        elif names[0] in _WITH_END and not _is_short_set(names[0], statement):
            opened.append((statement[0][0], names[0]))
    return opened[-1] if opened else (0, "")


def _is_short_set(name: str, statement: Sequence[tuple[int, str, str]]) -> bool:
    return name == "set" and any(text == "=" for _, _, text in statement)


def _missing_name(error: MissingName, frames: Sequence[TemplateFrame]) -> tuple[str, str, str]:
    name, message = error.missing_name, str(error)
    if _NOT_GIVEN.match(message):
        macro = _macro_around(frames[-1])
        which = f"the macro “{macro.name}”" if macro else "a macro"
        return "macro-argument", f"{which} needs “{name}”", f"It is {macro}." if macro else ""
    if found := _NOT_EXPORTED.match(message):
        return unknown_macro(name, found[1], macros_of(jinja_environment(), found[1]) or ())
    holder: Any = error.holder
    if isinstance(holder, TemplateModule):
        macros = [each for each, value in vars(holder).items() if isinstance(value, Macro)]
        return unknown_macro(name, str(holder.__name__), macros)
    if error.is_variable:
        return _unknown_variable(name, _context_names(frames[-1].names))
    owner = _owner(name, frames[-1])
    if holder is None:
        what = f"“{owner}”" if owner else "something"
        around = owner or "…"
        advice = f"Write {{% if {around} %}} and {{% endif %}} around it."
        return "missing-attribute", f"uses “{name}” of {what}, which is None", advice
    if not isinstance(name, str):
        # A place in a list; Jinja gives whatever stands in the brackets.
        what = f"uses the item {name} of a list, which has {len(holder)}"
        return "missing-attribute", what, "Loop over the list, or test its length before."
    known = _attributes(holder)
    advice = f"{suggestion(name, known)} It has {listed(known, 'and')}.".strip()
    full = f"{owner}.{name}" if owner else name
    return "missing-attribute", f"uses “{full}”, which does not exist", advice


def all_missing_names(
    error: BaseException, frame: TemplateFrame
) -> list[tuple[int, tuple[str, str, str]]]:
    """Return the lines and explanations of every name that a template uses and its context lacks.

    Names that the template tests by ``is defined`` are left out.

    Args:
        error: that was raised; none are returned unless it is about such a name.
        frame: the line of the template.
    """
    if not isinstance(error, MissingName) or not error.is_variable:
        return []
    tree = _tree(frame.file)
    tested = {
        node.node.name
        for node in tree.find_all(nodes.Test)
        if node.name in ("defined", "undefined") and isinstance(node.node, nodes.Name)
    }
    env = jinja_environment()
    undeclared = _undeclared(_source(frame.file))
    names = undeclared - frame.names.keys() - env.globals.keys() - tested
    known = _context_names(frame.names)
    return [
        (node.lineno, _unknown_variable(node.name, known))
        for node in tree.find_all(nodes.Name)
        if node.name in names
    ]


def _unknown_variable(name: str, known: Sequence[str]) -> tuple[str, str, str]:
    if name in _OF_LIQUID:
        return "missing-name", f"uses “{name}”, which is not in the context", _NO_LIQUID
    has = f"It has {listed(known, 'and')}." if known else "It is empty."
    advice = f"{suggestion(name, known)} {has}".strip()
    return "missing-name", f"uses “{name}”, which is not in the context", advice


def _context_names(names: Mapping[str, object]) -> list[str]:
    """Return the names of the context among all variables of a line."""
    own = jinja_environment().globals.keys() | _RENDERER
    return sorted(
        name
        for name, value in names.items()
        if name not in own and name.isidentifier() and not isinstance(value, TemplateModule | Macro)
    )


def _attributes(holder: object) -> list[str]:
    if isinstance(holder, Mapping):
        return sorted(map(str, holder))
    if isinstance(holder, EmailStyles):
        holder = StylesPlaceholder
    names = vars(holder) if isinstance(holder, SimpleNamespace) else dir(holder)
    return sorted(name for name in names if not name.startswith("_"))


def _printed_none(frame: TemplateFrame) -> tuple[str, str, str]:
    names = (each for each in _printed_names(frame) if _is_none(each, frame.names))
    name = next(names, "")
    message = f"prints “{name}”, which is None" if name else "prints a value that is None"
    what, around = ("the call", "…") if is_shared(frame.file) else ("it", name or "…")
    advice = f"Write {{% if {around} %}} and {{% endif %}} around {what}, or give it a value in context()."
    return "printed-none", message, advice


def _printed_names(frame: TemplateFrame) -> Iterator[str]:
    for output in _tree(frame.file).find_all(nodes.Output):
        for node in (each for each in output.nodes if each.lineno == frame.line):
            choices = (node.expr1, node.expr2) if isinstance(node, nodes.CondExpr) else (node,)
            yield from filter(None, map(expression_text, filter(None, choices)))


def _is_none(expression: str, names: Mapping[str, object]) -> bool:
    first, *attributes = expression.split(".")
    if first not in names:
        return False
    value: Any = names[first]
    for each in attributes:
        value = getattr(value, each, _NOTHING)
    return value is None


def _wrong_call(message: str, frame: TemplateFrame) -> tuple[str, str, str] | None:
    found = _NO_ARGUMENT.match(message) or _TOO_MANY.match(message)
    macro = _callable_macros(frame).get(found[1]) if found else None
    if found is None or macro is None:
        return None
    is_unknown = found.re is _NO_ARGUMENT
    return unknown_argument(found[2], macro) if is_unknown else too_many_arguments(macro)


def _callable_macros(frame: TemplateFrame) -> dict[str, MacroArguments]:
    """Return the macros that a template has and imports, by name."""
    macros: dict[str, MacroArguments] = {}
    environment = jinja_environment()
    tree = _tree(frame.file)
    for node in imports_in(tree):
        if isinstance(node.template, nodes.Const):
            imported = environment.join_path(node.template.value, frame.name)
            macros |= macros_of(environment, imported) or {}
    return macros | macros_in(tree)


def _macro_around(frame: TemplateFrame) -> MacroArguments | None:
    tree = _tree(frame.file)
    before = [each for each in tree.find_all(nodes.Macro) if each.lineno <= frame.line]
    return macros_in(tree).get(max(before, key=lambda each: each.lineno).name) if before else None


def _owner(attribute: str, frame: TemplateFrame) -> str:
    """Return what a line of a template takes an attribute of, as it is written."""
    for node in _nodes(frame, nodes.Getattr):
        if node.attr == attribute and (text := expression_text(node.node)):
            return text
    return ""


def _nodes(frame: TemplateFrame, kind: type[nodes.Node]) -> Iterator[Any]:
    return (each for each in _tree(frame.file).find_all(kind) if each.lineno == frame.line)


def _tree(file: str) -> nodes.Template:
    """Return the syntax tree of a template that was running; an empty one if its file has changed since."""
    return _parsed(_source(file))


def _source(file: str) -> str:
    try:
        source = Path(file).read_text(encoding="utf-8")
        _parsed(source)
    except (OSError, ValueError, TemplateSyntaxError):
        return ""
    return source


# To explain one mistake, a template is looked at several times, and many examples show the same mistake.
@lru_cache(maxsize=32)
def _parsed(source: str) -> nodes.Template:
    return jinja_environment().parse(source)


@lru_cache(maxsize=32)
def _undeclared(source: str) -> frozenset[str]:
    # In a tree of its own, for Jinja replaces what is constant as it looks.
    return frozenset(find_undeclared_variables(jinja_environment().parse(source)))
