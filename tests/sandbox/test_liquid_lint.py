"""The editor's checks of a dynamic block: what the lint of Liquid finds, and what rendering adds to that."""

from plugin_server.findings.finding import Finding
from plugin_server.lint.liquid.knowledge import Knowledge
from plugin_server.sandbox.checks.liquid import liquid_findings
from plugin_server.sandbox.liquid.problems import Problem
from plugin_server.sandbox.liquid.rendering import Empty, Sent

KNOWN = Knowledge(custom_fields=["company"], app="acme", event="")


def found(template: str, **sent: Sent) -> list[Finding]:
    """Return the findings in a template of which these readers get these results."""
    return [*liquid_findings(template, sent, KNOWN)]


def test_the_lint_knows_the_account() -> None:
    template = "{% if subscriber.compny != blank %}a{% else %}b{% endif %}"
    assert [each.code for each in found(template, full=Sent("b"))] == ["liquid-variable"]


def test_a_mistake_is_reported_once() -> None:
    problem = Problem("{% if %} is not closed: add {% endif %}.", 1, 1)
    findings = found("{% if a %}", kit=Sent(problem=problem), full=Sent(problem=problem))
    assert [each.code for each in findings] == ["liquid-syntax"]


def test_a_limit_that_only_rendering_meets_is_reported_too() -> None:
    template = "{% for i in (1..100000) %}a{% endfor %}"
    problem = Problem("Its loops run more than 10,000 times.")
    findings = found(template, kit=Sent(problem=problem), full=Sent(problem=problem))
    assert [each.code for each in findings] == ["liquid"]


def test_an_output_that_the_lint_names_is_not_named_again_for_being_empty() -> None:
    template = "{% if a %}{% endif %}<p>{{ subscriber.company | escape }}</p>"
    column = template.index("{{") + 1
    empty = Empty("{{ subscriber.company | escape }}", 1, column, is_text=True)
    codes = [each.code for each in found(template, kit=Sent("<p></p>", empties=(empty,)))]
    assert "liquid-default" in codes
    assert "liquid-empty" not in codes
    other = Empty("{{ b }}", 2, 1, is_text=True)
    codes = [each.code for each in found(template, kit=Sent("<p></p>", empties=(other,)))]
    assert "liquid-empty" in codes
