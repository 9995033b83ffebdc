"""``plugin-server sandbox --plugin``: the sandbox for a plugin server in any language, over HTTP."""

import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from plugin_server.config.environment import load_common_settings
from plugin_server.config.hosts import is_loopback
from plugin_server.config.startup import CannotStart, require_free_port
from plugin_server.preview.file_watch import watching
from plugin_server.preview.local_kit import LocalKit, Refused
from plugin_server.preview.processes import (
    Stopped,
    require_running,
    running,
    say,
    stop_signals,
    wait_until_up,
)
from plugin_server.preview.safety import require_development
from plugin_server.preview.source_errors import SourceError, display_path, settings_error
from plugin_server.resources.text_files import read_text_file
from plugin_server.sandbox.records import slug_of
from plugin_server.settings.rules import Context

# Seconds between checks whether the sandbox still runs.
_CHECK_INTERVAL = 0.2
# Seconds for a plugin server to respond.
_TIMEOUT = 5


@dataclass(frozen=True)
class ForeignPlugin:
    """One plugin: its name in the menu, its request URL, and the file of its settings JSON."""

    name: str
    url: str
    settings: Path

    def error(self) -> SourceError | None:
        """Return the first error in the settings JSON."""
        return settings_error(self.settings, Context(loopback=True))

    def entry(self, number: int, authorization: str, key: str) -> dict[str, Any]:
        """Return the plugin as the sandbox's dashboard accepts it."""
        return {
            "key": key,
            "name": self.name,
            "description": f"From {self.settings.name}",
            "sort_order": number,
            "logo_url": "",
            "html_url": self.url,
            "settings_json": read_text_file(self.settings),
            "active": True,
            "authorization": authorization,
        }


@dataclass(frozen=True)
class OAuth:
    """The app's OAuth server, as its developer enters it in Kit's dashboard."""

    client_id: str
    client_secret: str = field(repr=False)
    authorize_url: str
    token_url: str
    refresh_url: str
    revoke_url: str


def run(
    plugins: Sequence[ForeignPlugin],
    oauth: OAuth | None,
    watched: Sequence[Path],
    examples: Sequence[Path],
) -> None:
    """Run the sandbox with these plugins until a signal arrives.

    Args:
        plugins: in the order of the element menu.
        oauth: how they are authorized; ``None``: not at all.
        watched: files and folders after whose changes blocks are shown again.
        examples: folders of examples for the editor's menu.

    Raises:
        CannotStart: a port is taken, a plugin does not respond, or its settings JSON is refused.
    """
    common = load_common_settings()
    require_development()
    require_free_port("127.0.0.1", common.sandbox_port, "SANDBOX_PORT")
    for plugin in plugins:
        require_response(plugin.url)
    url = f"http://127.0.0.1:{common.sandbox_port}"
    files = {plugin.settings.resolve() for plugin in plugins}
    options = [word for folder in examples for word in ("--examples", str(folder))]
    with stop_signals(), ExitStack() as stack:
        try:
            sandbox = stack.enter_context(running("plugin_server.cli", "sandbox", *options))
            watch = stack.enter_context(watching((*files, *watched, *examples)))
            wait_until_up(url, sandbox)
            kit = LocalKit(url)
            kit.paste(entries(plugins, oauth), only=True)
            say((_WELCOME_OAUTH if oauth else _WELCOME).format(sandbox=url))
            was_up = True
            while True:
                require_running((sandbox,))
                if changed := watch.wait(_CHECK_INTERVAL):
                    _apply_changes(changed, kit, plugins, oauth)
                is_up = all(_listens(plugin.url) for plugin in plugins)
                if is_up and not was_up:  # it has restarted, maybe with other code
                    kit.show_changes(())
                was_up = is_up
        except Stopped:
            say("Stopping.")


def _apply_changes(
    changed: set[Path], kit: LocalKit, plugins: Sequence[ForeignPlugin], oauth: OAuth | None
) -> None:
    """Paste the changed settings JSON in the sandbox's dashboard, or show its error."""
    found = next(filter(None, (plugin.error() for plugin in plugins)), None)
    if found is None:
        try:
            kit.paste(entries(plugins, oauth), only=True)
        except Refused as refusal:
            found = SourceError(display_path(next(iter(changed))), None, str(refusal))
        except OSError as error:  # between two versions of a file there may be none
            found = SourceError(display_path(Path(error.filename)), None, error.strerror or "")
    if found:
        say(f"  {found}")
        kit.show_errors((found,))
    else:
        kit.show_changes(changed)


def entries(plugins: Sequence[ForeignPlugin], oauth: OAuth | None) -> dict[str, Any]:
    """Return an app with these plugins as the sandbox's dashboard accepts it."""
    authorization = "oauth" if oauth else "none"
    return {
        "app": {"name": "My app", **(vars(oauth) if oauth else {})},
        "plugins": [
            plugin.entry(number, authorization, key)
            for number, (plugin, key) in enumerate(zip(plugins, _keys(plugins), strict=True))
        ],
    }


def _keys(plugins: Sequence[ForeignPlugin]) -> list[str]:
    """Return what stays of each plugin when its name changes: its settings file's name, or else its URL."""
    stems = [slug_of(plugin.settings.stem) for plugin in plugins]
    return [
        stem if stems.count(stem) == 1 else slug_of(plugin.url)
        for stem, plugin in zip(stems, plugins, strict=True)
    ]


def _listens(url: str) -> bool:
    """Return whether anything listens at a loopback URL; ``True`` for other hosts, which are not polled."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not is_loopback(host):
        return True
    try:
        socket.create_connection((host, parts.port or 80), timeout=_TIMEOUT).close()
    except OSError:
        return False
    return True


def require_response(url: str) -> None:
    """Return if anything responds at a plugin's URL, whatever the response.

    Raises:
        CannotStart: nothing does.
    """
    try:
        httpx2.get(url, timeout=_TIMEOUT)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise CannotStart(
            f"Nothing responds at {url} ({error}). Start the plugin's server first, or check the URL."
        ) from error


_WELCOME = """
  Open  {sandbox}/editor  in your browser: your plugin is in its menu.
  A change of its settings JSON, and of what you --watch, is shown at once.
  Ctrl-C stops the sandbox.
"""
_WELCOME_OAUTH = """
  Open  {sandbox}  in your browser, install the app, and insert your plugin in the editor.
  Allow the redirect URI {sandbox}/apps/install on your server.
  A change of its settings JSON, and of what you --watch, is shown at once.
  Ctrl-C stops the sandbox.
"""
