"""Every block has its files, all named after it, and its class, settings and icon agree."""

import json
from pathlib import Path

import pytest
from support.blocks.served import BLOCKS, find

from plugin_server import blocks
from plugin_server.blocks.base import Block
from plugin_server.errors import NotFound
from plugin_server.resources.paths import EXAMPLES, SETTINGS_JSON, STATIC, TEMPLATES

NAMES = {block.name for block in BLOCKS}
SHARED = {"__init__", "base", "default_style", "posts_search", "teaser"}
REQUIRED_EXAMPLES = {"typical", "minimal", "everything_on"}
ROOT = Path(__file__).parents[1]


def stems(folder: Path, suffix: str) -> set[str]:
    return {path.stem for path in folder.glob(f"*{suffix}")}


def test_each_block_has_a_module_a_template_settings_an_icon_examples_and_tests() -> None:
    assert stems(Path(blocks.__file__).parent, ".py") - SHARED == NAMES
    assert stems(TEMPLATES / "blocks", ".html") == NAMES
    assert stems(SETTINGS_JSON, ".json") == NAMES
    assert stems(STATIC / "icons", ".png") >= NAMES
    assert stems(STATIC / "icons", ".svg") >= NAMES
    assert {folder.name for folder in EXAMPLES.iterdir()} == NAMES
    assert all(stems(EXAMPLES / name, ".json") >= REQUIRED_EXAMPLES for name in NAMES)
    assert stems(ROOT / "blocks", ".py") >= {f"test_{name}" for name in NAMES}


def test_an_unknown_block_is_not_found() -> None:
    with pytest.raises(NotFound):
        find("nothing")


def test_blocks_are_listed_in_the_order_of_the_element_menu() -> None:
    orders = [block.sort_order for block in BLOCKS]
    assert orders == sorted(set(orders))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_a_block_fills_the_dashboard_fields_as_kit_requires(block: Block) -> None:
    assert find(block.name) is block
    assert 1 <= len(block.label.split()) <= 2
    assert 0 < len(block.description) <= 60
    assert all(
        action and resource for action, _, resource in (s.partition(":") for s in block.scopes)
    )


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_a_search_setting_points_at_its_own_endpoint(block: Block) -> None:
    for setting in json.loads((SETTINGS_JSON / f"{block.name}.json").read_text("utf-8")):
        if setting["type"] == "search":
            assert setting["request_url"] == f"/blocks/{block.name}/search/{setting['name']}"


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_an_icon_has_the_size_that_kit_requires(block: Block) -> None:
    data = (STATIC / "icons" / f"{block.name}.png").read_bytes()

    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == (150, 120)
