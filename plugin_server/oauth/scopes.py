"""The scopes that blocks declare, each with the sentence that the consent page shows."""

from collections.abc import Iterable, Mapping

from plugin_server.blocks.base import Block


def declared_scopes(blocks: Iterable[Block]) -> dict[str, str]:
    """Return the scopes that any of the blocks needs with their sentences, in the order of the blocks.

    Of several sentences for one scope the first is shown.
    """
    declared: dict[str, str] = {}
    for block in blocks:
        for scope, sentence in block.scopes.items():
            declared.setdefault(scope, sentence)
    return declared


def describe_scopes(scope: str, declared: Mapping[str, str]) -> list[str]:
    """Return the consent page's sentence for each word of a scope, all of which are declared."""
    return [declared[word] for word in scope.split()]
