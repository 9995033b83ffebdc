"""What a developer does by hand in Kit's dashboard, done in the sandbox's; and news for its pages."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx2

from plugin_server.config.startup import CannotStart
from plugin_server.preview.source_errors import SourceError, display_path


class Refused(CannotStart):
    """The sandbox's dashboard did not take what was pasted; the text says why."""


class LocalKit:
    """The sandbox at ``url``, over HTTP as everything that concerns it."""

    def __init__(self, url: str) -> None:
        """Talk to the sandbox at an address without a trailing slash."""
        self.url = url
        self._pasted: set[str] = set()

    def paste(self, entries: Mapping[str, Any], *, only: bool = False) -> None:
        """Save an app and its plugins; those that were pasted before and are gone are deleted.

        Args:
            entries: what the dashboard takes.
            only: delete all other plugins, too.

        Raises:
            Refused: nothing was saved.
        """
        answer = self._send("PUT", "/dashboard/app.json", entries)
        if answer.status_code == 422:
            raise Refused("The sandbox's dashboard refused the app: " + _sentences(answer))
        names = {plugin["name"] for plugin in entries["plugins"]}
        for plugin in answer.raise_for_status().json()["plugins"]:
            name = plugin["name"]
            if name not in names and (only or name in self._pasted):
                self._send("POST", f"/dashboard/plugins/{plugin['id']}/delete", {})
        self._pasted = names

    def changed(self, files: Iterable[Path]) -> None:
        """Let the open pages show everything anew."""
        self._send("POST", "/live", {"files": sorted(map(display_path, files))}).raise_for_status()

    def broken(self, mistake: SourceError) -> None:
        """Let the open pages show a mistake until something ``changed``."""
        self._send("POST", "/live", vars(mistake)).raise_for_status()

    def _send(self, method: str, path: str, body: Mapping[str, Any]) -> httpx2.Response:
        try:
            return httpx2.request(method, self.url + path, json=body, timeout=30)
        except httpx2.HTTPError as error:
            raise CannotStart(f"The sandbox does not answer ({type(error).__name__}).") from error


def _sentences(answer: httpx2.Response) -> str:
    return "\n".join(answer.json()["errors"])
