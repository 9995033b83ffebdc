"""Syntax highlighting: Pygments splits source text into pieces by kind, which the templates render.

The pieces are plain text, so that Jinja escapes them as everything else.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pygments.lexer import Lexer
from pygments.lexers import HtmlLexer, JsonLexer
from pygments.token import Comment, Keyword, Name, Number, String, _TokenType

# Characters; colors for more would cost a browser more time than they are worth.
_LONGEST = 200_000

_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "c"),
    (Name.Attribute, "a"),
    (Name.Entity, "k"),
    (Name.Tag, "t"),
    (String, "s"),
    (Keyword, "k"),
    (Number, "k"),
)


@dataclass(frozen=True)
class Piece:
    """Some characters of one line; ``kind`` is a class of panels.css, ``""`` for plain text."""

    text: str
    kind: str = ""


Line = list[Piece]


@lru_cache(maxsize=16)
def html_lines(html: str) -> tuple[Line, ...]:
    """Return the lines of any HTML; they end at line feeds only, as the lint counts lines."""
    return tuple(_lines(html, HtmlLexer(stripnl=False, ensurenl=False)))


def json_lines(value: Any) -> list[Line]:
    """Return the lines of a parsed JSON value, indented."""
    try:
        text = json.dumps(value, indent=2, ensure_ascii=False)
    except RecursionError:
        return [[Piece("It is nested too deeply to be shown.")]]
    return _lines(text, JsonLexer(stripnl=False, ensurenl=False))


def plain_lines(text: str) -> list[Line]:
    """Return the lines of a text without highlighting."""
    return [[Piece(line)] for line in text.split("\n")]


def _lines(source: str, lexer: Lexer) -> list[Line]:
    if len(source) > _LONGEST:
        return plain_lines(source)
    lines: list[Line] = [[]]
    for token, text in lexer.get_tokens(source):
        first, *others = text.split("\n")
        _append(lines[-1], first, _class(token))
        for other in others:
            lines.append([])
            _append(lines[-1], other, _class(token))
    return lines


def _append(line: Line, text: str, kind: str) -> None:
    if line and line[-1].kind == kind:
        line[-1] = Piece(line[-1].text + text, kind)
    elif text:
        line.append(Piece(text, kind))


def _class(token: _TokenType) -> str:
    return next((kind for above, kind in _CLASSES if token in above), "")
