"""What our own helpers write passes the lint of anybody's Liquid, every form of it."""

import pytest
from support.blocks.personal import DYNAMIC, EVERYTHING, filled, templates

from plugin_server.examples.example_lint import knowledge_of
from plugin_server.findings.finding import Finding, Severity
from plugin_server.lint.liquid.linter import lint_liquid


def linted(**values: object) -> list[Finding]:
    with templates({"blocks/trial.html": EVERYTHING}):
        return lint_liquid(filled(**values), knowledge_of(DYNAMIC))


def wrong(findings: list[Finding]) -> list[str]:
    return [str(each) for each in findings if each.severity is not Severity.INFO]


@pytest.mark.parametrize("words", ["your notes", "{{ x }} {% if %} <b>", "מכתבים \"'><", ""])
def test_every_form_passes_with_any_text(words: str) -> None:
    assert wrong(linted(words=words or "x", fallback=words or "friend", expected=words)) == []


def test_a_form_that_is_changed_does_not() -> None:
    with templates({"blocks/trial.html": EVERYTHING}):
        html = filled()
    known = knowledge_of(DYNAMIC)
    assert any(
        "liquid-escape" in each for each in wrong(lint_liquid(html.replace(" | escape", ""), known))
    )
    guard = html.replace(' != ""', ' == ""')
    assert any("liquid-default" in each for each in wrong(lint_liquid(guard, known)))
    other = html.replace("abandoned_cart", "trial")
    assert any("liquid-variable" in each for each in wrong(lint_liquid(other, known)))
