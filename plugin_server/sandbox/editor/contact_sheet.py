"""The contact sheet: every example of a plugin in every view, on one page.

The page's script (static/sandbox/contact_sheet.js) draws the views in frames, as the editor does, and
requests each example's HTML once for each email around it. ``plugin-server snapshot`` takes its pictures
from this page.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from plugin_server.examples.example_files import InvalidExample
from plugin_server.sandbox.context import creator, sandbox, visible_plugin, visible_plugins
from plugin_server.sandbox.editor.block_pages import STYLES, plugin_named
from plugin_server.sandbox.editor.examples import examples_of
from plugin_server.sandbox.editor.network_filter import remove_fetches
from plugin_server.sandbox.editor.view_options import HOSTS, NARROWEST, SWITCHES, WIDTHS, host_of

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
    """

    name: str
    label: str
    host: str
    width: int
    look: dict[str, str] = field(default_factory=dict)


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


@contact_sheet.get("/contact-sheet")
def show_first() -> ResponseReturnValue:
    """Show the contact sheet of the first plugin in the menu."""
    plugins = visible_plugins(creator())
    return show(str(plugins[0].id)) if plugins else _page()


@contact_sheet.get("/contact-sheet/<plugin>")
def show(plugin: str) -> ResponseReturnValue:
    """Show the contact sheet of a plugin, given by its id, its key or its name, ``post_list``.

    404 for an unknown plugin; 422 with a message when a file of an example is invalid.
    """
    found = plugin_named(plugin)
    try:
        examples = [
            {"name": each.name, "title": each.title, "settings": each.settings}
            for each in examples_of(found)
        ]
    except InvalidExample as problem:
        abort(422, str(problem))
    data = {
        "plugin": found.id,
        "handle": found.handle,
        "examples": examples,
        "views": [asdict(view) for view in VIEWS],
    }
    return _page(plugin=found, data=data)


@contact_sheet.post("/contact-sheet/<int:plugin_id>/html")
def render_example(plugin_id: int) -> Response:
    """Request a plugin's HTML from the app with ``{"settings": {…}, "host": name}``, and save nothing.

    Returns ``{"html", "errors"}``: either HTML or the messages that a creator reads.
    """
    body = request.get_json()
    settings = body.get("settings") if isinstance(body, dict) else None
    if not isinstance(settings, dict):
        abort(400, "settings must be an object.")
    styles = STYLES[host_of({"host": str(body.get("host"))})]
    exchange = sandbox().client.block_html(
        creator().id, visible_plugin(plugin_id), settings, styles
    )
    html, errors = exchange.html()
    return jsonify(html=remove_fetches(html), errors=errors)


def _page(**context: Any) -> str:
    return render_template(
        "contact_sheet.html", plugins=visible_plugins(creator()), views=VIEWS, **context
    )
