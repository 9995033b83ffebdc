"""A rehearsal of dynamic plugins: their Liquid, what subscribers get, and what the listing needs."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from flask import Flask
from support.servers.plugin_app import PatientServer
from support.servers.threads import serving

from plugin_server.sandbox.rehearsal.check import Outcome, Status
from plugin_server.sandbox.rehearsal.report import Report, as_text
from plugin_server.sandbox.store import Store

CART = "automation.acme.abandoned_cart"
GOOD = (
    f"{{% if {CART}.items.size > 0 %}}<div>"
    f"{{% for item in {CART}.items %}}"
    "<p>{{ item.title | default: 'A product' | escape }}</p>{% endfor %}"
    f'<a href="{{{{{CART}.checkout_url|escape}}}}" target="_blank">Go to your cart</a>'
    "</div>{% endif %}"
)
SAMPLE = {"items": [{"title": "A lamp"}], "checkout_url": "https://shop.example/cart"}


class Server:
    """A plugin server whose response is ``html``."""

    def __init__(self) -> None:
        self.html, self.url = "", ""

    def entries(self, html: str, **plugin: Any) -> dict[str, Any]:
        """Return the app with one dynamic plugin that responds with ``html``, and an event plugin."""
        self.html = html
        about = {
            "name": "Cart",
            "description": "What is left in a cart",
            "sort_order": 0,
            "html_url": f"{self.url}/html",
            "settings_json": [{"type": "text", "name": "heading", "label": "Heading"}],
            "active": True,
            "authorization": "none",
            "dynamic": "true",
            "identifier": "cart_block",
            "event": "abandoned_cart",
            **plugin,
        }
        event = {
            "name": "Abandoned cart",
            "description": "Somebody left",
            "identifier": "abandoned_cart",
            "sample_data": SAMPLE,
        }
        app = {"name": "Acme", "identifier": "acme"}
        return {"app": app, "plugins": [about], "events": [event]}


@pytest.fixture
def server() -> Iterator[Server]:
    plugin = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            content = json.dumps({"code": 200, "html": plugin.html}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None: ...

    http = PatientServer(("127.0.0.1", 0), Handler)
    with serving(http):
        plugin.url = f"http://127.0.0.1:{http.server_port}"
        yield plugin


def outcome(report: Report, id_: str) -> Outcome:
    """Return the outcome of the one check with this id."""
    [found] = [each for each in report.outcomes if each.check.id == id_]
    return found


def test_liquid_as_kit_recommends_passes(server: Server, rehearsed: Callable[..., Report]) -> None:
    report = rehearsed(server.entries(GOOD), "html", "listing")
    for id_ in ("html-liquid", "html-liquid-sent", "html-readers", "html-links", "html-size"):
        assert outcome(report, id_).status is Status.PASSED, as_text(report)
    refused = outcome(report, "html-refused")
    assert refused.status is Status.WARNING  # an event's URL may be any, and Kit shows it then
    assert "for hostile data (Kit refuses it), line 1: a javascript: URL" in refused.flaws[0]
    for id_ in ("listing-identifier", "listing-event"):
        assert outcome(report, id_).status is Status.PASSED
    notes = outcome(report, "html-liquid-sent").notes
    assert "without data" in notes[0]
    assert "checkout_url" in outcome(report, "listing-event").notes[0]


@pytest.mark.parametrize(
    ("html", "status", "words"),
    [
        (f"<p>{{{{ {CART}.note }}}}</p>", Status.FAILED, "the sample data has no note"),
        (GOOD.replace(" | escape", ""), Status.WARNING, '"item.title" is not escaped'),
        (GOOD.replace("abandoned_cart", "cart_block"), Status.FAILED, "own identifier"),
        (GOOD.replace("{% endif %}", ""), Status.FAILED, "{% if %} is never closed"),
        (GOOD.replace("escape", "money"), Status.FAILED, '"money" is a filter of Shopify'),
        ("{% if subscriber.fcity != blank %}a{% endif %}", Status.WARNING, "no custom field"),
    ],
)
def test_what_the_lint_finds_is_a_flaw(
    server: Server, rehearsed: Callable[..., Report], html: str, status: Status, words: str
) -> None:
    found = outcome(rehearsed(server.entries(html), "html", ids=["html-liquid"]), "html-liquid")
    assert found.status is status
    assert any(words in flaw and "line 1" in flaw for flaw in found.flaws), found.flaws


@pytest.mark.parametrize(
    ("html", "status", "words"),
    [
        ("{% for i in (1..100000) %}a{% endfor %}", Status.FAILED, "loops"),
        ("{% if a %}", Status.FAILED, "not closed"),
        ("{% if a == 'b' %}a{% endif %}", Status.WARNING, "shows anything to anybody"),
        (
            "{% if subscriber.first_name == nil %}a{% endif %}",
            Status.WARNING,
            "shows anything to a subscriber with all data",
        ),
    ],
)
def test_liquid_that_shows_nothing_is_found(
    server: Server, rehearsed: Callable[..., Report], html: str, status: Status, words: str
) -> None:
    report = rehearsed(server.entries(html), "html", ids=["html-liquid-sent"])
    found = outcome(report, "html-liquid-sent")
    assert found.status is status
    assert any(words in flaw for flaw in found.flaws), found.flaws


def test_kits_checks_are_made_of_what_subscribers_get(
    server: Server, rehearsed: Callable[..., Report]
) -> None:
    loop = f"{{% for item in {CART}.items %}}<script>a</script>{{% endfor %}}"
    html = f"{{% if {CART}.items.size > 0 %}}<div>{loop}</div>{{% endif %}}"
    report = rehearsed(server.entries(html), "html", ids=["html-refused"])
    found = outcome(report, "html-refused")
    assert found.status is Status.FAILED
    assert "Kit’s preview (Kit refuses it), line 1: <script>" in found.flaws[0]
    hidden = f"{{% if {CART}.nothing == 'x' %}}<script>a</script>{{% else %}}<p>b</p>{{% endif %}}"
    report = rehearsed(server.entries(hidden), "html", ids=["html-refused"])
    assert outcome(report, "html-refused").status is Status.PASSED


def test_an_event_s_data_needs_an_event_plugin(
    server: Server, rehearsed: Callable[..., Report]
) -> None:
    unlinked = server.entries(GOOD, event="")
    found = outcome(rehearsed(unlinked, "listing", ids=["listing-event"]), "listing-event")
    assert found.status is Status.FAILED
    assert "no event plugin is linked" in found.flaws[0]
    of_subscribers = server.entries("{% if subscriber.first_name != blank %}a{% endif %}", event="")
    found = outcome(rehearsed(of_subscribers, "listing", ids=["listing-event"]), "listing-event")
    assert found.status is Status.SKIPPED
    without_sample = server.entries(GOOD)
    without_sample["events"][0]["sample_data"] = {}
    found = outcome(rehearsed(without_sample, "listing", ids=["listing-event"]), "listing-event")
    assert found.flaws == ('The event plugin "abandoned_cart" has no sample data.',)


def test_identifiers_that_no_dashboard_takes_fail(
    server: Server, rehearsed: Callable[..., Report], sandbox: Flask
) -> None:
    rehearsed(server.entries(GOOD), "listing", ids=["listing-identifier"])
    store: Store = sandbox.extensions["sandbox"].store
    [plugin] = store.find_plugins()
    store.save_plugin(replace(plugin, identifier="abandoned_cart", event="gone"))
    store.save_plugin(replace(plugin, id=0, name="Other", identifier="abandoned_cart"))
    report = rehearsed(None, "listing", ids=["listing-identifier", "listing-event"])
    flaws = {(each.about, each.check.id): set(each.flaws) for each in report.outcomes}
    shared = {
        'Another plugin has the identifier "abandoned_cart".',
        'An event plugin has the identifier "abandoned_cart".',
    }
    assert flaws["Cart", "listing-identifier"] == shared
    assert flaws["Cart", "listing-event"] == {
        'There is no event plugin with the identifier "gone".'
    }
    store.save_plugin(replace(plugin, identifier="No Identifier"))
    report = rehearsed(None, "listing", ids=["listing-identifier"])
    assert report.outcomes[0].flaws == ('The identifier "No Identifier" has other characters.',)
