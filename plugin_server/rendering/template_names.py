"""The names that a template uses: macros and their arguments, filters and tests, read from its source.

Nothing is run, so that all mistakes of a template are found at once, also those in branches that no example
takes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from jinja2 import Environment, TemplateNotFound, TemplateSyntaxError, nodes

from plugin_server.findings.finding import Finding, Place, error
from plugin_server.findings.wording import listed, suggestion
from plugin_server.rendering.gate_advice import SEE_ALLOWED
from plugin_server.rendering.jinja_environment import BYPASSES, source_of

# What the names of macros' catch-all arguments are in Jinja.
_CATCH_ALL = {"varargs", "kwargs"}
_NO_MARKUP = (
    "Print it without: what {{ … }} prints is text, so that nothing a creator typed or Kit sent can become "
    "markup. Write the tags in the template."
)


@dataclass(frozen=True)
class MacroArguments:
    """What a macro takes.

    Attributes:
        name: of the macro.
        names: of its arguments.
        defaults: the source of the defaults of the last arguments.
        takes_more: whether it takes any other argument, too.
    """

    name: str
    names: tuple[str, ...]
    defaults: tuple[str, ...] = ()
    takes_more: bool = False

    def __str__(self) -> str:
        required = len(self.names) - len(self.defaults)
        defaults = ("", *(f"={each}" for each in self.defaults))
        written = [name + defaults[max(0, at - required + 1)] for at, name in enumerate(self.names)]
        return f"{self.name}({', '.join(written)})"


def _arguments(macro: nodes.Macro) -> MacroArguments:
    used = {each.name for each in macro.find_all(nodes.Name)}
    names = tuple(each.name for each in macro.args)
    defaults = tuple(map(_default_of, macro.defaults))
    return MacroArguments(macro.name, names, defaults, bool(used & _CATCH_ALL))


def _default_of(expression: nodes.Node) -> str:
    return repr(expression.value) if isinstance(expression, nodes.Const) else "…"


def macros_in(tree: nodes.Template) -> dict[str, MacroArguments]:
    """Return the macros that a template defines for others, by name."""
    macros = tree.find_all(nodes.Macro)
    return {each.name: _arguments(each) for each in macros if not each.name.startswith("_")}


def imports_in(tree: nodes.Template) -> Iterator[nodes.Import | nodes.FromImport]:
    """Yield the statements by which a template imports macros."""
    yield from tree.find_all(nodes.Import)
    yield from tree.find_all(nodes.FromImport)


def macros_of(environment: Environment, template: str) -> dict[str, MacroArguments] | None:
    """Return the macros of a template by its name; ``None`` if it cannot be read."""
    try:
        return macros_in(environment.parse(source_of(environment, template), template))
    except (TemplateNotFound, TemplateSyntaxError):
        return None


def expression_text(node: nodes.Node) -> str:
    """Return a name with its attributes as it is written, such as ``post.image``; ``""`` for all else."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr) and (holder := expression_text(node.node)):
        return f"{holder}.{node.attr}"
    return ""


# The sentences about wrong names, for the source and for errors of a render.


def unknown_filter(name: str, environment: Environment) -> tuple[str, str, str]:
    """Return the code, message and advice for a filter that does not exist."""
    if name in BYPASSES:
        return "unknown-filter", f"blocks may not use the filter “{name}”", _NO_MARKUP
    advice = (
        suggestion(name, list(environment.filters)) or "Change the value in the block's context."
    )
    return "unknown-filter", f"there is no filter “{name}”", f"{advice} {SEE_ALLOWED}"


def unknown_test(name: str, environment: Environment) -> tuple[str, str, str]:
    """Return the code, message and advice for a test that does not exist."""
    known = [each for each in environment.tests if each.isidentifier()]
    advice = suggestion(name, known) or f"There are {listed(sorted(known), 'and')}."
    return "unknown-test", f"there is no test “{name}”", advice


