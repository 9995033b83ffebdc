"""A client of the running sandbox: saves apps in its dashboard, and notifies its open pages."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx2

from plugin_server.config.startup import CannotStart
from plugin_server.preview.source_errors import SourceError, display_path


class Refused(CannotStart):
    """The sandbox's dashboard did not accept the app or its plugins; the text says why."""


class LocalKit:
    """The sandbox at ``url``, over HTTP."""

    def __init__(self, url: str) -> None:
        """Take the sandbox's URL without a trailing slash."""
        self.url = url
        self._pasted: set[str] = set()

    def paste(self, entries: Mapping[str, Any], *, only: bool = False) -> None:
        """Save an app and its plugins; delete plugins pasted before that are not there any more.

        Args:
            entries: what the dashboard accepts.
            only: delete all other plugins, too.

        Raises:
            Refused: nothing was saved.
        """
        response = self._send("PUT", "/dashboard/app.json", entries)
        if response.status_code == 422:
            raise Refused("The sandbox's dashboard refused the app: " + _sentences(response))
        names = {plugin["name"] for plugin in entries["plugins"]}
        for plugin in response.raise_for_status().json()["plugins"]:
            name = plugin["name"]
            if name not in names and (only or name in self._pasted):
                self._send("POST", f"/dashboard/plugins/{plugin['id']}/delete", {})
        self._pasted = names

    def show_changes(self, files: Iterable[Path]) -> None:
        """Make the open pages reload after changes of these files."""
        self._send("POST", "/live", {"files": sorted(map(display_path, files))}).raise_for_status()

    def show_error(self, error: SourceError) -> None:
        """Make the open pages show an error until ``show_changes``."""
        self._send("POST", "/live", vars(error)).raise_for_status()

    def _send(self, method: str, path: str, body: Mapping[str, Any]) -> httpx2.Response:
        try:
            return httpx2.request(method, self.url + path, json=body, timeout=30)
        except httpx2.HTTPError as error:
            raise CannotStart(f"The sandbox does not respond ({type(error).__name__}).") from error


def _sentences(response: httpx2.Response) -> str:
    return "\n".join(response.json()["errors"])
