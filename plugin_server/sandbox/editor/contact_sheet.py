"""The contact sheet: every example of a plugin in every view, on one page.

The examples of a dynamic block are also there as every reader gets them.

The page's script (static/sandbox/contact_sheet.js) draws the views in frames, as the editor does, and
requests each example's HTML once for each email around it. ``plugin-server snapshot`` takes its pictures
from this page.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin_server.examples.example_files import ExampleSettings, InvalidExample
from plugin_server.sandbox.context import creator, sandbox, visible_plugin, visible_plugins
from plugin_server.sandbox.editor.block_pages import (
    STYLES,
    block_page_url,
    given_settings,
    host_of_styles,
    plugin_named,
)
from plugin_server.sandbox.editor.examples import examples_of
from plugin_server.sandbox.editor.network_filter import remove_fetches
from plugin_server.sandbox.editor.sent_html import pages_of
from plugin_server.sandbox.editor.view_options import HOSTS, NARROWEST, SWITCHES, WIDTHS, host_of
from plugin_server.sandbox.liquid.readers import FULL, READERS
from plugin_server.sandbox.records import Plugin

contact_sheet = Blueprint("contact_sheet", __name__)

# What depends on media queries is lost with these; a desktop would show no difference.
_ON_PHONES = {"nostyle", "nocomments"}


@dataclass(frozen=True)
class View:
    """One way to see an example.

    Attributes:
        name: part of the names of pictures, so it stays.
        label: for people.
        host: the email around the block.
        width: of the screen, in CSS pixels.
        look: the switches that are on, as the query of the editor has them.
        reader: whom a dynamic block is shown to, one of ``READERS``.
    """

    name: str
    label: str
    host: str
    width: int
    look: dict[str, str] = field(default_factory=dict)
    reader: str = FULL.name


_HOST = next(iter(HOSTS))
VIEWS = (
    *(View(host, label, host, WIDTHS["desktop"]) for host, label in HOSTS.items()),
    View("phone", "Phone", _HOST, WIDTHS["phone"]),
    *(
        View(
            switch.name,
            switch.label,
            _HOST,
            WIDTHS["phone" if switch.name in _ON_PHONES else "desktop"],
            {switch.name: "on"},
        )
        for switch in SWITCHES
    ),
    View("narrow", f"{NARROWEST} px", _HOST, NARROWEST),
)


def views_of(plugin: Plugin, host: str = _HOST) -> tuple[View, ...]:
    """Return the views of a plugin; those for the readers of a dynamic block are in the email ``host``."""
    return (*VIEWS, *_reader_views(host)) if plugin.dynamic else VIEWS


def _reader_views(host: str) -> Iterator[View]:
    for width, suffix, label in (("desktop", "", ""), ("phone", "_phone", ", phone")):
        for each in READERS.values():
            name = f"for_{each.name}{suffix}"
            yield View(name, f"{each.label}{label}", host, WIDTHS[width], reader=each.name)


def readers_url(plugin_id: int, settings: Mapping[str, Any], styles: object) -> str | None:
    """Return the URL of what every reader gets of a dynamic block, side by side.

    ``None`` when its settings are too long for one.
    """
    page = block_page_url(plugin_id, settings, styles)
    if page is None:
        return None
    host = host_of_styles(styles)
    shown = {
        "views": ",".join(view.name for view in _reader_views(host)),
        "whole": "on",
        "empties": "on",
    }
    path = url_for("contact_sheet.show", plugin=plugin_id)
    return f"{path}?{page.partition('?')[2]}&{urlencode(shown)}"


@contact_sheet.get("/contact-sheet")
def show_first() -> ResponseReturnValue:
    """Show the contact sheet of the first plugin in the menu."""
    plugins = visible_plugins(creator())
    return show(str(plugins[0].id)) if plugins else _page()


@contact_sheet.get("/contact-sheet/<plugin>")
def show(plugin: str) -> ResponseReturnValue:
    """Show the contact sheet of a plugin, given by its id, its key or its name, ``post_list``.

    With ``settings`` in the query, a JSON object, these are shown instead of the examples.
    404 for an unknown plugin; 422 with a message when a file of an example is invalid.
    """
    found, given = plugin_named(plugin), given_settings()
    try:
        examples = [ExampleSettings("settings", given)] if given is not None else examples_of(found)
    except InvalidExample as problem:
        abort(422, str(problem))
    views = views_of(found, host_of(request.args))
    data = {
        "plugin": found.id,
        "handle": found.handle,
        "examples": [
            {"name": each.name, "title": each.title, "settings": each.settings} for each in examples
        ],
        "is_given": given is not None,
        "views": [asdict(view) for view in views],
    }
    return _page(plugin=found, data=data, views=views)


@contact_sheet.post("/contact-sheet/<int:plugin_id>/html")
def render_example(plugin_id: int) -> Response:
    """Request a plugin's HTML from the app with ``{"settings": {…}, "host": name}``, and save nothing.

    Returns ``{"html", "errors"}``: either HTML or the messages that a creator reads; of a dynamic block,
    ``"readers"`` has these for each reader, with ``"marked"`` besides, the HTML with marks of what is empty,
    and ``"nothing"``, what to say where the HTML is blank.
    """
    body = request.get_json()
    settings = body.get("settings") if isinstance(body, dict) else None
    if not isinstance(settings, dict):
        abort(400, "settings must be an object.")
    styles = STYLES[host_of({"host": str(body.get("host"))})]
    plugin = visible_plugin(plugin_id)
    exchange = sandbox().client.block_html(creator().id, plugin, settings, styles)
    html, errors = exchange.html()
    if (pages := pages_of(plugin, html)) is None:
        return jsonify(html=remove_fetches(html), errors=errors)
    return jsonify(html="", errors=errors, readers={name: asdict(pages[name]) for name in pages})


def _page(**context: Any) -> str:
    return render_template(
        "contact_sheet.html", **{"plugins": visible_plugins(creator()), "views": VIEWS, **context}
    )
