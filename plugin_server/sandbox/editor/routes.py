"""The email editor: its pages, and the JSON that its scripts exchange with the sandbox.

The sandbox's server calls the app, never the browser, as Kit's server does. Only what is stored in
the dashboard decides which address is called.
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

from plugin_server.examples.sample_texts import BadSample
from plugin_server.sandbox.client.simulations import SIMULATIONS, simulated
from plugin_server.sandbox.context import (
    NO_DRAFT,
    creator,
    is_installed,
    own_draft,
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
from plugin_server.sandbox.editor.network_filter import remove_fetches
from plugin_server.sandbox.editor.panels import draw_panels
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
from plugin_server.sandbox.records import Block, Draft, Plugin

editor = Blueprint("editor", __name__)

SUBJECT = "What the tide left on the quay"

# The frame shows HTML that came from an app. Neither its elements nor their attributes may run:
# the frame has no scripts by its sandbox attribute, and this policy says it again for whoever
# opens the address directly. Images are the one thing that content can have fetched, by the frame
# and from anywhere, as an inbox does: without them a block could not be judged. Whoever wrote the
# block learns that it was looked at; the switch "No images" asks for none.
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

    A link that carries a block's plugin and settings shows them in a new email then.
    """
    view = read_view_options(request.args)
    draft = sandbox().store.find_draft(creator().id, draft_id)
    if draft is None and _named(view.plugin) is None:
        abort(404, NO_DRAFT)
    return _editor_page(draft)


@editor.get("/editor/email")
def email() -> Response:
    """Show the email around the blocks; the editor's script puts the blocks in it."""
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
    """Make a draft: answers its ``id``."""
    subject = _text(_body().get("subject")) or SUBJECT
    return jsonify(id=sandbox().store.new_draft(creator().id, subject).id)


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
    """Insert a block of the plugin ``{"plugin_id": id}``: answers the block and its ``form``.

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
    """Answer a block with the ``form`` that its stored settings fill in, as HTML."""
    return jsonify(_with_form(_block(draft_id, block_id)))


@editor.put("/editor/<int:draft_id>/blocks/<int:block_id>")
def change_block(draft_id: int, block_id: int) -> Response:
    """Save a block's ``settings`` or its position ``at``, without asking the app for its HTML.

    ``{"at": null}`` takes the block out of the email, and a position puts it back.
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
    """Ask the app for a block's HTML with ``{"settings": {…}, "styles": {…}}`` and keep it.

    ``"simulate"`` names what goes wrong on the way, as in ``simulations``, and ``"host"`` the email
    whose styles are sent.
    Answers ``{"html", "errors", "panels"}``: either HTML or the sentences that a creator reads,
    and the panels about them; see ``draw_panels``.
    """
    settings, styles = _settings(), _body().get("styles")
    if not isinstance(styles, dict):
        abort(400, "styles must be an object.")
    host = host_of({"host": str(_body().get("host"))})
    plugin = visible_plugin(_block(draft_id, block_id).plugin_id)
    with _simulated(plugin.html_url) as url:
        asked = replace(plugin, html_url=url)
        exchange = sandbox().client.block_html(creator().id, asked, settings, styles)
    html, errors = exchange.html()

    def change(block: Block) -> None:
        block.settings, block.html, block.errors, block.host = settings, html, errors, host

    _change_block(draft_id, block_id, change)
    sandbox().client.history.keep((draft_id, block_id), "html", exchange)
    return jsonify(
        html=remove_fetches(html), errors=errors, panels=draw_panels(own_draft(draft_id), block_id)
    )


@editor.post("/editor/<int:draft_id>/blocks/<int:block_id>/search/<name>")
def search(draft_id: int, block_id: int, name: str) -> Response:
    """Ask the app for the options of a search setting: ``{"search": text, "settings": {…}}``.

    To restore a selection, ``search`` is the stored value; with multiselect the array of them.
    ``"simulate"`` names what goes wrong on the way, as in ``simulations``.
    Answers ``{"options": [{"label", "value"}], "errors", "panels"}``.
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
    sandbox().client.history.keep((draft_id, block_id), name, exchange)
    panels = draw_panels(own_draft(draft_id), block_id)
    return jsonify(options=options, errors=errors, panels=panels)


def _editor_page(draft: Draft | None) -> str:
    view = read_view_options(request.args)
    plugins = visible_plugins(creator())
    pairs = [(block, _linked(block, view, plugins)) for block in draft.blocks] if draft else []
    blocks = [new for _, new in pairs]
    named = None if draft else _named(view.plugin)
    data = {
        "draft": draft.id if draft else None,
        "blocks": [_shown(block) for block in blocks],
        "replaced": next((a.settings for a, b in pairs if a.settings != b.settings), None),
        "insert": {"plugin_id": named.id, "settings": view.settings} if named else None,
        "plugins": [
            {"id": p.id, "name": p.name, "settings": outline(read_settings(p.settings_json))}
            for p in plugins
        ],
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
        widths=WIDTHS,
        panels=PANELS,
        narrowest=NARROWEST,
        widest=WIDEST,
    )


def _linked(block: Block, view: ViewOptions, plugins: list[Plugin]) -> Block:
    """Return a block as the link wants it; without HTML when that was made for something else.

    A block whose plugin is gone keeps its HTML: there is nobody to ask for another.
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
    """Return a block as the frames get it; what is kept of it is as the app sent it."""
    return {**asdict(block), "html": remove_fetches(block.html)}


def _form(block: Block) -> dict[str, Any]:
    """Return what the form of a block is drawn from; ``settings`` is ``None`` without a plugin."""
    plugin = next((p for p in visible_plugins(creator()) if p.id == block.plugin_id), None)
    if plugin is None:
        return {"block": block, "settings": None}
    form = {"block": block, "settings": read_settings(plugin.settings_json)}
    try:
        return {**form, "examples": examples_of(plugin) if form["settings"] else []}
    except BadSample as problem:
        return {**form, "refused": str(problem)}


def _simulated(url: str) -> AbstractContextManager[str]:
    kind = str(_body().get("simulate"))
    return simulated(kind, sandbox().store, creator().id, url)


def _body() -> dict[str, Any]:
    # Only application/json: a form on another site cannot send that label.
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
    return next((p for p in visible_plugins(creator()) if p.name == name), None)


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
        # The block may have been removed while the app was answering.
        block = draft.block(block_id)
        if block is not None:
            change(block)

    _change(draft_id, apply)
