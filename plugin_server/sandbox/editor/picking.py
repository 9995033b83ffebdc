"""Picking: what is known of one element of a block, from the picture to the template that wrote it."""

from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template

from plugin_server.findings.finding import Finding
from plugin_server.sandbox.checks.groups import source_of
from plugin_server.sandbox.client.exchange import Exchange
from plugin_server.sandbox.client.plugin_client import TEMPLATE_LINE
from plugin_server.sandbox.context import creator, own_draft, sandbox, visible_plugins
from plugin_server.sandbox.editor.panels import dynamic_html_of, groups_of
from plugin_server.sandbox.editor.sent_html import DynamicHtml
from plugin_server.sandbox.editor.start_tags import StartTag, start_tags, tag_at

picking = Blueprint("picking", __name__)


@picking.get("/editor/<int:draft_id>/blocks/<int:block_id>/tags/<int:number>")
def show_tag(draft_id: int, block_id: int, number: int) -> Response:
    """Return ``{"line", "html"}`` of a start tag: its line in the source, and a fragment about it.

    The fragment names the line of the template, if the plugin server knows it, and the findings of the
    element. 404 without a response that has such a tag.
    """
    block = own_draft(draft_id).block(block_id)
    exchange = sandbox().client.history.of_block((draft_id, block_id)).get("html")
    source = source_of(exchange) if exchange else None
    tags = start_tags(source or "")
    if block is None or exchange is None or number >= len(tags):
        abort(
            404,
            "Press Refresh first: the response that this element came from is not known any more.",
        )
    dynamic = dynamic_html_of(own_draft(draft_id), block_id, source)
    html = render_template(
        "panels/picked.html",
        tag=tags[number],
        template=_template_line(block.plugin_id, exchange, number),
        findings=_findings(exchange, tags, number, dynamic),
    )
    return jsonify(line=tags[number].line, html=html)


def _findings(
    exchange: Exchange, tags: tuple[StartTag, ...], number: int, dynamic: DynamicHtml | None
) -> list[Finding]:
    found = groups_of({"html": exchange}, dynamic)
    return [
        finding
        for group in found
        for finding in (*group.problems, *group.infos)
        if tag_at(tags, finding.place) == number
    ]


def _template_line(plugin_id: int, exchange: Exchange, number: int) -> dict[str, Any] | None:
    """Return the line of a template that wrote a tag; ``None`` if the plugin server does not know it."""
    plugin = next((p for p in visible_plugins(creator()) if p.id == plugin_id), None)
    if plugin is None or not exchange.header(TEMPLATE_LINE):
        return None
    traced = sandbox().client.template_line(creator().id, plugin, exchange.request_json, number)
    # The app's data may have changed, and with it the tags.
    if not isinstance(traced.response_json, dict) or source_of(traced) != source_of(exchange):
        return None
    line = traced.response_json.get("template_line")
    return line if isinstance(line, dict) else None
