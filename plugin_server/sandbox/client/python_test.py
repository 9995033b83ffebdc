"""A request to an app as a test for pytest: of this server's blocks without HTTP, of others over it."""

import re
from collections.abc import Mapping, Sequence
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
_OWN_LIQUID = """from liquid import Environment

from plugin_server.testing import judge, render

SETTINGS = {settings}
{readers}


def test_{name}() -> None:
    template = Environment().from_string(render({block}, SETTINGS))
    sent = [template.render(each) for each in READERS]
    # A reader may get nothing of it, but not each of them.
    assert any(html.strip() for html in sent)
    assert [found for html in sent if html.strip() for found in judge(html)] == []
"""
_OWN_SEARCH = """from plugin_server.testing import search


def test_{name}_search() -> None:
    options = search({block}, {setting}, {typed})
    assert [option.label for option in options]
"""
_OVER_HTTP = """{imports}

URL = {url}
REQUEST = {body}
{readers}

def test_{name}() -> None:
    response = httpx2.post(URL, json=REQUEST{headers}, timeout=10)
    assert response.status_code == 200, response.text
{assertions}
"""
_HTML_ASSERTIONS = """    html = response.json()["html"]
    assert html.strip()
    assert "<script" not in html.lower()"""
_LIQUID_ASSERTIONS = """    template = Environment().from_string(response.json()["html"])
    sent = [template.render(each) for each in READERS]
    # A reader may get nothing of it, but not each of them.
    assert any(html.strip() for html in sent)
    assert "<script" not in "".join(sent).lower()"""
_READERS = """# What Liquid knows of a subscriber with all data, and of one without.
READERS = {readers}
"""
_SEARCH_ASSERTIONS = """    for option in response.json()["data"]:
        assert {"label", "value"} <= option.keys()"""


def python_test(
    exchange: Exchange,
    block: str | None,
    setting: str = "",
    readers: Sequence[Mapping[str, Any]] = (),
) -> str | None:
    """Return the source of a test that sends the same request, ``None`` when there is none.

    OAuth requests have none, nor has one that is nested too deeply. The access token is not in it: the test
    reads it from the variable ``TOKEN``.

    Args:
        exchange: the request and its response.
        block: the name of this server's block; ``None`` for a plugin elsewhere.
        setting: the name of the search setting, for a search.
        readers: of a dynamic block, what its Liquid knows for some readers, for whom the test renders it.
    """
    body: object = exchange.request_json  # masked, it may be a text
    if exchange.kind not in {"html", "search"} or not isinstance(body, dict):
        return None
    try:
        return _test(exchange, body, block, setting, readers)
    except RecursionError:
        return None


def _test(
    exchange: Exchange,
    body: dict[str, Any],
    block: str | None,
    setting: str,
    readers: Sequence[Mapping[str, Any]],
) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", (block or exchange.kind).lower()).strip("_") or "block"
    is_liquid = bool(readers) and exchange.kind == "html"
    given = _READERS.format(readers=_source([*readers])) if is_liquid else ""
    if block and exchange.kind == "html":
        settings = _source(body["settings"])
        template = _OWN_LIQUID if is_liquid else _OWN_HTML
        return template.format(
            name=name, block=repr(block), settings=settings, readers=given.rstrip()
        )
    typed = body.get("search")
    if block and isinstance(typed, str):
        return _OWN_SEARCH.format(
            name=name, block=repr(block), setting=repr(setting), typed=repr(typed)
        )
    token = exchange.authorized
    imports = ["import httpx2", *(["from liquid import Environment"] if is_liquid else [])]
    assertions = _LIQUID_ASSERTIONS if is_liquid else _HTML_ASSERTIONS
    return _OVER_HTTP.format(
        imports="\n".join((["import os", ""] if token else []) + imports),
        readers=given,
        url=repr(exchange.url),
        body=_source(body),
        name=name,
        headers=', headers={"Authorization": f"Bearer {os.getenv(\'TOKEN\')}"}' if token else "",
        assertions=assertions if exchange.kind == "html" else _SEARCH_ASSERTIONS,
    )


def _source(value: Any) -> str:
    """Return a parsed JSON value as Python source; what is text in it stays text."""
    return pformat(value, width=_WIDTH, sort_dicts=False)
