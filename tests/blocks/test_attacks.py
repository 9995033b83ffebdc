"""Attack strings in every field of every block, judged by parsers that the gate does not use."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path

import pytest
from support.blocks import attacks, combined_attacks, corpus, setting_variants
from support.blocks.combined_attacks import Report
from support.blocks.served import BLOCKS

from plugin_server.blocks.base import Block
from plugin_server.rendering.text import letter_direction

pytestmark = pytest.mark.slow

CORPUS = json.loads((Path(__file__).parents[1] / "corpus" / "attacks.json").read_text("utf-8"))
HUGE = {
    "formatting": "<b>" * 5_000 + "x",
    "boxes": "<div>" * 5_000 + "x" + "</div>" * 5_000,
    "attributes": "<p " + "a=b " * 10_000 + ">x",
    "angles": "<" * 10_000,
    "quotes": '"' * 10_000,
    "braces": "{" * 10_000 + "}" * 10_000,
    "brackets": "[(" * 5_000,
    "lines": "\n\nx" * 5_000,
    "one word": "x" * 10_000,
    "wide characters": "\U0001f3f4" * 10_000,
    "marks": "e" + "\u0301" * 10_000,
    "families": "'a'," * 2_500,
    "colors": "rgb(" * 2_500,
    "url": "https://creator.example/" + "../" * 3_000,
}
ATTACKS = [attack for group in CORPUS.values() for attack in group] + list(HUGE.values())


# Payloads that share requests.
TOGETHER = 32


@pytest.fixture(scope="module")
def reports() -> Iterator[Mapping[str, Future[list[Report]]]]:
    """Return what comes of each payload and those that were tried with it, found out side by side."""
    alike = sorted(ATTACKS, key=lambda each: (each.count("\n"), letter_direction(each) or ""))
    with corpus.pool() as processes:
        found = {}
        for group in (alike[at : at + TOGETHER] for at in range(0, len(alike), TOGETHER)):
            found |= dict.fromkeys(group, processes.submit(combined_attacks.attack, group))
        yield found
        processes.shutdown(cancel_futures=True)


@pytest.mark.parametrize("payload", ATTACKS, ids=lambda payload: ascii(payload)[:40])
def test_no_attack_survives_wherever_it_is_put(
    payload: str, reports: Mapping[str, Future[list[Report]]]
) -> None:
    report = next(each for each in reports[payload].result() if each.payload == payload)

    assert list(map(str, report.failures)) == []


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_a_payload_reaches_every_setting_and_every_text_of_the_account(block: Block) -> None:
    """So that the test above is not passed by putting payloads where nobody looks."""
    cases = [case for case in attacks.cases("Marker") if case.block == block.name]
    fields = {case.field.partition(",")[0] for case in cases}
    assert fields >= {f"setting {setting.name}" for setting in block.settings.settings}

    free = [
        setting.name
        for setting in block.settings.settings
        if setting.type in ("text", "textarea") and setting_variants.takes_any_text(block, setting)
    ]
    shown = {case.field for case in cases if case.field in {f"setting {name}" for name in free}}
    assert shown == {f"setting {name}" for name in free}
    for case in cases:
        if case.field in shown:
            # What a condition compares is written small.
            assert "marker" in case.run().lower(), case.field
