"""The gate's rules for CSS: the style attributes of a finished block and its one media query.

Results are cached by string: a block repeats its styles, and creators repeat their blocks.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import tinycss2  # type: ignore[import-untyped]  # it ships no type hints

from plugin_server.rendering.css_properties import PROPERTIES


class Problem(NamedTuple):
    """A broken rule.

    Attributes:
        code: of the rule.
        message: for the log: it repeats nothing of the content.
        subject: the name of the element, attribute or property as it is written, which may be content:
            for developers only.
    """

    code: str
    message: str
    subject: str = ""


# A style attribute is made of these only. No function at all: with url(), expression() and
# image-set() go rgb() and calc(), which blocks have no need of.
_TOKENS = frozenset({"ident", "dimension", "percentage", "number", "hash", "string", "whitespace"})
_MAX_STYLE = 1_000
_MAX_SHEET = 2_000
# A style without brackets and comments, and without semicolons or line breaks in its strings.
_SIMPLE = re.compile(r"""(?:[^'"()\[\]{}/@]|'[^'\n;]*'|"[^"\n;]*")*+""")
_MEDIA = re.compile(r"only screen and \(max-width:\s?\d{2,4}px\)")
_OWN_CLASS = re.compile(r"(?<![\w-])kb-[a-z0-9_-]{1,60}(?![\w-])")
_ESCAPE = Problem("css-syntax", "escapes are not allowed in styles")
# What the problems of style elements are about.
_SHEET = "style element"
_SELECTOR = re.compile(r"\.kb-[a-z0-9_-]{1,60}", re.ASCII)


def _value_problem(name: str, declaration: Any) -> Problem | None:
    for token in declaration.value:
        if token.type not in _TOKENS and not (token.type == "literal" and token.value == ","):
            return Problem("css-token", f"{name} holds {token.type}, which blocks do not use", name)
    value = tinycss2.serialize(declaration.value).strip().replace('"', "'")
    try:
        written = PROPERTIES[name](value)
    except ValueError:
        return Problem("css-value", f"{name} has a value that blocks do not use", name)
    if written == value:
        return None
    # An own spelling for every value: #FFF or bold would be read alike by most clients, not all.
    return Problem("css-value", f"{name} is not in its normal spelling", name)


def _declaration_problems(nodes: Iterable[Any], *, important: bool) -> Iterator[Problem]:
    for node in nodes:
        if node.type != "declaration":
            yield Problem("css-syntax", f"a style holds {node.type}")
        elif node.name not in PROPERTIES:  # as written: a property in capitals is not ours either
            yield Problem("css-property", "a property that is not allowed", node.name)
        elif node.important != important:
            # Word drops an inline declaration with !important; a media query needs it.
            message = "!important belongs in the media query, and only there"
            yield Problem("css-important", message, node.name)
        elif problem := _value_problem(node.name, node):
            yield problem


@lru_cache(maxsize=4096)
def inline_style_problems(style: str) -> tuple[Problem, ...]:
    """Return the broken rules of one decoded ``style`` attribute."""
    if len(style) > _MAX_STYLE:
        return (Problem("css-size", f"a style attribute over {_MAX_STYLE} characters"),)
    if "\\" in style or "<" in style:
        return (_ESCAPE,)
    # Declarations that cannot reach beyond their semicolons are judged one by one, because a change
    # of a color or a font leaves all others as they were.
    parts = style.split(";") if _SIMPLE.fullmatch(style) else [style]
    return tuple(problem for part in parts for problem in _part_problems(part))


@lru_cache(maxsize=8192)
def _part_problems(declarations: str) -> tuple[Problem, ...]:
    nodes = tinycss2.parse_declaration_list(declarations, skip_whitespace=True)
    return tuple(_declaration_problems(nodes, important=False))


def _rule_problems(rule: Any) -> Iterator[Problem]:
    if rule.type != "qualified-rule":
        # Gmail drops every style of the email over an at-rule inside another:
        # https://github.com/hteumeuleu/email-bugs/issues/21
        yield Problem("css-syntax", f"the media query holds {rule.type}", _SHEET)
        return
    selectors = tinycss2.serialize(rule.prelude).split(",")
    if not all(_SELECTOR.fullmatch(selector.strip()) for selector in selectors):
        message = "a selector other than the block's own classes"
        yield Problem("css-selector", message, _SHEET)
    nodes = tinycss2.parse_declaration_list(rule.content, skip_comments=False, skip_whitespace=True)
    yield from _declaration_problems(nodes, important=True)


def style_sheet_problems(sheet: str) -> tuple[Problem, ...]:
    """Return the broken rules of a ``style`` element: one flat media query, no more."""
    if len(sheet) > _MAX_SHEET:
        return (Problem("css-size", f"a style element over {_MAX_SHEET} characters", _SHEET),)
    # The names of a block's own classes are all alike to these rules, and differ in every block.
    return _style_sheet_problems(_OWN_CLASS.sub("kb-x", sheet))


@lru_cache(maxsize=2048)
def _style_sheet_problems(sheet: str) -> tuple[Problem, ...]:
    if "\\" in sheet or "<" in sheet:
        return (_ESCAPE,)
    nodes = tinycss2.parse_stylesheet(sheet, skip_comments=False, skip_whitespace=True)
    if [(node.type, getattr(node, "at_keyword", "")) for node in nodes] != [("at-rule", "media")]:
        message = "a style element holds one media query and nothing else"
        return (Problem("css-syntax", message, _SHEET),)
    media = nodes[0]
    if media.content is None or not _MEDIA.fullmatch(tinycss2.serialize(media.prelude).strip()):
        return (Problem("css-media", "a media query other than max-width", _SHEET),)
    rules = tinycss2.parse_rule_list(media.content, skip_comments=False, skip_whitespace=True)
    return tuple(problem for rule in rules for problem in _rule_problems(rule))
