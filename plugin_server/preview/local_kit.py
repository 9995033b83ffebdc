"""A client of the running sandbox: saves apps in its dashboard, and notifies its open pages."""

from collections.abc import Iterable, Mapping, Sequence
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

    def paste(
        self, entries: Mapping[str, Any], *, left_out: Sequence[str] = (), only: bool = False
    ) -> None:
        """Save an app and its plugins; others that were pasted before are set aside until they are back.

        Args:
            entries: what the dashboard accepts.
            left_out: keys of plugins that stay as they were saved last, although they are not in ``entries``.
            only: set aside those that were entered by hand, too.

        Raises:
            Refused: nothing was saved.
        """
        keep = "none" if only else "by_hand"
        body = {**entries, "keep": keep, "left_out": [*left_out]}
        response = self._send("PUT", "/dashboard/app.json", body)
        if response.status_code == 422:
            raise Refused("The sandbox's dashboard refused the app: " + _sentences(response))
        response.raise_for_status()

    def show_changes(self, files: Iterable[Path], errors: Iterable[SourceError] = ()) -> None:
        """Make the open pages show blocks again after changes of these files, and what is broken now."""
        names = sorted(map(display_path, files))
        body = {"files": names, "errors": [*map(vars, errors)]}
        self._send("POST", "/live", body).raise_for_status()

    def show_errors(self, errors: Iterable[SourceError]) -> None:
        """Make the open pages show errors until ``show_changes``."""
        self._send("POST", "/live", {"errors": [*map(vars, errors)]}).raise_for_status()

    def _send(self, method: str, path: str, body: Mapping[str, Any]) -> httpx2.Response:
        try:
            return httpx2.request(method, self.url + path, json=body, timeout=30)
        except httpx2.HTTPError as error:
            raise CannotStart(f"The sandbox does not respond ({type(error).__name__}).") from error


def _sentences(response: httpx2.Response) -> str:
    return "\n".join(response.json()["errors"])
