"""Every block of this server keeps the contract of all packages, and has tests of its own."""

from pathlib import Path

import pytest
from support.blocks.served import BLOCKS, find

from plugin_server import blocks
from plugin_server.errors import NotFound
from plugin_server.resources.packages import built_in_package
from plugin_server.testing import block_tests

test_blocks = block_tests("plugin-server")

NAMES = {block.name for block in BLOCKS}
SHARED = {"__init__", "base", "custom_fields", "default_style", "loading", "posts_search", "teaser"}


def stems(folder: Path, suffix: str) -> set[str]:
    return {path.stem for path in folder.glob(f"*{suffix}")}


def test_a_module_is_a_block_or_shared_by_blocks() -> None:
    assert stems(Path(blocks.__file__).parent, ".py") - SHARED == NAMES


def test_no_example_is_left_of_a_block_that_is_gone() -> None:
    assert {folder.name for folder in built_in_package().examples.iterdir()} == NAMES


def test_each_block_has_tests_of_its_own() -> None:
    assert stems(Path(__file__).parent, ".py") >= {f"test_{name}" for name in NAMES}


def test_an_unknown_block_is_not_found() -> None:
    with pytest.raises(NotFound):
        find("nothing")


def test_blocks_are_listed_in_the_order_of_the_element_menu() -> None:
    orders = [block.sort_order for block in BLOCKS]
    assert orders == sorted(orders)
