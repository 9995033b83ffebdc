"""The editor's panels: the checks of a block, the inspector of its requests, and its source.

The server renders them as HTML, and the page only shows them: lint, highlighting and curl commands
need no scripts there.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, jsonify, render_template, request, session
from flask.wrappers import Response

from plugin_server.findings.finding import Finding
from plugin_server.lint.compat import DEFAULT_CLIENTS, compat
from plugin_server.resources.packages import package_of
from plugin_server.sandbox.checks.groups import Group, Size, groups, source_of
from plugin_server.sandbox.client.body_formats import BODY_FORMATS
from plugin_server.sandbox.client.curl import curl
from plugin_server.sandbox.client.exchange import Exchange
from plugin_server.sandbox.client.exchange_history import BlockKey
from plugin_server.sandbox.client.explanation import explain
from plugin_server.sandbox.client.python_test import python_test
from plugin_server.sandbox.context import creator, own_draft, plugin_of, sandbox
from plugin_server.sandbox.dashboard.settings_json import leaves, read_settings
from plugin_server.sandbox.editor.block_pages import block_page_url, email_around, host_of_styles
from plugin_server.sandbox.editor.contact_sheet import readers_url
from plugin_server.sandbox.editor.highlight import html_lines, json_lines, plain_lines
from plugin_server.sandbox.editor.sent_html import DynamicHtml, dynamic_html, readers_of_test
from plugin_server.sandbox.editor.shared_file import shared_file_url
from plugin_server.sandbox.editor.start_tags import start_tags, tag_at
from plugin_server.sandbox.liquid.readers import FULL
from plugin_server.sandbox.records import Draft

panels = Blueprint("panels", __name__)


@panels.get("/editor/<int:draft_id>/blocks/<int:block_id>/panels")
def show_panels(draft_id: int, block_id: int) -> Response:
    """Return ``{"panels": …}`` of a block in its present state; see ``render_panels``."""
    return jsonify(panels=render_panels(own_draft(draft_id), block_id))


@panels.post("/editor/<int:draft_id>/blocks/<int:block_id>/clients")
def choose_clients(draft_id: int, block_id: int) -> Response:
    """Choose the mail clients to check for in this browser, ``{"clients": [name, …]}``."""
    body = request.get_json()
    names = body.get("clients") if isinstance(body, dict) else None
    if not isinstance(names, list):
        abort(400, "clients must be a list.")
    session["clients"] = [name for name in compat().clients if name in names]
    return jsonify(panels=render_panels(own_draft(draft_id), block_id))


@panels.get("/requests/<int:number>")
def show_request(number: int) -> Response:
    """Return ``{"html": fragment}`` of one of the creator's last requests; 404 for an older one."""
    found = next((e for e in sandbox().client.history.last(creator().id) if e.id == number), None)
    if found is None:
        abort(404, "This request is no longer among the last ones.")
    html = render_template("panels/request.html", entry=found, **_details(found.exchange))
    return jsonify(html=html)


def render_panels(draft: Draft, block_id: int) -> dict[str, Any]:
    """Return ``{"number", "checks", "inspector", "source", "why"}`` of a block, all but the first as HTML.

    ``why`` explains a request that failed, and is empty after one that did not.

    A higher number was rendered later: responses can overtake each other.
    """
    number = time.monotonic_ns()  # not reset by a restart of the sandbox
    key: BlockKey = (draft.id, block_id)
    history = sandbox().client.history
    exchanges = history.of_block(key)
    html = source_of(exchanges["html"]) if "html" in exchanges else None
    entries = history.last(creator().id)
    clients = chosen_clients()
    failed = explain(exchanges["html"]) if "html" in exchanges else None
    dynamic = dynamic_html_of(draft, block_id, html)
    return {
        "number": number,
        "why": render_template("panels/why.html", explanation=failed) if failed else "",
        "checks": render_template(
            "panels/checks.html",
            key=key,
            groups=groups_of(exchanges, dynamic),
            size=_size(draft, block_id, exchanges["html"], _sent(dynamic, html))
            if html is not None
            else None,
            clients=compat().clients,
            chosen=clients,
            tag_of=_tags_of(html or ""),
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
            tags=_first_tags(html or ""),
            alone=_block_page_url(draft, block_id, exchanges["html"]) if html else None,
            file=_shared_file_url(draft, block_id, exchanges["html"]) if html else None,
            sheet=_sheet_url(draft, block_id, exchanges["html"]) if dynamic else None,
        ),
    }


