"""The email editor: its pages, and the JSON endpoints of its scripts.

Requests to the app come from the sandbox's server, never from the browser, as in Kit. Only the
dashboard decides which URLs are requested.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from typing import Any, TypeGuard

from flask import (
    Blueprint,
    Response,
    abort,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue

from plugin_server.examples.example_files import InvalidExample
from plugin_server.sandbox.client.explanation import explain
from plugin_server.sandbox.client.simulations import SIMULATIONS, simulated
from plugin_server.sandbox.context import (
    NO_DRAFT,
    creator,
    digest_of_plugins,
    is_installed,
    own_draft,
    plugin_of,
    sandbox,
    visible_plugin,
    visible_plugins,
)
from plugin_server.sandbox.dashboard.settings_json import (
    defaults,
    dependencies,
    leaves,
    outline,
    read_settings,
)
from plugin_server.sandbox.editor.examples import examples_of
from plugin_server.sandbox.editor.panels import render_panels
from plugin_server.sandbox.editor.sent_html import reader_of, shown_to
from plugin_server.sandbox.editor.view_options import (
    HOSTS,
    NARROWEST,
    PANELS,
    SWITCHES,
    WIDEST,
    WIDTHS,
    ZONES,
    ViewOptions,
    host_of,
    read_view_options,
)
from plugin_server.sandbox.liquid.readers import READERS
from plugin_server.sandbox.records import Block, Draft, Plugin

editor = Blueprint("editor", __name__)

SUBJECT = "What the tide left on the quay"

# The frame shows HTML that came from an app. Neither its elements nor their attributes may run:
# the frame has no scripts by its sandbox attribute, and this policy repeats it for a browser that
# opens the URL directly. Images are the only thing that content can make the browser fetch, from any
# host, as in an inbox: without them a block could not be judged. The author of the block learns that
# it was shown; the switch "No images" prevents that.
_EMAIL_POLICY = (
    "default-src 'none'; script-src 'none'; style-src 'unsafe-inline';"
    " img-src http: https: data:; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'self'; sandbox allow-same-origin"
)


@editor.get("/editor")
def new() -> str:
    """Show the editor with a new email; it becomes a draft with its first change."""
    return _editor_page(None)


@editor.get("/editor/<int:draft_id>")
def edit(draft_id: int) -> str:
    """Show the editor with a stored draft; 404 for an unknown one or another creator's.

    A link with a block's plugin and settings then shows them in a new email.
    """
    view = read_view_options(request.args)
    draft = sandbox().store.find_draft(creator().id, draft_id)
    if draft is None and _named(view.plugin) is None:
        abort(404, NO_DRAFT)
    return _editor_page(draft)


@editor.get("/editor/email")
def email() -> Response:
    """Show the email around the blocks; the editor's script inserts the blocks."""
    page = make_response(render_template(f"hosts/{host_of(request.args)}.html", creator=creator()))
    page.headers["Content-Security-Policy"] = _EMAIL_POLICY
    page.headers["Referrer-Policy"] = "no-referrer"
    return page


@editor.get("/drafts")
def list_drafts() -> str:
    """List the creator's drafts, last edited first."""
    return render_template("drafts.html", drafts=sandbox().store.find_drafts(creator().id))


@editor.post("/drafts")
def create_draft() -> Response:
    """Create a draft; returns its ``id``."""
    subject = _text(_body().get("subject")) or SUBJECT
    return jsonify(id=sandbox().store.create_draft(creator().id, subject).id)


@editor.post("/drafts/<int:draft_id>/delete")
def delete_draft(draft_id: int) -> ResponseReturnValue:
    """Delete a draft."""
    sandbox().store.delete_draft(creator().id, draft_id)
    return redirect("/drafts", 303)


@editor.put("/editor/<int:draft_id>")
def save_subject(draft_id: int) -> Response:
    """Save the subject: ``{"subject": text}``."""
    subject = _text(_body().get("subject"))

    def change(draft: Draft) -> None:
        draft.subject = subject

    _change(draft_id, change)
    return jsonify(saved=True)


@editor.post("/editor/<int:draft_id>/blocks")
def insert_block(draft_id: int) -> Response:
    """Insert a block of the plugin ``{"plugin_id": id}``; returns the block and its ``form``.

    ``settings`` are the plugin's defaults and ``at``, its position, is the end unless they are given.
    """
    body = _body()
    plugin = visible_plugin(body.get("plugin_id"))
    start = body.get("settings")
    if not isinstance(start, dict):
        start = defaults(read_settings(plugin.settings_json))
    at = _position(body.get("at", len(own_draft(draft_id).blocks)))
    made: list[Block] = []
    _change(draft_id, lambda draft: made.append(draft.add_block(plugin.id, start, at)))
    return jsonify(_with_form(made[0]))


