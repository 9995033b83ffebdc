"""What every block has without saying it, and what its methods may return."""

import pytest
from support.blocks.served import BLOCKS

from plugin_server.blocks.base import Block, Option, SearchQuery, options_of
from plugin_server.errors import NotFound
from plugin_server.examples.sample_accounts import typical_account


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
@pytest.mark.parametrize("setting", ["font", "nothing", ""])
def test_other_settings_have_no_search_endpoint(block: Block, setting: str) -> None:
    with pytest.raises(NotFound):
        options_of(block, setting, SearchQuery(""), typical_account())


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_every_search_field_offers_options(block: Block) -> None:
    for setting in block.settings.search_names:
        found = options_of(block, setting, SearchQuery(""), typical_account())
        assert found
        assert all(isinstance(each, Option) for each in found)
