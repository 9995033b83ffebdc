"""The syntax of a template: tags that exist and balance, and expressions that can be parsed.

Expressions are parsed by python-liquid, which follows Shopify's Liquid.
"""

import re
from collections.abc import Iterator, Sequence

from liquid import Environment, Mode
from liquid.ast import Node
from liquid.exceptions import LiquidError
from liquid.parser import Parser
from liquid.stream import TokenStream
from liquid.token import TOKEN_CONTENT, TOKEN_EXPRESSION, TOKEN_OUTPUT, TOKEN_TAG, Token
from typing_extensions import override

from plugin_server.findings.finding import Finding, Place, error
from plugin_server.findings.lines import Lines
from plugin_server.findings.wording import listed, shown, suggestion
from plugin_server.lint.liquid import vocabulary as known
from plugin_server.lint.liquid.template import Piece, Template

# Liquid's own limit of blocks inside each other, and the longest expression that is parsed here.
_MAX_DEPTH, _LONGEST = 100, 20_000
# Errors in expressions that are reported.
_MOST = 50

_BRANCHES = frozenset({"else", "elsif", "when"})
_TYPOGRAPHIC = re.compile("[\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb]")
# What people write who know other languages, with what Liquid has.
_FOREIGN = (
    (re.compile(r"&(?:quot|#39|#34|amp|lt|gt);"), "Write characters instead of HTML's references."),
    (_TYPOGRAPHIC, "Write straight quotes, \" or '."),
    (re.compile(r"&&|\|\|"), "Write and, or."),
    (re.compile(r"===|!=="), "Write == or !=."),
    (re.compile(r"(?<![=!<>])=(?!=)"), "Write == to compare."),
    (re.compile(r"!(?!=)|\bnot\b"), "Liquid has no not: write unless, or != blank."),
    (re.compile(r"\?.*:"), "Liquid has no conditional expressions: write an if."),
    (re.compile(r"\("), "Liquid has no parentheses: write one if inside another."),
    (re.compile(r"(?<=\s)[+*/-](?=\s)"), "Liquid calculates by filters: plus, minus, times."),
)
_SYNTAX = "See https://shopify.github.io/liquid/basics/introduction/."


def tag_findings(template: Template) -> Iterator[Finding]:
    """Yield tags that do not exist, and those that do not balance."""
    lines = Lines(template.source)
    opened: list[Piece] = []
    for piece in template.pieces:
        if not piece.tag or piece.tag in known.TEXT_TAGS:
            continue
        name = piece.tag
        if name in known.BLOCK_TAGS:
            opened.append(piece)
            if len(opened) == _MAX_DEPTH + 1:
                message = f"{_MAX_DEPTH} tags are open here, the most that Liquid takes"
                yield _error(
                    "liquid-syntax", piece.start, message, "Write fewer inside each other."
                )
        elif name in _BRANCHES:
            yield from _branch(piece, opened, lines)
        elif name.startswith("end") and name[3:] in known.BLOCK_TAGS:
            yield from _end(piece, opened, lines)
        elif not _exists(name):
            yield _unknown(piece)
    for piece in opened:
        message = f"{_written(piece)} is never closed"
        advice = f"Write {{% end{piece.tag} %}} where it ends."
        yield _error("liquid-syntax", piece.start, message, advice)


def _exists(name: str) -> bool:
    return name in known.STANDARD_TAGS or name.removeprefix("end") in known.TEXT_TAGS


def skipped_tags(template: Template) -> frozenset[str]:
    """Return the names of tags that a parser must not see: text, and what does not exist."""
    ends = {f"end{name}" for name in known.BLOCK_TAGS}
    kept = (known.STANDARD_TAGS | ends) - {*known.TEXT_TAGS, "#"}
    return frozenset({piece.tag for piece in template.pieces if piece.tag} - kept)


def _branch(piece: Piece, opened: Sequence[Piece], lines: Lines) -> Iterator[Finding]:
    inside = opened[-1] if opened else None
    if inside is None or piece.tag not in known.BLOCK_TAGS[inside.tag]:
        around = [tag for tag, parts in known.BLOCK_TAGS.items() if piece.tag in parts]
        where = f" inside {_described(inside, lines)}" if inside else ""
        message = f"{_written(piece)} has no place{where}"
        yield _error("liquid-syntax", piece.start, message, f"It belongs to {listed(around)}.")
    elif piece.tag == "else" and piece.code:
        message = "else takes no condition: Liquid ignores it"
        yield _error(
            "liquid-syntax", piece.start, message, f"Write {{% elsif {_condition(piece)} %}}."
        )


def _condition(piece: Piece) -> str:
    return " ".join(piece.code.removeprefix("if ").split())[:60]


def _end(piece: Piece, opened: list[Piece], lines: Lines) -> Iterator[Finding]:
    name = piece.tag[3:]
    if opened and opened[-1].tag == name:
        opened.pop()
        return
    if not any(each.tag == name for each in opened):
        message = f"{_written(piece)} closes nothing"
        advice = f"Remove it, or write {{% {name} … %}} where it begins."
        yield _error("liquid-syntax", piece.start, message, advice)
        return
    while opened[-1].tag != name:
        inside = opened.pop()
        message = f"{_written(piece)} stands where {_described(inside, lines)} is still open"
        advice = f"Write {{% end{inside.tag} %}} before it."
        yield _error("liquid-syntax", piece.start, message, advice)
    opened.pop()


