"""What readers get of a dynamic block: its Liquid rendered for Kit's preview and for sample subscribers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugin_server.lint.liquid.knowledge import Knowledge
from plugin_server.sandbox.context import creator, sandbox
from plugin_server.sandbox.editor.network_filter import remove_fetches
from plugin_server.sandbox.editor.start_tags import shown_html, shown_marked
from plugin_server.sandbox.liquid.plugin_readers import PluginReaders
from plugin_server.sandbox.liquid.readers import KIT, READERS
from plugin_server.sandbox.liquid.rendering import Sent
from plugin_server.sandbox.records import Plugin

_NOTHING_IN_KIT = (
    "Kit’s preview shows nothing here: without a subscriber, this Liquid prints nothing. "
    "Choose a subscriber in “Preview for”."
)
_NOTHING = "This subscriber gets nothing here: for such data, this Liquid prints nothing."
_NOTHING_OF_BLOCK_IN_KIT = "Kit’s preview shows nothing of the block: it has no subscriber."
_NOTHING_OF_BLOCK = "This subscriber gets nothing of the block."


@dataclass(frozen=True)
class DynamicHtml:
    """A dynamic block's Liquid, and what becomes of it.

    Attributes:
        template: the HTML as the plugin sends it.
        sent: what each reader gets, by the names of ``READERS``.
        known: what the template's variables are compared with.
    """

    template: str
    sent: Mapping[str, Sent]
    known: Knowledge


def dynamic_html(plugin: Plugin | None, html: str) -> DynamicHtml | None:
    """Return what readers get of a plugin's HTML; ``None`` if it is not Liquid, or is empty."""
    if plugin is None or not plugin.dynamic or not html:
        return None
    readers = _readers()
    return DynamicHtml(html, readers.sent(plugin, html), readers.knowledge(plugin))


def readers_of_test(plugin: Plugin) -> list[dict[str, Any]]:
    """Return what the Liquid of a copied test knows: of a subscriber with all data, and of one without."""
    known = _readers().contexts(plugin)
    return [known["full"], known["none"]]


def _readers() -> PluginReaders:
    parts = sandbox()
    store = parts.store
    return PluginReaders(parts.liquid, creator(), store.find_app(), store.find_events())


def shown_to(plugin: Plugin | None, html: str, reader: str) -> dict[str, Any]:
    """Return how the editor shows a plugin's HTML to a reader.

    Returns:
        ``{"html", "tags", "errors", "nothing"}``: HTML with the places of its tags (see ``shown_html``), or
        why there is none: a mistake in the Liquid, or that it prints nothing for this reader.
    """
    found = dynamic_html(plugin, html)
    if found is None:
        shown, tags = shown_html(html)
        return {"html": shown, "tags": tags, "errors": [], "nothing": []}
    sent = found.sent[reader]
    if sent.problem:
        return {"html": "", "tags": [], "errors": [str(sent.problem)], "nothing": []}
    shown, tags = shown_marked(sent.marked)
    nothing = [_NOTHING_IN_KIT if reader == KIT.name else _NOTHING]
    is_blank = not sent.html.strip()
    return {"html": shown, "tags": tags, "errors": [], "nothing": nothing if is_blank else []}


@dataclass(frozen=True)
class Page:
    """What a page shows to one reader of a dynamic block.

    Attributes:
        html: without whatever would make a browser fetch something.
        marked: the same, with marks of what is empty.
        errors: the mistake in the Liquid, if there is one.
        nothing: what to say in place of HTML that is blank without a mistake.
    """

    html: str
    marked: str
    errors: list[str]
    nothing: list[str]


def pages_of(plugin: Plugin, html: str) -> dict[str, Page] | None:
    """Return what pages show of a dynamic block, by the names of ``READERS``; ``None`` of a static one."""
    found = dynamic_html(plugin, html)
    if found is None:
        return None
    return {
        name: Page(
            remove_fetches(sent.html),
            shown_marked(sent.marked)[0],
            [str(sent.problem)] if sent.problem else [],
            [] if sent.problem or sent.html.strip() else [nothing_for(name)],
        )
        for name, sent in found.sent.items()
    }


def nothing_for(reader: str) -> str:
    """Return what pages say where a reader, by its name in ``READERS``, gets nothing of a block."""
    return _NOTHING_OF_BLOCK_IN_KIT if reader == KIT.name else _NOTHING_OF_BLOCK


def reader_of(query: Mapping[str, Any]) -> str:
    """Return the name of the reader in ``for`` of a query or a body, by default that of Kit's editor."""
    name = str(query.get("for"))
    return name if name in READERS else KIT.name
