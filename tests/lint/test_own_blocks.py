"""Our own blocks: no errors, and no warning without a reason in writing."""

from collections import Counter
from functools import cache

import pytest
from support.blocks.served import BLOCKS

from plugin_server.blocks.base import Block
from plugin_server.examples.block_examples import examples
from plugin_server.findings.finding import Finding, Severity
from plugin_server.lint.accepted import ACCEPTED, Key, reason
from plugin_server.lint.linter import lint
from plugin_server.rendering.email_styles import EmailStyles


@cache
def found(block: Block) -> list[tuple[str, Finding]]:
    return [
        (example.name, finding)
        for example in examples(block)
        for finding in lint(example.render(EmailStyles()))
    ]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_there_are_no_problems(block: Block) -> None:
    left = [
        (name, finding.code, finding.message)
        for name, finding in found(block)
        if finding.severity is not Severity.INFO and reason(finding) is None
    ]
    assert left == []


def test_no_error_is_accepted_and_every_acceptance_is_needed() -> None:
    accepted: Counter[Key] = Counter()
    for block in BLOCKS:
        for _, finding in found(block):
            if reason(finding):
                assert finding.severity is Severity.WARNING
                accepted[finding.code, finding.feature, finding.client] += 1
    assert set(ACCEPTED) - set(accepted) == set()


def test_reasons_are_sentences() -> None:
    assert all(each.endswith(".") and len(each) > 20 for each in ACCEPTED.values())
