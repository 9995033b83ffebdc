"""What the lint says of a piece of HTML, short enough for a table of cases."""

from plugin_server.findings.finding import Finding
from plugin_server.lint.linter import lint


def codes(html: str) -> list[str]:
    """Return the codes of all findings that are not about mail clients, in the source's order."""
    return [finding.code for finding in lint(html, ())]


def find(html: str, code: str) -> Finding:
    """Return the one finding with this code."""
    [found] = [finding for finding in lint(html) if finding.code == code]
    return found
