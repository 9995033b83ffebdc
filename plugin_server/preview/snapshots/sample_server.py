"""This server's blocks over HTTP with made-up accounts, so that their pictures are always the same.

The sandbox requests them as it requests any plugin. There is no database, and no data that changes.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Request, Response

from plugin_server.blocks.base import Block, context_of, dynamic_block
from plugin_server.errors import PluginError
from plugin_server.examples.sample_accounts import (
    SampleAccount,
    account_with_text,
    typical_account,
)
from plugin_server.examples.stress_texts import STRESS_TEXTS
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.personal.fields import SAMPLE_APP
from plugin_server.rendering.renderer import render_block
from plugin_server.web.dashboard import dynamic_values, event_values

# Characters; a shorter text may be the beginning of a straining one by chance.
_LONG_ENOUGH = 10


class SampleServer:
    """A WSGI app with ``POST /blocks/<block>/html``."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        """Serve these blocks."""
        self._blocks = {block.name: block for block in blocks}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Respond as this server's HTML endpoint does."""
        return self._respond(Request(environ))(environ, start_response)

    def _respond(self, request: Request) -> Response:
        block = self._blocks.get(request.path.removeprefix("/blocks/").removesuffix("/html"))
        if block is None or request.method != "POST":
            return _json({"code": 404, "errors": ["There is no such block."]}, 404)
        body = json.loads(request.get_data())
        try:
            html = _html(block, body["settings"], body["styles"])
        except PluginError as problem:
            return _json({"code": problem.code, "errors": problem.messages}, problem.status)
        except Exception as problem:  # noqa: BLE001 - a block's own code may raise anything
            # Its developer is the reader.
            message = f"{type(problem).__name__}: {problem}"
            return _json({"code": 500, "errors": [message]}, 500)
        return _json({"code": 200, "html": html})

    def entries(self, base_url: str) -> dict[str, Any]:
        """Return the app and its blocks as the sandbox's dashboard accepts them."""
        return {
            "app": {"name": "Samples", "identifier": SAMPLE_APP},
            "plugins": [
                {
                    "key": block.name,
                    "name": block.label,
                    "description": block.description,
                    "sort_order": place,
                    "logo_url": "",
                    "html_url": f"{base_url}/blocks/{block.name}/html",
                    "settings_json": block.settings.public(base_url),
                    "active": True,
                    "authorization": "none",
                    **dynamic_values(block),
                }
                for place, block in enumerate(self._blocks.values())
            ],
            "events": event_values(self._blocks.values()),
        }


def _html(block: Block, settings: Mapping[str, object], styles: object) -> str:
    data = _account(settings).restricted_to(block.scopes)
    context = context_of(block, block.settings.parse(settings), data)
    instance = json.dumps(settings, sort_keys=True)
    return render_block(
        block.name,
        context,
        EmailStyles.parse(styles),
        instance=instance,
        dynamic=dynamic_block(block),
    )


def _account(settings: Mapping[str, object]) -> SampleAccount:
    """Return an account with a straining text where the settings have it, as the lint's examples do."""
    typed = [
        value
        for value in settings.values()
        if isinstance(value, str) and len(value) >= _LONG_ENOUGH
    ]
    for text in STRESS_TEXTS.values():
        if any(text.startswith(value) for value in typed):
            return account_with_text(text)
    return typical_account()


def _json(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")
