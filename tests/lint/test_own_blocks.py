"""The warnings that are accepted in our own blocks; ``tests/blocks/test_block_files.py`` finds others."""

from collections import Counter

from support.blocks.served import BLOCKS

from plugin_server.examples.block_examples import examples
from plugin_server.findings.finding import Severity
from plugin_server.lint.accepted import ACCEPTED, Key, reason
from plugin_server.lint.linter import lint
from plugin_server.rendering.email_styles import EmailStyles


def test_no_error_is_accepted_and_every_acceptance_is_needed() -> None:
    accepted: Counter[Key] = Counter()
    for block in BLOCKS:
        for example in examples(block):
            for finding in lint(example.render(EmailStyles())):
                if reason(finding):
                    assert finding.severity is Severity.WARNING
                    accepted[finding.code, finding.feature, finding.client] += 1
    assert set(ACCEPTED) - set(accepted) == set()


def test_reasons_are_sentences() -> None:
    assert all(each.endswith(".") and len(each) > 20 for each in ACCEPTED.values())
