"""The parts that the sandbox's views share, and look-ups for the signed-in creator."""

from dataclasses import dataclass, field
from hashlib import blake2s

from flask import abort, current_app
from typing_extensions import override

from plugin_server.sandbox.client.plugin_client import PluginClient
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.context import KitSide
from plugin_server.sandbox.kit.context import creator as creator
from plugin_server.sandbox.liquid.rendering import LiquidRenderer
from plugin_server.sandbox.live_events import LiveEvents
from plugin_server.sandbox.records import Block, Draft, Plugin
from plugin_server.sandbox.settings_edits import SettingsEdits

NO_DRAFT = "There is no such draft any more, or another creator wrote it."


@dataclass(frozen=True)
class Sandbox(KitSide):
    """The parts of the app that views share."""

    client: PluginClient
    live_events: LiveEvents
    settings_edits: SettingsEdits
    liquid: LiquidRenderer = field(default_factory=LiquidRenderer)

    @override
    def stop(self) -> None:
        self.live_events.stop()
        self.liquid.stop()
        super().stop()

    @property
    def install_uri(self) -> str:
        """The redirect URI that Kit presents to an app's OAuth server."""
        return f"{self.config.base_url}/apps/install"


def sandbox() -> Sandbox:
    """Return the parts of the app that handles this request."""
    found: Sandbox = current_app.extensions["sandbox"]
    return found


def digest_of_plugins() -> str:
    """Return a digest of the plugins, which is another one as soon as anything of them changes."""
    return blake2s(repr(sandbox().store.find_plugins()).encode(), digest_size=8).hexdigest()


def visible_plugins(account: Account) -> list[Plugin]:
    """Return the plugins in a creator's element menu: only the developer sees inactive ones.

    Their settings JSON is that which is being edited, if any is.
    """
    every = map(sandbox().settings_edits.apply, sandbox().store.find_plugins())
    return [plugin for plugin in every if plugin.active or account.developer]


def stored_plugin(plugin_id: int) -> Plugin:
    """Return one plugin as the dashboard has it; abort with 404 when there is none."""
    found = next((p for p in sandbox().store.find_plugins() if p.id == plugin_id), None)
    return found or abort(404, "This plugin is not in the dashboard any more.")


def visible_plugin(plugin_id: object) -> Plugin:
    """Return one plugin that the creator sees; abort with 404 when there is none."""
    found = next((p for p in visible_plugins(creator()) if p.id == plugin_id), None)
    if found is None:
        abort(404, "This plugin is not in the dashboard any more.")
    return found


def plugin_of(block: Block) -> Plugin | None:
    """Return the plugin of a block, set aside or not; ``None`` when it was deleted."""
    every = sandbox().store.find_all_plugins()
    return next((plugin for plugin in every if plugin.id == block.plugin_id), None)


def own_draft(draft_id: int) -> Draft:
    """Return a draft of the creator; abort with 404 when there is none, or it is another creator's."""
    draft = sandbox().store.find_draft(creator().id, draft_id)
    if draft is None:
        abort(404, NO_DRAFT)
    return draft


def needs_installation() -> bool:
    """Whether creators must install the app first: not when it requests nothing that they could grant."""
    store = sandbox().store
    app, plugins = store.find_app(), store.find_plugins()
    has_grants = app.has_oauth or app.has_api_access
    return has_grants or any(plugin.authorization == "oauth" for plugin in plugins)


def is_installed(account: Account) -> bool:
    """Whether a creator can use the app's blocks."""
    installed = sandbox().store.find_installation(account.id) is not None
    return installed or not needs_installation()
