"""What the lint of Liquid has to know of a plugin, its app and the creator's account."""

import json

from plugin_server.lint.liquid.knowledge import Knowledge
from plugin_server.sandbox.dashboard.settings_json import leaves, read_settings
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.records import App, EventPlugin, Plugin


def knowledge_of(
    app: App, plugin: Plugin, event: EventPlugin | None, account: Account
) -> Knowledge:
    """Return what the variables of a dynamic plugin's Liquid are compared with.

    Args:
        event: the event plugin that the plugin is linked to, if there is one.
        account: whose custom fields exist.
    """
    with account.lock:
        fields = [field["key"] for field in account.collections["custom_fields"].written()]
    return Knowledge(
        custom_fields=fields,
        app=app.identifier,
        event=event.identifier if event else "",
        sample=json.loads(event.sample_data) if event else None,
        identifier=plugin.identifier,
        settings=[each["name"] for each in leaves(read_settings(plugin.settings_json))],
    )