@editor.get("/editor/<int:draft_id>/blocks/<int:block_id>")
def show_block(draft_id: int, block_id: int) -> Response:
    """Return a block and its ``form``, HTML that is filled in with its stored settings.

    ``for`` in the query is the reader of a dynamic block.
    """
    return jsonify(_with_form(_block(draft_id, block_id)))


@editor.put("/editor/<int:draft_id>/blocks/<int:block_id>")
def change_block(draft_id: int, block_id: int) -> Response:
    """Save a block's ``settings`` or its position ``at``, without requesting its HTML from the app.

    ``{"at": null}`` removes the block from the email, and a position restores it.
    """
    body = _body()
    if "settings" in body:
        settings = _settings()
        _change_block(draft_id, block_id, lambda block: setattr(block, "settings", settings))
    if "at" in body:
        at = None if body["at"] is None else _position(body["at"])
        _change(draft_id, lambda draft: draft.place_block(block_id, at))
    return jsonify(saved=True)


@editor.post("/editor/<int:draft_id>/blocks/<int:block_id>/html")
def render_block(draft_id: int, block_id: int) -> Response:
    """Request a block's HTML from the app with ``{"settings": {…}, "styles": {…}}`` and save it.

    ``"simulate"`` is the name of a simulated failure, see ``simulations``, and ``"host"`` that of the
    email whose styles are sent. A dynamic block is shown ``"for"`` one of the readers.
    Returns ``{"html", "tags", "errors", "nothing", "panels"}``: either HTML, with the places of its tags (see
    ``shown_to``), or the messages that a creator reads, and the panels about them; see ``render_panels``.
    """
    settings, styles = _settings(), _body().get("styles")
    if not isinstance(styles, dict):
        abort(400, "styles must be an object.")
    host = host_of({"host": str(_body().get("host"))})
    plugin = visible_plugin(_block(draft_id, block_id).plugin_id)
    with _simulated(plugin.html_url) as url:
        target = replace(plugin, html_url=url)
        exchange = sandbox().client.block_html(creator().id, target, settings, styles)
    html, errors = exchange.html()

    def change(block: Block) -> None:
        block.settings, block.html, block.errors, block.host = settings, html, errors, host

    _change_block(draft_id, block_id, change)
    sandbox().client.history.add_for_block((draft_id, block_id), "html", exchange)
    shown = shown_to(plugin, html, reader_of(_body()))
    shown["errors"] = errors + shown["errors"]
    return jsonify(**shown, panels=render_panels(own_draft(draft_id), block_id))


@editor.post("/editor/<int:draft_id>/blocks/<int:block_id>/search/<name>")
def search(draft_id: int, block_id: int, name: str) -> Response:
    """Request the options of a search setting from the app: ``{"search": text, "settings": {…}}``.

    To restore a selection, ``search`` is the stored value; with multiselect the array of them.
    ``"simulate"`` is the name of a simulated failure, see ``simulations``.
    Returns ``{"options": [{"label", "value"}], "errors", "panels"}``; the last of the errors explains a
    request that failed.
    """
    settings, typed = _settings(), _body().get("search")
    plugin = visible_plugin(_block(draft_id, block_id).plugin_id)
    every = leaves(read_settings(plugin.settings_json))
    found = next((s for s in every if s["name"] == name and s["type"] == "search"), None)
    if found is None or not _is_search(typed):
        abort(404)
    given = {other: settings[other] for other in dependencies(found) if other in settings}
    with _simulated(found["request_url"]) as url:
        exchange = sandbox().client.search(creator().id, plugin, url, typed, given)
    if typed and settings.get(name) == typed:
        exchange = replace(exchange, restored=(typed,) if isinstance(typed, str) else tuple(typed))
    options, errors = exchange.options()
    errors += [str(failed)] if (failed := explain(exchange)) else []
    sandbox().client.history.add_for_block((draft_id, block_id), name, exchange)
    panels = render_panels(own_draft(draft_id), block_id)
    return jsonify(options=options, errors=errors, panels=panels)