def _unknown(piece: Piece) -> Finding:
    name = piece.tag
    begun = name.removeprefix("end")
    if name == "?":
        return _error(
            "liquid-syntax", piece.start, "a tag without a name", "Write its name, such as if."
        )
    if begun in known.FILE_TAGS:
        message = f"{{% {name} %}} takes in another file, and a block has none"
    elif begun in known.STOREFRONT_TAGS:
        message = f"{{% {name} %}} is a tag of Shopify's storefront, which Kit does not have"
    else:
        message = f"Liquid has no tag {shown(name)}"
    close = suggestion(
        name, sorted(known.STANDARD_TAGS | {f"end{each}" for each in known.BLOCK_TAGS})
    )
    advice = known.INSTEAD_OF_TAG.get(begun) or close or "Remove it."
    return _error("liquid-tag", piece.start, message, advice)


def _written(piece: Piece) -> str:
    return f"{{% {piece.tag} %}}"


def _described(piece: Piece, lines: Lines) -> str:
    return f"{_written(piece)} of line {lines.position(piece.start)[0]}"


class _Engine(Environment):
    """Parses strictly, and goes on after errors, which it keeps."""

    block_nesting_limit = _MAX_DEPTH + 10

    def __init__(self) -> None:
        super().__init__(tolerance=Mode.STRICT)
        self.errors: list[tuple[LiquidError, Token | None]] = []

    @override
    def error(
        self,
        exc: type[LiquidError] | LiquidError,
        msg: str | None = None,
        token: Token | None = None,
    ) -> None:
        found = exc if isinstance(exc, LiquidError) else exc(msg, token=token)
        self.errors.append((found, token))


def parse(template: Template) -> tuple[list[Node], list[Finding]]:
    """Return the tree of a template whose tags balance, and what cannot be parsed in it.

    Raises:
        RecursionError: an expression is nested too deeply.
    """
    long = [each for each in template.pieces if each.end - each.start > _LONGEST]
    if long:
        message = f"an expression of more than {_LONGEST:,} characters"
        return [], [_error("liquid-syntax", each.start, message, "Write less.") for each in long]
    engine = _Engine()
    stream = TokenStream(_tokens(template))
    nodes = Parser(engine).parse(stream)
    found = [_unparsed(template, problem, after) for problem, after in engine.errors[:_MOST]]
    return nodes, [each for each in found if each]


def _tokens(template: Template) -> Iterator[Token]:
    source, skipped = template.source, skipped_tags(template)
    texts = iter([*template.texts, (len(source), len(source))])
    start, end = next(texts)
    for piece in template.pieces:
        while start < piece.start:
            yield Token(TOKEN_CONTENT, source[start:end], start, source)
            start, end = next(texts)
        if piece.tag in skipped:
            continue
        if piece.tag:
            yield Token(TOKEN_TAG, piece.tag, piece.at, source)
        else:
            yield Token(TOKEN_OUTPUT, source[piece.start : piece.end], piece.start, source)
        if piece.code or not piece.tag:
            yield Token(TOKEN_EXPRESSION, piece.code, piece.code_at, source)
    while start < len(source):
        yield Token(TOKEN_CONTENT, source[start:end], start, source)
        start, end = next(texts)


def _unparsed(template: Template, problem: LiquidError, after: Token | None) -> Finding | None:
    detail = str(problem.message)
    piece = _piece_of(template, problem.token, after)
    if piece is None:
        return _error("liquid-syntax", 0, detail, _SYNTAX)
    if detail.startswith("unexpected tag") and piece.tag != "liquid":
        # It follows from a tag whose expression was not understood.
        return None
    excerpt = template.source[piece.start : piece.end]
    if not piece.code:
        message = f"{_shortened(excerpt)} is empty"
        return _error("liquid-syntax", piece.start, message, "Write what it prints or tests.")
    at = problem.token.start_index if problem.token else -1
    offset = at if piece.start <= at < piece.end else piece.start
    advice = _SYNTAX if piece.tag in ("assign", "liquid") else _foreign(piece.code)
    message = f"Liquid cannot read {_shortened(excerpt)}: {detail}"
    return _error("liquid-syntax", offset, message, advice)


def _foreign(code: str) -> str:
    """Return what to write in place of something that another language has."""
    plain = re.sub(r"\"[^\"]*\"|'[^']*'", "''", code)
    return next((advice for pattern, advice in _FOREIGN if pattern.search(plain)), _SYNTAX)


def _piece_of(template: Template, token: Token | None, after: Token | None) -> Piece | None:
    """Return the piece of an error: that of its token, else the last one before what comes next."""
    for at in (each.start_index for each in (token, after) if each):
        for piece in template.pieces if at >= 0 else ():
            if piece.start <= at < piece.end:
                return piece
    limit = after.start_index if after and after.start_index >= 0 else len(template.source)
    return next((each for each in reversed(template.pieces) if each.end <= limit), None)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"


def _error(code: str, offset: int, message: str, advice: str) -> Finding:
    return error(code, Place(offset=offset), message, advice)
