"""Tests for packages of blocks: one line for the whole contract, and functions for tests of one's own.

A package has this in one of its test files, and pytest then tests each of its blocks, checks and examples
under an id such as ``test_blocks[quote-lint-typical]``::

    from plugin_server.testing import block_tests

    test_blocks = block_tests("acme_blocks")

Tests of its own render a block with settings and a made-up account, and look at the HTML::

    from plugin_server.testing import judge, render, typical_account

    def test_the_words_are_shown() -> None:
        html = render("quote", {"text": "Lend me your ears"}, typical_account())
        assert "Lend me your ears" in html
        assert judge(html) == []

This is a public interface, as ``plugin_server.blocks`` is, of the same version. It needs pytest,
which the extra ``testing`` installs.
"""

from plugin_server.examples.sample_accounts import (
    SampleAccount,
    account_with_text,
    bare_account,
    typical_account,
)
from plugin_server.testing.contract import block_tests
from plugin_server.testing.html_judge import judge
from plugin_server.testing.requests import render, search, sent

__all__ = [
    "SampleAccount",
    "account_with_text",
    "bare_account",
    "block_tests",
    "judge",
    "render",
    "search",
    "sent",
    "typical_account",
]
