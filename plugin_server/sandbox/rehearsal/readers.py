"""What sample subscribers get of dynamic plugins: their Liquid, rendered as the editor renders it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plugin_server.lint.liquid.knowledge import Knowledge
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.liquid.known import knowledge_of
from plugin_server.sandbox.liquid.readers import contexts
from plugin_server.sandbox.liquid.rendering import LiquidRenderer, Sent
from plugin_server.sandbox.records import App, EventPlugin, Plugin


@dataclass(frozen=True)
class Readers:
    """The sample subscribers of one account, and what Liquid knows of the app."""

    liquid: LiquidRenderer
    account: Account
    app: App
    events: Sequence[EventPlugin] = ()

    def event_of(self, plugin: Plugin) -> EventPlugin | None:
        """Return the event plugin that a plugin is linked to, if it exists."""
        return next((each for each in self.events if each.identifier == plugin.event), None)

    def known(self, plugin: Plugin) -> Knowledge:
        """Return what the variables of a plugin's Liquid are compared with."""
        return knowledge_of(self.app, plugin, self.event_of(plugin), self.account)

    def sent(self, plugin: Plugin, html: str) -> Mapping[str, Sent]:
        """Return what each reader gets of a plugin's HTML, by the names of ``READERS``."""
        known = contexts(self.account, self.app.identifier, self.event_of(plugin))
        return dict(zip(known, self.liquid.render(html, list(known.values())), strict=True))
