"""What one account's sample readers get of dynamic plugins, and what the lint has to know of these."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugin_server.lint.liquid.knowledge import Knowledge
from plugin_server.sandbox.dashboard.settings_json import leaves, read_settings
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.liquid.readers import contexts
from plugin_server.sandbox.liquid.rendering import LiquidRenderer, Sent
from plugin_server.sandbox.records import App, EventPlugin, Plugin


@dataclass(frozen=True)
class PluginReaders:
    """The sample readers of one account, and what Liquid knows of the app."""

    liquid: LiquidRenderer
    account: Account
    app: App
    events: Sequence[EventPlugin] = ()

    def event_of(self, plugin: Plugin) -> EventPlugin | None:
        """Return the event plugin that a plugin is linked to, if it exists."""
        return next((each for each in self.events if each.identifier == plugin.event), None)

    def contexts(self, plugin: Plugin) -> dict[str, dict[str, Any]]:
        """Return what a plugin's Liquid knows for each reader, by the names of ``READERS``."""
        return contexts(self.account, self.app.identifier, self.event_of(plugin))

    def sent(self, plugin: Plugin, html: str) -> Mapping[str, Sent]:
        """Return what each reader gets of a plugin's HTML, by the names of ``READERS``."""
        known = self.contexts(plugin)
        return dict(zip(known, self.liquid.render(html, list(known.values())), strict=True))

    def knowledge(self, plugin: Plugin) -> Knowledge:
        """Return what the variables of a plugin's Liquid are compared with."""
        event = self.event_of(plugin)
        with self.account.lock:
            collection = self.account.collections["custom_fields"]
            fields = [field["key"] for field in collection.written()]
        return Knowledge(
            custom_fields=fields,
            app=self.app.identifier,
            event=event.identifier if event else "",
            sample=json.loads(event.sample_data) if event else None,
            identifier=plugin.identifier,
            settings=[each["name"] for each in leaves(read_settings(plugin.settings_json))],
        )
