"""Whether HTML is what it says: tags that do not fit together reach out into the email around.

The gate of our own blocks asks the same of them, and more: see ``rendering/source/structure.py``.
"""

from collections.abc import Iterator

from plugin_server.lint.findings import Finding, Place, error, warning
from plugin_server.lint.page import Page
from plugin_server.rendering.source.problems import Lines
from plugin_server.rendering.source.structure import examine, is_exact


def structure(page: Page) -> Iterator[Finding]:
    """Find what parsers add, drop or move, and end tags that are left out."""
    if page.is_too_deep or is_exact(page.source, page.written):
        return
    lines = Lines(page.source)
    for problem in examine(page.source):
        finding = error if problem.is_error else warning
        place = Place(*lines.position(problem.offset))
        yield finding(problem.code, place, problem.message, problem.hint)
