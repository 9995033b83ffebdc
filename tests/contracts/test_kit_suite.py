"""How ``make kit-suite`` judges what came of Kit's own tests."""

import json

import pytest
from support.kit.kit_suite import EXPECTED, Result, report

FAILED = Result("KeyTest::testA", "failed", "Expected 2, got 3.")
PASSED = Result("KeyTest::testB", "passed", "")


def test_a_failure_that_is_expected_is_named_with_its_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert report([FAILED, PASSED], {FAILED.name: "needs a network"}) == 0
    printed = capsys.readouterr().out
    assert "expected failure: KeyTest::testA: needs a network" in printed
    assert printed.endswith("1 passed, 0 failed, 1 expected failures, 0 skipped by the suite\n")


def test_any_other_failure_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([FAILED, PASSED], {}) == 1
    assert "FAILED: KeyTest::testA\nExpected 2, got 3." in capsys.readouterr().out


def test_no_result_at_all_fails_the_run() -> None:
    assert report([], {}) == 1


def test_what_passes_unexpectedly_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([PASSED], {PASSED.name: "needs a network"}) == 0
    assert "passed, though it was expected to fail: KeyTest::testB" in capsys.readouterr().out


def test_few_failures_are_expected_and_each_has_a_reason() -> None:
    expected = json.loads(EXPECTED.read_text("utf-8"))
    assert len(expected) <= 12
    assert all(reason and reason[0].islower() for reason in expected.values())