def chosen_clients() -> list[str]:
    """Return the mail clients that are checked for in this browser."""
    return list(session.get("clients", DEFAULT_CLIENTS))


def _tags_of(html: str) -> Callable[[Finding], int | None]:
    """Return a function that takes a finding, and returns the number of the start tag that it is about.

    ``None`` if it is about none: what is written in Liquid is only about a tag of its own line.
    """
    tags = start_tags(html)

    def tag_of(finding: Finding) -> int | None:
        number = None if finding.place.file else tag_at(tags, finding.place)
        is_liquid = finding.code.startswith("liquid")
        if number is not None and is_liquid and tags[number].line != finding.place.line:
            return None
        return number

    return tag_of


def _first_tags(html: str) -> dict[int, int]:
    """Return the number of the first start tag of each line that has one."""
    return {tag.line: number for number, tag in reversed([*enumerate(start_tags(html))])}


def _block_page_url(draft: Draft, block_id: int, exchange: Exchange) -> str | None:
    block = draft.block(block_id)
    sent = exchange.request_json
    return block_page_url(block.plugin_id, sent["settings"], sent["styles"]) if block else None


def _shared_file_url(draft: Draft, block_id: int, exchange: Exchange) -> str | None:
    block = draft.block(block_id)
    sent = exchange.request_json
    return shared_file_url(block.plugin_id, sent["settings"], sent["styles"]) if block else None


def _sheet_url(draft: Draft, block_id: int, exchange: Exchange) -> str | None:
    block = draft.block(block_id)
    sent = exchange.request_json
    return readers_url(block.plugin_id, sent["settings"], sent["styles"]) if block else None


def dynamic_html_of(draft: Draft, block_id: int, html: str | None) -> DynamicHtml | None:
    """Return what readers get of a block's last response; ``None`` if it is not Liquid."""
    block = draft.block(block_id)
    return dynamic_html(plugin_of(block), html) if block and html else None


def groups_of(exchanges: dict[str, Exchange], dynamic: DynamicHtml | None) -> list[Group]:
    """Return the findings in a block's last responses for the mail clients that were chosen."""
    if dynamic is None:
        return groups(exchanges, chosen_clients())
    return groups(exchanges, chosen_clients(), dynamic.sent, dynamic.known)


def _sent(dynamic: DynamicHtml | None, html: str) -> str:
    """Return the HTML whose size counts: of a dynamic block, what a subscriber with all data gets."""
    return dynamic.sent[FULL.name].html if dynamic else html


def _size(draft: Draft, block_id: int, exchange: Exchange, html: str) -> Size:
    others = [block.html for block in draft.blocks if block.id != block_id]
    email = email_around(host_of_styles(exchange.request_json["styles"]))
    block, *rest = (len(text.encode("utf-8", "replace")) for text in (html, *others, *email))
    return Size(block, block + sum(rest))


def _details(exchange: Exchange) -> dict[str, Any]:
    text = exchange.response_body.decode("utf-8", "replace")
    is_json = exchange.response_json is not None
    return {
        "curl": curl(exchange),
        "python_test": _python_test(exchange),
        "sent": plain_lines(exchange.request_text)
        if exchange.body_format == "form"
        else json_lines(exchange.request_json),
        "body_format": BODY_FORMATS.get(exchange.body_format),
        "all_formats": BODY_FORMATS.values(),
        "received": json_lines(exchange.response_json) if is_json else plain_lines(text),
    }


def _python_test(exchange: Exchange) -> str | None:
    """Return the test for a request, with ``plugin_server.testing`` if a block of this server got it."""
    for plugin in sandbox().store.find_plugins():
        searches = [s for s in leaves(read_settings(plugin.settings_json)) if s["type"] == "search"]
        names = {each["request_url"]: each["name"] for each in searches}
        if exchange.url in {plugin.html_url, *names}:
            is_own = plugin.html_url.endswith(f"/blocks/{plugin.key}/html")
            block = plugin.key if is_own and package_of(plugin.key) else None
            readers = readers_of_test(plugin) if plugin.dynamic else ()
            return python_test(exchange, block, names.get(exchange.url, ""), readers)
    return python_test(exchange, None)


@panels.app_template_filter("clock")
def clock(at: float) -> str:
    """Format the time of day of a Unix time as hh:mm:ss UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")


@panels.app_template_filter("size")
def size(count: int) -> str:
    """Format a number of bytes for people."""
    return f"{count} bytes" if count < 1000 else f"{count / 1000:.1f} kB"
