"""What blocks may use, as text or as JSON: elements, CSS properties, functions, filters and macros."""

import json
from collections.abc import Iterator
from textwrap import wrap

import click

from plugin_server.rendering import vocabulary
from plugin_server.rendering.gate import required_attributes
from plugin_server.rendering.jinja_environment import jinja_environment

_WIDTH = 100
_INDENT = "      "


def print_allowed(*, tools: bool = False) -> None:
    """Print everything that the templates of blocks may use.

    Args:
        tools: print JSON instead of text.
    """
    env = jinja_environment()
    if tools:
        allowed = {
            "elements": vocabulary.elements(),
            "properties": vocabulary.properties(),
            "functions": vocabulary.functions(env),
            "filters": vocabulary.filters(env),
            "macros": vocabulary.macros(env),
        }
        click.echo(json.dumps(allowed, indent=2, ensure_ascii=False))
        return
    for line in _lines():
        click.echo(line)


def _lines() -> Iterator[str]:
    env = jinja_environment()
    elements = vocabulary.elements()
    yield _title("Elements, with their attributes (* required)")
    for name, attributes in elements.items():
        required = required_attributes(name)
        marked = [f"{each}*" if each in required else each for each in attributes]
        yield from _entry(f"<{name}>", " ".join(marked))
    forms = {name: form for each in elements.values() for name, form in each.items()}
    yield _title("\nAttributes")
    for name in sorted(forms):
        yield from _entry(name, forms[name])
    yield _title("\nCSS properties; css() takes their names with _ for -, and numbers as px")
    for name, form in vocabulary.properties().items():
        yield from _entry(name, form)
    yield _title("\nFunctions")
    for call, result in vocabulary.functions(env).items():
        yield f"  {call}"
        yield f"{_INDENT}{result.replace('``', '')}"
    yield _title("\nFilters")
    yield from _wrapped(", ".join(vocabulary.filters(env)), "  ")
    for template, macros in vocabulary.macros(env).items():
        yield _title(f"\nMacros of {template}")
        for each in macros:
            first, *more = wrap(each, _WIDTH - 2, subsequent_indent=_INDENT)
            yield f"  {first}"
            yield from more


def _title(text: str) -> str:
    return click.style(text, bold=True)


def _entry(name: str, text: str) -> Iterator[str]:
    """Yield a name and its explanation in two columns."""
    column = 20
    if not text:
        yield f"  {name}"
        return
    first, *more = wrap(text, _WIDTH - column)
    yield f"  {name:<{column - 3}} {first}"
    for each in more:
        yield " " * column + each


def _wrapped(text: str, indent: str) -> list[str]:
    return wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)
