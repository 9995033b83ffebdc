"""One HTML file with a block in every view, which opens anywhere without the sandbox.

It has no script and sends nothing: each view is a frame whose document is in the file, where neither scripts
nor forms nor links work. The sandbox's own pictures are in the file; those of other hosts are links, because
the sandbox fetches nothing that content names.
"""

import re
from base64 import b64encode

from flask import Blueprint, Response, make_response, render_template, url_for
from selectolax.lexbor import LexborHTMLParser

from plugin_server.sandbox.context import creator, sandbox
from plugin_server.sandbox.editor.block_pages import (
    block_page_url,
    email_around,
    page_for,
    plugin_named,
    requested_html,
)
from plugin_server.sandbox.editor.contact_sheet import VIEWS, View, views_of
from plugin_server.sandbox.editor.network_filter import remove_fetches
from plugin_server.sandbox.editor.sent_html import nothing_for, pages_of
from plugin_server.sandbox.kit.app import ASSETS

shared_file = Blueprint("shared_file", __name__)

# Of the email, only what is just before and after the block: a frame without scripts has a fixed height.
_NEAR = """<style>
.letter > :has(~ #blocks):not(:has(+ #blocks)), #blocks ~ * ~ * { display: none }
</style>"""
# Other mail clients invert in other ways; the editor's way needs a script.
_INVERTED = """<style>
html { background: #fff; filter: invert(1) hue-rotate(180deg) } img { filter: invert(1) hue-rotate(180deg) }
</style>"""


@shared_file.get("/preview/<plugin>/views.html")
def download(plugin: str) -> Response:
    """Download the file; the query and the errors are those of ``/preview/<plugin>``."""
    found = plugin_named(plugin)
    views, hosts = views_of(found), {view.host for view in VIEWS}
    sent = {host: requested_html(found, host) for host in hosts}
    pages = {host: pages_of(found, html) for host, html in sent.items()}

    def html_of(view: View) -> str:
        readers = pages[view.host]
        if readers is None:
            return _with_pictures(remove_fetches(sent[view.host]))
        html = page_for(readers, view.reader)
        return _with_pictures(html) if html.strip() else f"<p>{nothing_for(view.reader)}</p>"

    documents = [(view, _document(view, html_of(view))) for view in views]
    page = render_template("shared_file.html", plugin=found, views=documents, creator=creator())
    response = make_response(page.encode("utf-8", "replace"))
    response.headers["Content-Disposition"] = f'attachment; filename="{_file_name(found.handle)}"'
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def shared_file_url(plugin_id: int, settings: dict[str, object], styles: object) -> str | None:
    """Return the URL of a block's file; ``None`` when its settings are too long for one."""
    page = block_page_url(plugin_id, settings, styles)
    if page is None:
        return None
    path = url_for("shared_file.download", plugin=plugin_id)
    return f"{path}?{page.partition('?')[2]}"


def _file_name(handle: str) -> str:
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', handle) or 'block'}.html"


def _document(view: View, html: str) -> str:
    """Return the email of a view, as the simulated mail client shows it."""
    if view.look.keys() & {"nostyle", "nocomments", "noimages"}:
        html = _without(html, view)
    before, after = email_around(view.host)
    inverted = _INVERTED if "dark" in view.look else ""
    # As a complete document: a fragment's styles would end up before its doctype.
    before = before.replace("</head>", f"{_NEAR}{inverted}</head>")
    return f"{before}<div data-block>{html}</div>{after}"


def _without(html: str, view: View) -> str:
    if "nocomments" in view.look:
        html = re.sub(r"<!--.*?(?:-->|$)", "", html, flags=re.DOTALL)
    tree = LexborHTMLParser(html, is_fragment=True)
    if "nostyle" in view.look:
        for node in tree.css("style"):
            node.decompose()
    if "noimages" in view.look:
        for node in tree.css("[src], [srcset], [background]"):
            for name in {"src", "srcset", "background"} & node.attributes.keys():
                del node.attrs[name]
    return tree.html or ""


def _with_pictures(html: str) -> str:
    """Return the HTML with the sandbox's own pictures in it: another machine has no sandbox."""
    place = re.escape(f"{sandbox().config.base_url}/pictures/")
    return re.sub(rf"{place}([\w-]+\.png)", _data_url, html)


def _data_url(found: re.Match[str]) -> str:
    file = ASSETS / "pictures" / found[1]
    if not file.is_file():
        return found[0]
    return f"data:image/png;base64,{b64encode(file.read_bytes()).decode()}"
