"""The editor's panels: what is wrong with a block, what was sent for it, and its source.

The server draws them, and the page only shows them: lint, highlighting and commands for a shell
need no script of their own there.
"""

import time
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, jsonify, render_template, request, session
from flask.wrappers import Response

from plugin_server.lint.compat import DEFAULT_CLIENTS, compat
from plugin_server.sandbox.checks.report import Size, groups, source_of
from plugin_server.sandbox.client.curl import curl
from plugin_server.sandbox.client.exchange import Exchange
from plugin_server.sandbox.client.exchange_history import BlockKey
from plugin_server.sandbox.context import creator, own_draft, sandbox
from plugin_server.sandbox.editor.block_pages import around, block_page_url, host_of_styles
from plugin_server.sandbox.editor.highlight import html_lines, json_lines, plain_lines
from plugin_server.sandbox.records import Draft

panels = Blueprint("panels", __name__)


@panels.get("/editor/<int:draft_id>/blocks/<int:block_id>/panels")
def show_panels(draft_id: int, block_id: int) -> Response:
    """Answer ``{"panels": …}`` of a block as it is now; see ``draw_panels``."""
    return jsonify(panels=draw_panels(own_draft(draft_id), block_id))


@panels.post("/editor/<int:draft_id>/blocks/<int:block_id>/clients")
def choose_clients(draft_id: int, block_id: int) -> Response:
    """Choose the mail clients that matter to this browser, ``{"clients": [name, …]}``."""
    body = request.get_json()
    names = body.get("clients") if isinstance(body, dict) else None
    if not isinstance(names, list):
        abort(400, "clients must be a list.")
    session["clients"] = [name for name in compat().clients if name in names]
    return jsonify(panels=draw_panels(own_draft(draft_id), block_id))


@panels.get("/requests/<int:number>")
def show_request(number: int) -> Response:
    """Answer ``{"html": fragment}`` of one of the creator's last requests; 404 for an older one."""
    found = next((e for e in sandbox().client.history.last(creator().id) if e.id == number), None)
    if found is None:
        abort(404, "This request is not among the last ones any more.")
    html = render_template("panels/request.html", entry=found, **_details(found.exchange))
    return jsonify(html=html)


def draw_panels(draft: Draft, block_id: int) -> dict[str, Any]:
    """Return ``{"number", "checks", "inspector", "source"}`` of a block, all but the first as HTML.

    A higher number was drawn later: answers can overtake each other.
    """
    number = time.monotonic_ns()  # which a restart of the sandbox does not set back
    key: BlockKey = (draft.id, block_id)
    exchanges = sandbox().client.history
    answers = exchanges.of_block(key)
    html = source_of(answers["html"]) if "html" in answers else None
    entries = exchanges.last(creator().id)
    clients = session.get("clients", list(DEFAULT_CLIENTS))
    return {
        "number": number,
        "checks": render_template(
            "panels/checks.html",
            key=key,
            groups=groups(answers, clients),
            size=_size(draft, block_id, answers["html"], html) if html is not None else None,
            clients=compat().clients,
            chosen=clients,
        ),
        "inspector": render_template(
            "panels/inspector.html",
            entries=entries,
            **(_details(entries[0].exchange) if entries else {}),
        ),
        "source": render_template(
            "panels/source.html",
            html=html,
            lines=html_lines(html) if html else [],
            alone=_alone(draft, block_id, answers["html"]) if html else None,
        ),
    }


def _alone(draft: Draft, block_id: int, exchange: Exchange) -> str | None:
    block = draft.block(block_id)
    sent = exchange.request
    return block_page_url(block.plugin_id, sent["settings"], sent["styles"]) if block else None


def _size(draft: Draft, block_id: int, exchange: Exchange, html: str) -> Size:
    others = [block.html for block in draft.blocks if block.id != block_id]
    email = around(host_of_styles(exchange.request["styles"]))
    block, *rest = (len(text.encode("utf-8", "replace")) for text in (html, *others, *email))
    return Size(block, block + sum(rest))


def _details(exchange: Exchange) -> dict[str, Any]:
    text = exchange.content.decode("utf-8", "replace")
    is_json = exchange.response_json is not None
    return {
        "curl": curl(exchange),
        "sent": json_lines(exchange.request),
        "received": json_lines(exchange.response_json) if is_json else plain_lines(text),
    }


@panels.app_template_filter("clock")
def clock(at: float) -> str:
    """Write a moment's time of day as hh:mm:ss UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")


@panels.app_template_filter("size")
def size(count: int) -> str:
    """Write a number of bytes for people."""
    return f"{count} bytes" if count < 1000 else f"{count / 1000:.1f} kB"
