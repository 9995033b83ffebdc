"""Judges dynamic blocks: everything that Kit may render of one has to pass the gate."""

from collections.abc import Iterator, Sequence

from plugin_server.findings.finding import NOWHERE, Finding, error
from plugin_server.rendering.gate import MAX_BYTES, check
from plugin_server.rendering.personal.marks import EndWhen, Otherwise, When
from plugin_server.rendering.personal.prepared import Piece, PersonalBlock
from plugin_server.rendering.prepared_block import SurroundingEmail


def judge(
    prepared: PersonalBlock, html: str, values: Sequence[str], email: SurroundingEmail | None
) -> list[Finding]:
    """Return every broken rule of a dynamic block, at most 20.

    Args:
        prepared: the block.
        html: as it is sent to Kit.
        values: those that it is filled with.
        email: around it.
    """
    if len(html.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return [error("size", NOWHERE, f"over {MAX_BYTES} bytes")]
    for branch in branches(prepared.parts(values, email)):
        if found := check("".join(piece.neutral for piece in branch).strip()):
            return found
    return []


def branches(parts: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Yield what stands in each branch of the condition around the block."""
    depth = 0
    branch: list[Piece] = []
    for piece in parts:
        mark = piece.mark
        depth += isinstance(mark, When) - isinstance(mark, EndWhen)
        if depth == 0 or (depth == 1 and isinstance(mark, When | Otherwise)):
            if any(each.code.strip() for each in branch):
                yield branch
            branch = []
        elif depth:
            branch.append(piece)
