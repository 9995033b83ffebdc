"""The rule on mismatched tags, which reach out into the email around a block.

The gate of our own blocks has the same rule, and more: see ``rendering/source/structure.py``.
"""

from collections.abc import Iterator

from plugin_server.findings.finding import Finding
from plugin_server.lint.page import Page
from plugin_server.rendering.source.structure import examine, is_exact


def structure(page: Page) -> Iterator[Finding]:
    """Find what parsers add, drop or move, and end tags that are left out."""
    if not (page.is_too_deep or is_exact(page.source, page.written)):
        yield from examine(page.source)
