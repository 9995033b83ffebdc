"""A request to an app as a test for pytest: of this server's blocks without HTTP, of others over it."""

import re
from pprint import pformat
from typing import Any

from plugin_server.sandbox.client.exchange import Exchange

_WIDTH = 92

_OWN_HTML = """from plugin_server.testing import judge, render

SETTINGS = {settings}


def test_{name}() -> None:
    # The made-up account; give another one as the third argument.
    html = render({block}, SETTINGS)
    assert judge(html) == []
"""
_OWN_SEARCH = """from plugin_server.testing import search


def test_{name}_search() -> None:
    options = search({block}, {setting}, {typed})
    assert [option.label for option in options]
"""
_OVER_HTTP = """{imports}

URL = {url}
REQUEST = {body}


def test_{name}() -> None:
    response = httpx2.post(URL, json=REQUEST{headers}, timeout=10)
    assert response.status_code == 200, response.text
{assertions}
"""
_HTML_ASSERTIONS = """    html = response.json()["html"]
    assert html.strip()
    assert "<script" not in html.lower()"""
_SEARCH_ASSERTIONS = """    for option in response.json()["data"]:
        assert {"label", "value"} <= option.keys()"""


def python_test(exchange: Exchange, block: str | None, setting: str = "") -> str | None:
    """Return the source of a test that sends the same request, ``None`` when there is none.

    OAuth requests have none, nor has one that is nested too deeply. The access token is not in it: the test
    reads it from the variable ``TOKEN``.

    Args:
        exchange: the request and its response.
        block: the name of this server's block; ``None`` for a plugin elsewhere.
        setting: the name of the search setting, for a search.
    """
    body: object = exchange.request_json  # masked, it may be a text
    if exchange.kind not in {"html", "search"} or not isinstance(body, dict):
        return None
    try:
        return _test(exchange, body, block, setting)
    except RecursionError:
        return None


def _test(exchange: Exchange, body: dict[str, Any], block: str | None, setting: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", (block or exchange.kind).lower()).strip("_") or "block"
    if block and exchange.kind == "html":
        return _OWN_HTML.format(name=name, block=repr(block), settings=_source(body["settings"]))
    typed = body.get("search")
    if block and isinstance(typed, str):
        return _OWN_SEARCH.format(
            name=name, block=repr(block), setting=repr(setting), typed=repr(typed)
        )
    token = exchange.authorized
    return _OVER_HTTP.format(
        imports="import os\n\nimport httpx2" if token else "import httpx2",
        url=repr(exchange.url),
        body=_source(body),
        name=name,
        headers=', headers={"Authorization": f"Bearer {os.getenv(\'TOKEN\')}"}' if token else "",
        assertions=_HTML_ASSERTIONS if exchange.kind == "html" else _SEARCH_ASSERTIONS,
    )


def _source(value: Any) -> str:
    """Return a parsed JSON value as Python source; what is text in it stays text."""
    return pformat(value, width=_WIDTH, sort_dicts=False)
