"""Parses CSS for the lint: declarations of style attributes, rules of style elements."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import tinycss2  # type: ignore[import-untyped]  # it ships no type hints

from plugin_server.lint.page import Element, Page

_SKIPPED = frozenset({"whitespace", "comment"})


@dataclass(frozen=True)
class Declaration:
    """A property in lower case and the tokens of its value."""

    name: str
    tokens: tuple[Any, ...]
    important: bool = False

    @property
    def words(self) -> tuple[Any, ...]:
        """The tokens without white space and comments."""
        return tuple(token for token in self.tokens if token.type not in _SKIPPED)

    @property
    def keyword(self) -> str:
        """The value when it is one word, in lower case, else ``""``."""
        words = self.words
        return words[0].lower_value if len(words) == 1 and words[0].type == "ident" else ""


@dataclass(frozen=True)
class Rule:
    """A rule of a style sheet, without the rules inside it.

    ``keyword`` is ``media`` for ``@media`` and ``""`` for a rule with selectors; ``prelude`` holds
    the tokens up to its brace. ``inside`` are the keywords of the rules around it, outermost first.
    ``line`` counts from 1 in the sheet.
    """

    keyword: str
    prelude: tuple[Any, ...]
    declarations: tuple[Declaration, ...]
    inside: tuple[str, ...]
    line: int


def tokens(top: Iterable[Any]) -> Iterator[Any]:
    """Yield tokens and all that is in their brackets and functions, in order."""
    stack = list(top)[::-1]
    while stack:
        token = stack.pop()
        yield token
        inner = getattr(token, "arguments", None) or getattr(token, "content", None)
        if isinstance(inner, list):
            stack.extend(reversed(inner))


def _declarations(nodes: Iterable[Any]) -> tuple[Declaration, ...]:
    return tuple(
        Declaration(node.lower_name, tuple(node.value), node.important)
        for node in nodes
        if node.type == "declaration"
    )


@lru_cache(maxsize=4096)
def inline(style: str) -> tuple[Declaration, ...]:
    """Return the declarations of a ``style`` attribute; what cannot be read is left out."""
    return _declarations(tinycss2.parse_declaration_list(style))


@lru_cache(maxsize=64)
def sheet(text: str) -> tuple[Rule, ...]:
    """Return all rules of a ``style`` element, outer ones before those inside them."""
    rules: list[Rule] = []
    waiting: list[tuple[Any, tuple[str, ...]]] = [
        (node, ()) for node in reversed(tinycss2.parse_stylesheet(text))
    ]
    while waiting:
        node, inside = waiting.pop()
        if node.type not in ("at-rule", "qualified-rule"):
            continue
        keyword = getattr(node, "lower_at_keyword", "")
        nodes = tinycss2.parse_blocks_contents(node.content) if node.content else []
        rules.append(
            Rule(keyword, tuple(node.prelude), _declarations(nodes), inside, node.source_line)
        )
        waiting.extend((child, (*inside, keyword)) for child in reversed(nodes))
    return tuple(rules)


def rules(page: Page) -> Iterator[tuple[Element, Rule]]:
    """Yield the rules of all style elements of a page, each with its element."""
    for element in page.of("style"):
        for rule in sheet(element.source):
            yield element, rule


def declarations(page: Page) -> Iterator[tuple[Element, Declaration]]:
    """Yield the declarations of all styles of a page, each with its element."""
    for element in page.elements:
        for declaration in inline(element.get("style")):
            yield element, declaration
    for element, rule in rules(page):
        for declaration in rule.declarations:
            yield element, declaration


def pixels(token: Any, percentage_of: float | None = None) -> float | None:
    """Return a length in px, ``None`` when it cannot be known."""
    if token.type == "number" and token.value == 0:
        return 0.0
    if token.type == "percentage" and percentage_of is not None:
        return float(token.value) * percentage_of / 100
    if token.type != "dimension":
        return None
    unit = {"px": 1.0, "pt": 4 / 3, "in": 96.0, "em": percentage_of}.get(token.lower_unit)
    return None if unit is None else float(token.value) * unit