def _editor_page(draft: Draft | None) -> str:
    view = read_view_options(request.args)
    plugins = visible_plugins(creator())
    pairs = [(block, _linked(block, view, plugins)) for block in draft.blocks] if draft else []
    blocks = [new for _, new in pairs]
    named = None if draft else _named(view.plugin)
    every = sandbox().store.find_all_plugins()
    data = {
        "draft": draft.id if draft else None,
        "blocks": [_shown(block) for block in blocks],
        "dynamic": [plugin.id for plugin in every if plugin.dynamic],
        "replaced": next((a.settings for a, b in pairs if a.settings != b.settings), None),
        "insert": {"plugin_id": named.id, "settings": view.settings} if named else None,
        "plugins": [
            {
                "id": p.id,
                "handle": p.handle,
                "settings": outline(read_settings(p.settings_json)),
            }
            for p in plugins
        ],
        "names": {p.id: p.name for p in every if p.set_aside or p in plugins},
        "version": sandbox().live_events.version(digest_of_plugins()),
    }
    return render_template(
        "editor.html",
        app=sandbox().store.find_app(),
        plugins=plugins,
        installed=is_installed(creator()),
        subject=draft.subject if draft else SUBJECT,
        data=data,
        forms=[_form(block) for block in blocks],
        zones=ZONES,
        view=view,
        hosts=HOSTS,
        switches=SWITCHES,
        simulations=SIMULATIONS,
        readers=READERS.values() if any(plugin.dynamic for plugin in every) else (),
        widths=WIDTHS,
        panels=PANELS,
        narrowest=NARROWEST,
        widest=WIDEST,
    )


def _linked(block: Block, view: ViewOptions, plugins: list[Plugin]) -> Block:
    """Return a block as the link specifies it, without HTML if the stored one was for other values.

    A block whose plugin was deleted retains its HTML: no app can render it again.
    """
    given = view.settings if block.id == view.block else None
    settings = block.settings if given is None else given
    known = any(plugin.id == block.plugin_id for plugin in plugins)
    if not known or (settings, view.host) == (block.settings, block.host):
        return block
    return replace(block, settings=settings, html="", errors=[])


def _with_form(block: Block) -> dict[str, Any]:
    return {**_shown(block), "form": render_template("form.html", form=_form(block), zones=ZONES)}


def _shown(block: Block) -> dict[str, Any]:
    """Return a block as the frames show it; the stored HTML stays as the app sent it."""
    shown = shown_to(plugin_of(block), block.html, reader_of(request.args))
    return {**asdict(block), **shown, "errors": block.errors + shown["errors"]}


def _form(block: Block) -> dict[str, Any]:
    """Return the template's data for a block's form; ``settings`` is ``None`` without a plugin."""
    plugin = next((p for p in visible_plugins(creator()) if p.id == block.plugin_id), None)
    if plugin is None:
        every = sandbox().store.find_all_plugins()
        set_aside = any(p.set_aside for p in every if p.id == block.plugin_id)
        return {"block": block, "settings": None, "set_aside": set_aside}
    form = {"block": block, "settings": read_settings(plugin.settings_json)}
    try:
        return {**form, "examples": examples_of(plugin) if form["settings"] else []}
    except InvalidExample as problem:
        return {**form, "examples_error": str(problem)}


def _simulated(url: str) -> AbstractContextManager[str]:
    kind = str(_body().get("simulate"))
    return simulated(kind, sandbox().store, creator().id, url)


def _body() -> dict[str, Any]:
    # Only application/json: a form on another site cannot send that Content-Type.
    body = request.get_json()
    if not isinstance(body, dict):
        abort(400, "Send a JSON object.")
    return body


def _settings() -> dict[str, Any]:
    settings = _body().get("settings")
    if not isinstance(settings, dict):
        abort(400, "settings must be an object.")
    return settings


def _is_search(value: Any) -> TypeGuard[str | list[str]]:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(each, str) for each in value)
    )


def _text(value: Any) -> str:
    return value.strip()[:250] if isinstance(value, str) else ""


def _position(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        abort(400, "at must be a position in the email, from 0.")
    return value


def _named(name: str) -> Plugin | None:
    """Return the plugin of that key or name, ``None`` for an unknown one."""
    plugins = visible_plugins(creator())
    by_handle = (p for p in plugins if p.handle == name)
    return next(by_handle, next((p for p in plugins if p.name == name), None))


def _block(draft_id: int, block_id: int) -> Block:
    block = own_draft(draft_id).block(block_id)
    if block is None:
        abort(404)
    return block


def _change(draft_id: int, change: Callable[[Draft], object]) -> Draft:
    own_draft(draft_id)
    changed = sandbox().store.change_draft(draft_id, change)
    if changed is None:
        abort(404)
    return changed


def _change_block(draft_id: int, block_id: int, change: Callable[[Block], object]) -> None:
    def apply(draft: Draft) -> None:
        # The block may have been removed before the app's response arrived.
        block = draft.block(block_id)
        if block is not None:
            change(block)

    _change(draft_id, apply)
