"""What a block's HTML may have a browser fetch: the pictures of its ``<img>``, and nothing else."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect
from support.servers.threads import serving

from plugin_server.sandbox.editor.network_filter import remove_fetches

X = "http://x.example.com"
# Everything that could fetch, each with a URL of its own in place of "@".
FETCHING = {
    "prefetch": '<link rel="prefetch" href="@">',
    "preload": '<link rel="preload" as="image" href="@">',
    "modulepreload": '<link rel="modulepreload" href="@">',
    "prerender": '<link rel="prerender" href="@">',
    "stylesheet": '<link rel="stylesheet" href="@">',
    "icon": '<link rel="icon" href="@">',
    "manifest": '<link rel="manifest" href="@">',
    "dns-prefetch": '<link rel="dns-prefetch" href="@">',
    "preconnect": '<link rel="preconnect" href="@">',
    "in noscript": '<noscript><link rel="prefetch" href="@"></noscript>',
    "in a select": '<select><link rel="prefetch" href="@"></select>',
    "in a shadow root": (
        '<div><template shadowrootmode="open"><link rel="prefetch" href="@"></template></div>'
    ),
    "in svg": '<svg><foreignObject><link rel="prefetch" href="@"></foreignObject></svg>',
    "refresh": '<meta http-equiv="refresh" content="0;url=@">',
    "base": '<base href="@"><a href="x">x</a>',
    "object": '<object data="@"></object>',
    "embed": '<embed src="@">',
    "iframe": '<iframe src="@"></iframe>',
    "srcdoc": "<iframe srcdoc='<img src=@>'></iframe>",
    "fenced frame": '<fencedframe src="@"></fencedframe>',
    "portal": '<portal src="@"></portal>',
    "poster": '<video poster="@"></video>',
    "video": '<video src="@" autoplay></video>',
    "audio": '<audio src="@" autoplay></audio>',
    "source": '<picture><source srcset="@"><img alt="" width="1"></picture>',
    "track": '<video><track default src="@"></video>',
    "input": '<input type="image" alt="" src="@">',
    "svg image": '<svg><image href="@" width="9" height="9"/></svg>',
    "svg image, older": '<svg><image xlink:href="@" width="9" height="9"/></svg>',
    "svg use": '<svg><use href="@#a"/></svg>',
    "svg feImage": '<svg><filter id="f"><feImage href="@"/></filter><rect filter="url(#f)"/></svg>',
    "svg animation": '<svg><image width="9" height="9"><set attributeName="href" to="@"/></image></svg>',
    "svg paint": '<svg><rect fill="url(@#a)" width="9" height="9"/></svg>',
    "background": '<table background="@"><tr><td background="@">x</td></tr></table>',
    "style attribute": '<p style="background: url(@)">x</p>',
    "style, escaped": r'<p style="background: u\72l(@)">x</p>',
    "style element": "<style>p { background: url(@) }</style><p>x</p>",
    "import": '<style>@@import "@";</style>',
    "font": "<style>@@font-face { font-family: f; src: url(@) } p { font-family: f }</style><p>x</p>",
    "speculation": '<script type="speculationrules">{"prefetch":[{"urls":["@"]}]}</script>',
    "script": '<script src="@"></script>',
    "attribution": '<a href="/x" attributionsrc="@">x</a>',
    "ping": '<a href="/x" ping="@">x</a>',
}


def written(name: str, url: str) -> str:
    return FETCHING[name].replace("@@", "\0").replace("@", url).replace("\0", "@")


@pytest.mark.parametrize("name", FETCHING)
def test_nothing_is_left_to_fetch(name: str) -> None:
    left = remove_fetches(f"<p>Before</p>{written(name, X)}<p>After</p>")
    assert X not in left
    assert "Before" in left
    assert "After" in left
    assert remove_fetches(left) == left


@pytest.mark.parametrize(
    "html",
    [
        "<p>Grüße\r\n&amp; 港</p>\n",
        f'<img src="{X}/a.png" srcset="{X}/b.png 2x" alt="">',
        f'<a href="{X}" target=_blank>x</a><map><area href="{X}"></map>',
        '<svg><defs><path id="a"/></defs><use href="#a"/><use xlink:href="#a"/></svg>',
        "<!--[if mso]><table><tr><td><![endif]--><p>x<!--[if mso]></td></tr></table><![endif]-->",
        "<style>@media (max-width: 600px) { .x { width: 100% !important } }</style><p class=x>x",
        f"<blockquote cite='{X}'>x</blockquote>",
        '<meta charset="utf-8"><meta name="color-scheme" content="light dark"><p>x',
        '<meta http-equiv="Content-Type" content="text/html; charset=utf-8"><p>x',
        "<tr><td>x",
        "&lt;link rel=prefetch&gt;",
        "<div>" * 2_000 + "x",
    ],
)
def test_what_fetches_nothing_else_stays_to_the_character(html: str) -> None:
    assert remove_fetches(html) == html


def test_what_is_too_deep_to_judge_is_not_shown() -> None:
    assert remove_fetches("<div>" * 2_000 + written("prefetch", X)) == ""


def test_what_stands_around_is_kept() -> None:
    inner = f'<p>a{written("prefetch", X)}<b style="color: red">b</b></p><!-- c -->'
    assert remove_fetches(inner) == '<p>a<b style="color: red">b</b></p><!-- c -->'
    head, body = f"<head>{written('preconnect', X)}</head>", f'<body background="{X}">x</body>'
    assert (
        remove_fetches(f"<!DOCTYPE html><html>{head}{body}</html>")
        == "<!DOCTYPE html><html><head></head><body>x</body></html>"
    )


class Elsewhere:
    """Another host, which records the requests that it gets."""

    def __init__(self) -> None:
        self.url = ""
        self.requested: list[str] = []


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    found = Elsewhere()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.requested.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "image/svg+xml")
            self.end_headers()
            self.wfile.write(b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')

        do_POST = do_GET

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        found.url = f"http://127.0.0.1:{server.server_port}"
        yield found


def everything(url: str) -> str:
    """All of it that Kit does not refuse, and two pictures, of which the last is fetched last."""
    refused = (
        *("iframe", "srcdoc", "poster", "video", "audio", "track", "input", "script"),
        *("speculation", "stylesheet", "import", "font", "style attribute", "style, escaped"),
        *("style element", "svg paint", "svg feImage"),
    )
    parts = [
        written(name, f"{url}/{number}")
        for number, name in enumerate(FETCHING)
        if name not in refused
    ]
    return f'<img alt="" src="{url}/first">{"".join(parts)}<img alt="Last" src="{url}/last">'


@pytest.mark.parametrize("path", ["/preview/1", "/preview/1/raw"])
def test_a_block_alone_has_only_its_images_fetched(
    chromium: Browser, installed: httpx2.Client, foreign: Any, elsewhere: Elsewhere, path: str
) -> None:
    foreign.responses["/html"] = {"code": 200, "html": everything(elsewhere.url)}
    page = chromium.new_page(base_url=str(installed.base_url))
    page.goto(path)
    expect(page.get_by_role("img", name="Last")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert sorted(elsewhere.requested) == ["/first", "/last"]
    assert page.url == str(installed.base_url.join(path))
    page.close()


def test_a_block_in_the_editor_has_only_its_images_fetched(
    editor: Page, foreign: Any, elsewhere: Elsewhere
) -> None:
    foreign.responses["/html"] = {"code": 200, "html": everything(elsewhere.url)}
    foreign.responses["/search"] = {"data": [{"label": "One", "value": "p1"}]}
    editor.get_by_test_id("insert-post").click()
    editor.locator('[data-setting="post"] input[role=combobox]').click()
    editor.get_by_role("option", name="One", exact=True).click()
    block = editor.frame_locator('[data-view="desktop"]').locator("[data-block]")
    expect(block.get_by_role("img", name="Last")).to_have_js_property("complete", True)
    assert block.locator("link, meta").count() == 0
    editor.reload()  # and again from the draft
    expect(block.get_by_role("img", name="Last")).to_have_js_property("complete", True)
    assert block.locator("link, meta").count() == 0
    # The source is shown as it was received.
    editor.get_by_role("tab", name="Source").click()
    expect(editor.get_by_role("tabpanel", name="Source")).to_contain_text('rel="prefetch"')
    # Requested after all of it has arrived, so that nothing of it can arrive any more.
    picture = f'<img alt="After" src="{elsewhere.url}/after">'
    foreign.responses["/html"] = {"code": 200, "html": picture}
    editor.get_by_test_id("refresh").click()
    expect(block.get_by_role("img", name="After")).to_have_js_property("complete", True)
    assert set(elsewhere.requested) == {"/first", "/last", "/after"}


@pytest.mark.parametrize("path", ["/editor/email", "/preview/1", "/preview/1/raw", "/editor"])
def test_the_hosts_of_links_are_not_looked_up(installed: httpx2.Client, path: str) -> None:
    assert installed.get(path).headers["X-DNS-Prefetch-Control"] == "off"
