"""Default colors: what a block uses where the creator chose nothing."""

from dataclasses import replace

import pytest

from plugin_server.blocks.default_style import brand_color
from plugin_server.examples.sample_accounts import typical_account


@pytest.mark.parametrize(
    ("colors", "expected"),
    [
        ((), None),
        (("#1F4E5F", "#e07a5f"), "#1f4e5f"),
        (("#FFFFFF", "#1f4e5f"), "#1f4e5f"),
        (("#fafafa",), None),
        (("#ffd400",), "#ffd400"),
    ],
)
def test_the_first_brand_color_that_can_be_seen_is_used(
    colors: tuple[str, ...], expected: str | None
) -> None:
    account = replace(typical_account(), colors=colors)
    assert brand_color(account) == expected
