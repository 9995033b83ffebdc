"""Judges dynamic blocks: everything that Kit may render of one has to pass the gate."""

from collections.abc import Iterator, Sequence
from itertools import islice

from plugin_server.findings.finding import NOWHERE, Finding, error
from plugin_server.rendering.gate import MAX_BYTES, check
from plugin_server.rendering.personal.engine import UnusableLiquid, parse, render
from plugin_server.rendering.personal.marks import Each, EndEach, EndWhen, Mark, Otherwise, When
from plugin_server.rendering.personal.personal_block import PersonalBlock, Piece
from plugin_server.rendering.personal.samples import Uses
from plugin_server.rendering.prepared_block import SurroundingEmail

# Subscribers for whom a block is rendered whose Liquid has been judged before.
_FEW = 3


def judge(
    prepared: PersonalBlock,
    html: str,
    values: Sequence[str],
    email: SurroundingEmail | None,
    *,
    is_known: bool = False,
) -> list[Finding]:
    """Return every broken rule of a dynamic block, at most 20.

    Both are judged: the template, as Kit's editor and sanitizers read it, with a word in the place of Liquid;
    and what Liquid makes of it for made-up subscribers, for every branch and with all kinds of values.

    Args:
        prepared: the block.
        html: as it is sent to Kit.
        values: those that it is filled with.
        email: around it.
        is_known: whether a block with its Liquid has been judged, so that few subscribers will do.
    """
    if len(html.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return [error("size", NOWHERE, f"over {MAX_BYTES} bytes")]
    for branch in branches(prepared.parts(values, email)):
        if found := check("".join(piece.neutral for piece in branch).strip()):
            return found
    return _judged_as_sent(prepared, html, values, _FEW if is_known else None)


def branches(parts: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Yield what stands in each branch of the condition around the block."""
    depth = 0
    branch: list[Piece] = []
    for piece in parts:
        mark = piece.mark
        depth += isinstance(mark, When | Each) - isinstance(mark, EndWhen | EndEach)
        if depth == 0 or (depth == 1 and isinstance(mark, When | Otherwise)):
            if any(each.code.strip() for each in branch):
                yield branch
            branch = []
        elif depth:
            branch.append(piece)


def results(
    marks: Sequence[Mark], html: str, values: Sequence[str], number: int | None = None
) -> Iterator[tuple[str, str]]:
    """Yield the different blocks that Kit makes of Liquid for made-up subscribers, but no empty one.

    Args:
        marks: those of the block.
        html: its Liquid.
        values: those that it is filled with.
        number: of subscribers; ``None`` for all.

    Returns:
        who gets it, which continues "a subscriber", and the HTML.

    Raises:
        UnusableLiquid: it cannot be parsed or rendered.
    """
    template = parse(html)
    known = {""}
    for sample in islice(Uses(marks, values).samples(), number):
        sent = render(template, sample.data).strip()
        if sent not in known:
            known.add(sent)
            yield sample.who, sent


def _judged_as_sent(
    prepared: PersonalBlock, html: str, values: Sequence[str], number: int | None
) -> list[Finding]:
    """Return what is wrong with the first result that breaks a rule."""
    try:
        for who, sent in results(prepared.marks, html, values, number):
            if found := check(sent):
                return [_as_sent(each, who) for each in found]
    except UnusableLiquid as unusable:
        return [error("personal", NOWHERE, f"Liquid stops with {unusable}")]
    return []


def _as_sent(found: Finding, who: str) -> Finding:
    message = f"as sent to a subscriber {who}, it breaks the rule {found.code}: {found.message}"
    return error("personal", found.place, message)
