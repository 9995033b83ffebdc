"""The blocks that this server offers: one explicit list, in the order of Kit's element menu."""

from plugin_server.blocks.base import Block
from plugin_server.blocks.creator_profile import CreatorProfileBlock
from plugin_server.blocks.landing_page import LandingPageBlock
from plugin_server.blocks.post import PostBlock
from plugin_server.blocks.post_list import PostListBlock
from plugin_server.blocks.product import ProductBlock
from plugin_server.blocks.subscriber_count import SubscriberCountBlock
from plugin_server.errors import NotFound

BLOCKS: tuple[Block, ...] = (
    PostBlock(),
    PostListBlock(),
    LandingPageBlock(),
    CreatorProfileBlock(),
    SubscriberCountBlock(),
    ProductBlock(),
)

_BY_NAME = {block.name: block for block in BLOCKS}


def find(name: str) -> Block:
    """Return the block called ``name``; ``NotFound`` (404) when there is none."""
    try:
        return _BY_NAME[name]
    except KeyError:
        raise NotFound from None