def unknown_macro(name: str, template: str, known: Iterable[str]) -> tuple[str, str, str]:
    """Return the code, message and advice for a macro that a template does not have."""
    names = sorted(known)
    has = f"It has {listed(names, 'and')}." if names else "It has none."
    advice = f"{suggestion(name, names)} {has}".strip()
    return "unknown-macro", f"{template} has no macro “{name}”", advice


def unknown_argument(name: str, macro: MacroArguments) -> tuple[str, str, str]:
    """Return the code, message and advice for an argument that a macro does not take."""
    advice = f"{suggestion(name, macro.names)} It is {macro}.".strip()
    return "macro-argument", f"the macro “{macro.name}” takes no argument “{name}”", advice


def too_many_arguments(macro: MacroArguments) -> tuple[str, str, str]:
    """Return the code, message and advice for more arguments than a macro takes."""
    message = f"the macro “{macro.name}” takes {len(macro.names)} arguments, and gets more"
    return "macro-argument", message, f"It is {macro}."


@dataclass
class _Scope:
    """The macros that a template can call: by name, and by the name of an imported template."""

    own: dict[str, MacroArguments] = field(default_factory=dict)
    imported: dict[str, tuple[str, Mapping[str, MacroArguments]]] = field(default_factory=dict)


def unknown_names(tree: nodes.Template, environment: Environment, name: str) -> list[Finding]:
    """Return findings for filters, tests, macros and macro arguments that do not exist, with their lines.

    Args:
        tree: a parsed template.
        environment: loads what the template imports.
        name: of the template, for the environment's loader.
    """
    scope = _Scope(macros_in(tree))
    found = chain(
        _imports(tree, environment, name, scope), _calls(tree, scope), _filters(tree, environment)
    )
    placed = [
        error(code, Place(line, 1), message, advice) for line, (code, message, advice) in found
    ]
    return sorted(dict.fromkeys(placed), key=lambda each: each.place.line)


_Found = Iterator[tuple[int, tuple[str, str, str]]]


def _imports(tree: nodes.Template, environment: Environment, parent: str, scope: _Scope) -> _Found:
    for node in imports_in(tree):
        template = node.template.value if isinstance(node.template, nodes.Const) else None
        imported = environment.join_path(template, parent) if template else ""
        macros = macros_of(environment, imported)
        if template is None or macros is None:
            continue
        if isinstance(node, nodes.Import):
            scope.imported[node.target] = (template, macros)
            continue
        for each in node.names:
            name, alias = (each, each) if isinstance(each, str) else each
            if name in macros:
                scope.own[alias] = macros[name]
            else:
                yield node.lineno, unknown_macro(name, template, macros)


def _calls(tree: nodes.Template, scope: _Scope) -> _Found:
    for call in tree.find_all(nodes.Call):
        called = call.node
        macro = None
        if isinstance(called, nodes.Name):
            macro = scope.own.get(called.name)
        elif isinstance(called, nodes.Getattr) and (
            imported := scope.imported.get(expression_text(called.node))
        ):
            template, macros = imported
            macro = macros.get(called.attr)
            if macro is None:
                yield call.lineno, unknown_macro(called.attr, template, macros)
        if macro is None or macro.takes_more:
            continue
        for argument in call.kwargs:
            if argument.key not in (*macro.names, "caller"):
                yield call.lineno, unknown_argument(argument.key, macro)
        if len(call.args) > len(macro.names):
            yield call.lineno, too_many_arguments(macro)


def _filters(tree: nodes.Template, environment: Environment) -> _Found:
    for node in tree.find_all((nodes.Filter, nodes.Test)):
        if isinstance(node, nodes.Filter) and node.name not in environment.filters:
            yield node.lineno, unknown_filter(node.name, environment)
        elif isinstance(node, nodes.Test) and node.name not in environment.tests:
            yield node.lineno, unknown_test(node.name, environment)
