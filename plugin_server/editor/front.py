"""The editor's front: who asks, on whose behalf, and whether that has been answered before.

It stands before Flask, because to choose a view and to leave it again takes longer than all that is done
here. Every request of Kit's editor is authenticated here and nowhere else; what has not been answered
before goes on to its view, which finds what is known of it by ``admitted``.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask, Response
from werkzeug import Request

from plugin_server.blocks import find
from plugin_server.blocks.base import Block
from plugin_server.editor import wire
from plugin_server.errors import NotAuthenticated, is_refused, refuse
from plugin_server.kit.account_data import KitAccountData
from plugin_server.observe import record

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Authenticate = Callable[[Request, Sequence[str]], str]

_ADMITTED = "plugin_server.admitted"
# The addresses of ``routes.py``, as Flask reads them; the last group's name is that of the view.
_ASKED = re.compile(r"/blocks/(?P<block>[^/]+)/(?:(?P<html>html)|(?P<search>search)/[^/]+)")


@dataclass(frozen=True)
class Admitted:
    """A request that may be answered.

    Attributes:
        body: as it was sent, unread.
        data: the account that it is made for.
        name: tells its answer from all others that the account may get. An answer depends on its
            address, on the body, byte for byte, and on the account's data, which ``data.recall`` looks after.
    """

    body: bytes
    data: KitAccountData
    name: str

    def answer(self, content: bytes) -> Response:
        """Answer, and keep the answer for the next who asks the same."""
        self.data.keep(self.name, content)
        return wire.answer(content, self.data.freshness)


def admitted(environ: "WSGIEnvironment") -> Admitted:
    """Return what the front knows of a request.

    Raises:
        NotAuthenticated: 401, the request has not passed the front.
    """
    asked = environ.get(_ADMITTED)
    if not isinstance(asked, Admitted):
        raise NotAuthenticated
    return asked


class Front:
    """The WSGI application in front of an app's editor endpoints; others pass it by."""

    def __init__(
        self,
        app: Flask,
        authenticate: Authenticate,
        account_data: Callable[[str], KitAccountData],
    ) -> None:
        """Stand in front of what answers for the app so far.

        Args:
            app: the application; ``RECALL_ANSWERS`` of its configuration is False in the preview, where
                templates change from one request to the next.
            authenticate: request and needed scopes to the id of the account that it is made for.
            account_data: account id to what blocks may read of it.
        """
        self._config, self._behind = app.config, app.wsgi_app
        self._authenticate, self._account_data = authenticate, account_data

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request; whatever is wrong with it is told where all errors are."""
        path = "/" + environ["PATH_INFO"].lstrip("/")
        address = _ASKED.fullmatch(path)
        if address is None or environ["REQUEST_METHOD"].upper() != "POST" or is_refused(environ):
            return self._behind(environ, start_response)
        try:
            asked = environ[_ADMITTED] = self._admit(find(address["block"]), path, environ)
            recalls = self._config.get("RECALL_ANSWERS", True)
            kept = asked.data.recall(asked.name) if recalls else None
            headers = wire.headers(kept, asked.data.freshness) if kept is not None else []
        except Exception as error:  # noqa: BLE001 - that of a bug, too, has its place there
            refuse(environ, error)
            return self._behind(environ, start_response)
        if kept is None:
            return self._behind(environ, start_response)
        noted = record.current()
        noted.endpoint, noted.block = f"editor.{address.lastgroup}", address["block"]
        start_response("200 OK", headers)
        return [kept]

    def _admit(self, block: Block, path: str, environ: "WSGIEnvironment") -> Admitted:
        request = Request(environ, populate_request=False)
        request.max_content_length = self._config["MAX_CONTENT_LENGTH"]
        account_id = self._authenticate(request, block.scopes)
        body = wire.read_body(request)
        name = f"{path} {hashlib.sha256(body).hexdigest()}"
        return Admitted(body, self._account_data(account_id), name)
