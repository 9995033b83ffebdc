"""Which of the stored plugins a pasted one is, so that drafts keep its blocks when its name changes."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from plugin_server.sandbox.records import Plugin

# Which of the plugins that are not pasted stay: all of them, those entered by hand, or none.
KEEPS = ("all", "by_hand", "none")


def with_ids(pasted: Sequence[Plugin], stored: Sequence[Plugin]) -> list[Plugin]:
    """Return pasted plugins with the ids of the stored ones that they are, and 0 for new ones.

    They are the same if they have the same key; where one of them has none, the same name, or else the same
    HTML URL. Of several, the first of ``stored`` counts.
    """
    found: dict[int, Plugin] = {}
    for member in ("key", "name", "html_url"):
        for number, plugin in enumerate(pasted):
            if number not in found:
                free = (each for each in stored if each not in found.values())
                same = next((each for each in free if _is_same(plugin, each, member)), None)
                if same:
                    found[number] = same
    return [
        replace(plugin, id=found[number].id, key=plugin.key or found[number].key)
        if number in found
        else replace(plugin, id=0)
        for number, plugin in enumerate(pasted)
    ]


def _is_same(one: Plugin, other: Plugin, member: str) -> bool:
    value = getattr(one, member)
    if not value or value != getattr(other, member):
        return False
    return member == "key" or not (one.key and other.key)


def absent(
    stored: Sequence[Plugin], pasted: Sequence[Plugin], keep: str, left_out: Collection[str]
) -> list[Plugin]:
    """Return the stored plugins that are set aside when others are pasted.

    Args:
        stored: those that are not set aside yet.
        pasted: as ``with_ids`` returns them.
        keep: one of ``KEEPS``.
        left_out: keys of plugins that stay as they are because nothing can be said of them now.
    """
    ids = {plugin.id for plugin in pasted}
    return [
        replace(plugin, set_aside=True)
        for plugin in stored
        if plugin.id not in ids
        and (keep == "none" or (keep == "by_hand" and plugin.key))
        and not (plugin.key and plugin.key in left_out)
    ]
