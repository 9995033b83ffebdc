"""Pages with one block and without the editor: for a phone, a test, or a link to share.

Nothing is stored for them. The settings are in the URL, and each visit requests the block from the app.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException, UnprocessableEntity

from plugin_server.examples.example_files import InvalidExample
from plugin_server.sandbox.client.explanation import explain
from plugin_server.sandbox.context import creator, sandbox, visible_plugins
from plugin_server.sandbox.dashboard.settings_json import defaults, read_settings
from plugin_server.sandbox.editor.examples import examples_of
from plugin_server.sandbox.editor.network_filter import remove_fetches
from plugin_server.sandbox.editor.sent_html import Page, pages_of, reader_of
from plugin_server.sandbox.editor.view_options import HOSTS
from plugin_server.sandbox.records import Plugin

block_pages = Blueprint("block_pages", __name__)

# As in the editor's frames; even in a tab of its own, this page has no origin.
POLICY = (
    "default-src 'none'; script-src 'none'; style-src 'unsafe-inline';"
    " img-src http: https: data:; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
# The styles that a browser computes for each email around the blocks, as the editor sends them.
STYLES: Mapping[str, Any] = json.loads(Path(__file__).with_name("host_styles.json").read_text())
# Characters that servers accept in a URL, with some room for its first part.
_LONGEST_URL = 7_500


@block_pages.get("/preview/<plugin>")
def show_email(plugin: str) -> Response:
    """Show an email with one block of a plugin, given by its id, its key or its name, ``post_list``.

    The query: ``settings``, a JSON object, or ``example``, the name of an example, or neither for
    the defaults; ``host``, the email around it; ``for``, the reader of a dynamic block.
    Errors are pages too: 400 for an invalid query, 404 for an unknown plugin or example, 422 when
    the app responds with errors or Kit would refuse the block, 502 when the app fails.
    """
    host = _host()
    html = block_html(plugin_named(plugin), host)
    before, after = email_around(host)
    return _page(f"{before}<div data-block>{html}</div>{after}")


@block_pages.get("/preview/<plugin>/raw")
def show_html(plugin: str) -> Response:
    """Show the block's HTML alone, exactly as the app sent it but for what ``remove_fetches`` removes.

    The query and errors are the same. Without ``for``, that of a dynamic block is its Liquid.
    """
    found, host = plugin_named(plugin), _host()
    if "for" in request.args:
        return _page(block_html(found, host))
    return _page(remove_fetches(requested_html(found, host)))


def block_page_url(plugin_id: int, settings: Mapping[str, Any], styles: object) -> str | None:
    """Return the URL of a block's page; ``None`` when its settings are too long for one."""
    host = host_of_styles(styles)
    text = json.dumps(settings, ensure_ascii=False, separators=(",", ":"))
    try:
        found = url_for("block_pages.show_email", plugin=plugin_id, settings=text, host=host)
    except UnicodeEncodeError:  # half a surrogate pair, which no URL can contain
        return None
    return found if len(found) <= _LONGEST_URL else None


def host_of_styles(styles: object) -> str:
    """Return the name of the email that has these computed styles, or of the default one."""
    return next((name for name, known in STYLES.items() if known == styles), next(iter(HOSTS)))


def email_around(host: str) -> tuple[str, str]:
    """Return the HTML before and after the blocks of an email, without the editor's own parts."""
    email = render_template(f"hosts/{host}.html", creator=creator())
    before, place, after = email.partition('<div id="blocks">')
    return before + place, after.partition('<div id="samples"')[0]


def _page(html: str) -> Response:
    page = make_response(html.encode("utf-8", "replace"))
    page.headers["Content-Security-Policy"] = POLICY
    page.headers["Referrer-Policy"] = "no-referrer"
    return page


def _host() -> str:
    host = request.args.get("host", next(iter(HOSTS)))
    if host not in HOSTS:
        abort(400, f"host must be one of {', '.join(HOSTS)}.")
    return host


def block_html(plugin: Plugin, host: str) -> str:
    """Return the HTML to show for the request's settings and reader, in an email.

    Aborts with 400, 404, 422 and 502 as ``show_email`` does.
    """
    html = requested_html(plugin, host)
    pages = pages_of(plugin, html)
    return remove_fetches(html) if pages is None else page_for(pages, reader_of(request.args))


def page_for(pages: Mapping[str, Page], reader: str) -> str:
    """Return the HTML that a reader of a dynamic block gets; aborts with 422 for a mistake in its Liquid."""
    page = pages[reader]
    if page.errors:
        raise UnprocessableEntity(" ".join(page.errors))
    return page.html


def requested_html(plugin: Plugin, host: str) -> str:
    """Return the HTML or Liquid that the app sends for the request's settings, in an email.

    Aborts with 400, 404, 422 and 502 as ``show_email`` does.
    """
    settings = _settings(plugin)
    exchange = sandbox().client.block_html(creator().id, plugin, settings, STYLES[host])
    html, errors = exchange.html()
    if errors:
        is_refusal = exchange.ok and not exchange.problem and exchange.response_json is not None
        kind = UnprocessableEntity if is_refusal else _AppFailed
        failed = explain(exchange)
        raise kind(" ".join([*errors, str(failed)] if failed else errors))
    return html


class _AppFailed(HTTPException):
    code = 502
    name = "The app returned no block"


def _settings(plugin: Plugin) -> dict[str, Any]:
    if (name := request.args.get("example")) is not None:
        try:
            found = next((each for each in examples_of(plugin) if each.name == name), None)
        except InvalidExample as problem:
            raise UnprocessableEntity(str(problem)) from None
        if found is None:
            abort(404, f"{plugin.name} has no example {name}.")
        return dict(found.settings)
    given = given_settings()
    return defaults(read_settings(plugin.settings_json)) if given is None else given


def given_settings() -> dict[str, Any] | None:
    """Return the settings in the request's query, ``None`` without any; aborts with 400 for anything else."""
    text = request.args.get("settings")
    if text is None:
        return None
    try:
        settings = json.loads(text)
    except (ValueError, RecursionError):
        settings = None
    if not isinstance(settings, dict):
        abort(400, "settings must be a JSON object.")
    return settings


def plugin_named(name_or_id: str) -> Plugin:
    """Return a plugin of the creator by its id, its key or its name as one word.

    Aborts with 404 when there is none, and with 403 when another site requests it in secret.
    """
    if (
        request.headers.get("Sec-Fetch-Site") == "cross-site"
        and request.headers.get("Sec-Fetch-Mode") != "navigate"
    ):
        # A link may come from anywhere, but no other page may trigger requests to the app in secret.
        abort(403, "Open this URL as a page.")
    plugins = visible_plugins(creator())
    # The key of one plugin may be the name of another.
    found = [p for p in plugins if name_or_id in {str(p.id), p.handle}]
    found += [p for p in plugins if name_or_id == p.slug]
    if not found:
        abort(404, "There is no such plugin in the dashboard.")
    return found[0]
