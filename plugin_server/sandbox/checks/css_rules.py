"""What Kit refuses in CSS, whatever escapes, comments and capitals it is spelled with."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import tinycss2  # type: ignore[import-untyped]  # it ships no type hints

_NO_URL = "Use a color, or put the image in an <img>."
_NO_SHEET = "Write the styles in style attributes."
_NO_SCRIPT = "Leave it out: no mail client runs it."

# Functions that fetch what they name, and properties whose programs old browsers ran.
_FETCHING = frozenset({"url", "src", "image", "image-set", "-webkit-image-set", "cross-fade"})
_RUNNING = ("-moz-binding", "behavior")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)


# What is refused, what to do about it, and the line of the CSS, from 1.
Found = tuple[str, str, int]


def css_refusals(css: str) -> Iterator[Found]:
    """Yield what is refused in a style sheet or a style attribute."""
    found = list(_refused(css))
    yield from found
    if "/*" in css:
        # A sanitizer that takes comments out would join what they part.
        known = {what for what, _, _ in found}
        yield from (each for each in _refused(_COMMENT.sub("", css)) if each[0] not in known)


def _refused(css: str) -> Iterator[Found]:
    previous: Any = None
    for token in _flat(tinycss2.parse_component_value_list(css)):
        if said := _problem(token, previous):
            yield *said, token.source_line
        if token.type not in ("whitespace", "comment"):
            previous = token


def _problem(token: Any, previous: Any) -> tuple[str, str] | None:
    kind, name = token.type, getattr(token, "lower_name", "")
    if kind == "url" or (kind == "error" and token.kind == "bad-url"):
        return "url() in CSS", _NO_URL
    if kind == "function" and name in _FETCHING:
        return f"{name}() in CSS", _NO_URL
    if kind == "() block" and _is_ident(previous, "url"):
        # CSS knows no space there, but whoever searches for the word does.
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


def _flat(tokens: Iterable[Any]) -> Iterator[Any]:
    """Yield tokens and what is in their brackets, in order, without recursion."""
    stack = [iter(tokens)]
    while stack:
        token = next(stack[-1], None)
        if token is None:
            stack.pop()
            continue
        yield token
        inner = getattr(token, "arguments", None) or getattr(token, "content", None)
        if isinstance(inner, list):
            stack.append(iter(inner))
