"""What the lint says of Liquid, short enough for a table of cases."""

from typing import Any

from plugin_server.findings.finding import Finding, Severity
from plugin_server.lint.liquid.knowledge import Knowledge
from plugin_server.lint.liquid.linter import lint_liquid

SAMPLE: dict[str, Any] = {
    "items": [{"title": "A lamp", "url": "https://shop.example/lamp"}, {"price": "12 €"}],
    "checkout_url": "https://shop.example/cart",
    "note": None,
    "nothing": [],
}
KNOWN = Knowledge(
    custom_fields=["company", "city", "last_name"],
    app="acme",
    event="abandoned_cart",
    sample=SAMPLE,
    identifier="cart_block",
    settings=["heading"],
)
CART = "automation.acme.abandoned_cart"
GUARD = f"{{% if {CART}.items.size > 0 %}}"


def guarded(html: str) -> str:
    """Return a template whose whole block stands in a condition on the event."""
    return f"{GUARD}{html}{{% endif %}}"


def found(template: str, known: Knowledge = KNOWN) -> list[tuple[str, int]]:
    """Return the codes and lines of errors and warnings, in the source's order."""
    findings = lint_liquid(template, known)
    return [(each.code, each.place.line) for each in findings if each.severity is not Severity.INFO]


def codes(template: str, known: Knowledge = KNOWN) -> list[str]:
    """Return the codes of errors and warnings, in the source's order."""
    return [code for code, _ in found(template, known)]


def infos(template: str, known: Knowledge = KNOWN) -> list[str]:
    """Return the codes of infos, in the source's order."""
    findings = lint_liquid(template, known)
    return [each.code for each in findings if each.severity is Severity.INFO]


def find(template: str, code: str, known: Knowledge = KNOWN) -> Finding:
    """Return the one finding with this code."""
    [finding] = [each for each in lint_liquid(template, known) if each.code == code]
    return finding
