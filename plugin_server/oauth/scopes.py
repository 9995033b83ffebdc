"""The scopes that blocks may declare, each with the sentence that the consent page shows."""

from collections.abc import Iterable

from plugin_server.blocks.base import Block

SCOPES = {
    "read:posts": "Read your published posts",
    "read:forms": "Read the names and addresses of your forms and landing pages",
    "read:profile": "Read your creator profile",
    "read:growth": "Read how many subscribers you have, but not who they are",
    "read:products": "Read which products you have sold at what price, but not to whom",
}


def declared_scopes(blocks: Iterable[Block]) -> tuple[str, ...]:
    """Return the scopes that any of the blocks needs, in the order of ``SCOPES``."""
    declared = {scope for block in blocks for scope in block.scopes}
    return tuple(scope for scope in SCOPES if scope in declared)


def describe_scopes(scope: str) -> list[str]:
    """Return the consent page's sentence for each word of a scope."""
    return [SCOPES[word] for word in scope.split()]
