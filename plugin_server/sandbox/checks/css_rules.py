"""Finds what Kit refuses in CSS, whatever escapes, comments and capitals it is spelled with."""

import re
from collections.abc import Iterator
from typing import Any

import tinycss2  # type: ignore[import-untyped]  # it ships no type hints

from plugin_server.findings.finding import Finding, Place, error
from plugin_server.lint.styles import tokens

_NO_URL = "Use a color, or put the image in an <img>."
_NO_SHEET = "Write the styles in style attributes."
_NO_SCRIPT = "Leave it out: no mail client runs it."

# Functions that fetch what they name, and properties whose programs old browsers ran.
_FETCHING = frozenset({"url", "src", "image", "image-set", "-webkit-image-set", "cross-fade"})
_RUNNING = ("-moz-binding", "behavior")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)


def css_refusals(css: str, line: int = 1) -> Iterator[Finding]:
    """Yield findings for what Kit refuses in CSS that starts in a line of the HTML."""
    found = list(_refused(css, line))
    yield from found
    if "/*" in css:
        # A sanitizer that takes comments out would join what they part.
        known = {each.message for each in found}
        without = _refused(_COMMENT.sub("", css), line)
        yield from (each for each in without if each.message not in known)


def _refused(css: str, line: int) -> Iterator[Finding]:
    previous: Any = None
    for token in tokens(tinycss2.parse_component_value_list(css)):
        if problem := _problem(token, previous):
            yield error("kit-refuses", Place(line + token.source_line - 1), *problem)
        if token.type not in ("whitespace", "comment"):
            previous = token


def _problem(token: Any, previous: Any) -> tuple[str, str] | None:
    kind, name = token.type, getattr(token, "lower_name", "")
    if kind == "url" or (kind == "error" and token.kind == "bad-url"):
        return "url() in CSS", _NO_URL
    if kind == "function" and name in _FETCHING:
        return f"{name}() in CSS", _NO_URL
    if kind == "() block" and _is_ident(previous, "url"):
        # CSS allows no space there, but a search for the word may find it.
        return "url() in CSS", _NO_URL
    if kind == "function" and name == "expression":
        return "expression() in CSS", _NO_SCRIPT
    if kind == "literal" and token.value == ":" and _is_ident(previous, *_RUNNING):
        return f"{previous.lower_value} in CSS", _NO_SCRIPT
    if kind == "at-keyword" and token.lower_value == "import":
        return "@import in CSS", _NO_SHEET
    return None


def _is_ident(token: Any, *names: str) -> bool:
    return token is not None and token.type == "ident" and token.lower_value in names
