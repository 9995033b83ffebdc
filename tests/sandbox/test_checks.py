"""What the Checks tab says of responses, each sent by an app that is not ours."""

import json
from typing import Any

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser

from plugin_server.findings.finding import Severity
from plugin_server.sandbox.checks.contract import SLOW, TOO_SLOW, html_findings
from plugin_server.sandbox.client.exchange import Exchange

STYLES = {"p": {"color": "rgb(45, 42, 38)"}}
GOOD = '<p style="color:#2d2a26">Hello</p>'
AN_OPTION = {"label": "One", "value": "1"}


def checks(response: httpx2.Response) -> dict[str, list[str]]:
    """Return what each group of the fragment says: its findings, or the sentence without any."""
    assert response.status_code == 200, response.text
    found: dict[str, list[str]] = {}
    for node in LexborHTMLParser(response.json()["panels"]["checks"]).css("h3, li, p.good"):
        text = " ".join(node.text().split())
        if node.tag == "h3":
            found[text] = findings = []
        else:
            findings.append(text)
    return found


def of_html(browser: httpx2.Client, block: str) -> dict[str, list[str]]:
    return checks(browser.post(f"{block}/html", json={"settings": {}, "styles": STYLES}))


def of_search(
    browser: httpx2.Client, block: str, search: object = "", **settings: object
) -> list[str]:
    body = {"settings": settings, "search": search}
    return checks(browser.post(f"{block}/search/post", json=body))["Search of post"]


def test_nothing_is_said_against_a_good_response(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    foreign.responses["/html"] = {"code": 200, "html": GOOD}
    assert of_html(installed, block) == {
        "Size": [],
        "Kit": ["Kit refuses nothing of it."],
        "Response": ["It has the shape that Kit requires."],
        "HTML": ["Every tag has its place and its end."],
        "Accessibility": ["No problems found."],
        "Mail clients": ["No problems found."],
    }


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>x</p>\n</td></tr></table>", "</td> closes nothing: no <td> is open here"),
        ("<p>x</p>\n<div>", "<div> is never closed"),
        ("<p>x</p>\n<p title='a>b</p>", "a quote in it is never closed"),
        ("<p>x</p>\n<!-- open", "comment that never ends"),
    ],
)
def test_tags_that_do_not_fit_together_are_reported_with_their_line(
    installed: httpx2.Client, foreign: Any, block: str, html: str, words: str
) -> None:
    foreign.responses["/html"] = {"code": 200, "html": html}
    said = of_html(installed, block)["HTML"][0]
    assert words in said
    assert "line 2" in said


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", "The response is empty"),
        (b'{"code": 200,\n "html": }', "not JSON at line 2, column 10"),
        (b'\xef\xbb\xbf{"code": 200, "html": "x"}', "starts with a byte order mark"),
        (b'{"code": 200, "html": "\xff"}', "Byte 23 of the response is not UTF-8"),
        (b'{"code": 200, "html": "a", "html": "b"}', '"html" stands twice'),
        (b'{"code": 200, "html": "a", "n": NaN}', "NaN is not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        ([1], "not an object"),
        ({"html": "x"}, '"code" is missing'),
        ({"code": "200", "html": "x"}, '"code" is a string, not a number'),
        ({"code": True, "html": "x"}, '"code" is a boolean, not a number'),
        ({"code": 7, "html": "x"}, '"code" is 7, which is not an HTTP status'),
        ({"code": 200}, '"html" is missing'),
        ({"code": 200, "html": None}, '"html" is null, not a string'),
        ({"code": 200, "html": ["x"]}, '"html" is a list, not a string'),
        ({"code": 200, "html": " \n"}, '"html" is empty'),
        ({"code": 200, "html": "x", "errors": ["No."]}, '"code" is 200 beside errors'),
        ({"code": 404, "html": "x", "errors": ["No."]}, '"html" and "errors" are both there'),
        ({"code": 404, "html": "x"}, '"code" is 404, but there are no errors'),
        ({"code": 404, "errors": "No."}, '"errors" is a string, not a list'),
        ({"code": 404, "errors": [7]}, '"errors" holds a number'),
        ({"code": 404, "errors": [""]}, '"errors" holds an empty string'),
        ({"code": 500, "errors": ["Traceback (most recent call"]}, "not for creators: Traceback"),
        ({"code": 500, "errors": ["<b>No</b>"]}, "not for creators"),
        (lambda _: (500, {"code": 200, "html": "x"}), "is 200, but the HTTP status 500"),
        (lambda _: (503, {"code": 502, "errors": ["Later."]}), "is 502, but the HTTP status 503"),
        (lambda _: (302, {}), "a redirect, status 302"),
        ({"code": 200, "html": "<p>x</p>\n<body>"}, "The block holds <body>, a whole page line 2"),
        ({"code": 200, "html": "x" * 1_100_000}, "larger than 1 MB"),
    ],
)
def test_a_response_that_breaks_the_contract(
    installed: httpx2.Client, foreign: Any, block: str, sent: Any, words: str
) -> None:
    foreign.responses["/html"] = sent
    assert any(words in finding for finding in of_html(installed, block)["Response"])


def test_errors_for_developers_may_hold_code(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    refused = {"code": 500, "errors": ["quote.html, line 2: Kit rejects blocks with <script>"]}
    foreign.responses["/html"] = lambda _: (500, refused)
    foreign.headers |= {"X-Developer-Error": "refused"}
    assert of_html(installed, block) == {
        "Kit": ["Error. Kit gets no HTML: quote.html, line 2: Kit rejects blocks with <script>"],
        "Response": ["It has the shape that Kit requires."],
    }
    foreign.headers |= {"X-Developer-Error": "failed"}
    assert of_html(installed, block) == {"Response": ["It has the shape that Kit requires."]}


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "no Content-Type"),
        ({"Content-Type": "text/html; charset=utf-8"}, "Content-Type is text/html"),
        ({"Content-Type": "application/json; charset=ISO-8859-1"}, "charset is iso-8859-1"),
    ],
)
def test_a_wrong_label(
    installed: httpx2.Client, foreign: Any, block: str, headers: dict[str, str], words: str
) -> None:
    foreign.headers = headers
    (finding,) = of_html(installed, block)["Response"]
    assert words in finding


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (SLOW, []),
        (SLOW + 500, [(Severity.WARNING, "The response took 1.5 s")]),
        (TOO_SLOW + 500, [(Severity.ERROR, "The response took 3.5 s")]),
    ],
)
def test_a_response_that_a_creator_waits_for(ms: int, words: list[tuple[Severity, str]]) -> None:
    response = {"code": 200, "html": GOOD}
    exchange = Exchange(
        "http://127.0.0.1:1/",
        {},
        status=200,
        response_headers=(("content-type", "application/json"),),
        ms=ms,
        response_body=json.dumps(response).encode(),
        response_json=response,
    )
    assert [(each.severity, each.message) for each in html_findings(exchange)] == words


@pytest.mark.parametrize(
    "sent",
    [
        {"code": 404, "errors": ["This post is gone. Choose another one."]},
        lambda _: (404, {"code": 404, "errors": ["This post is gone. Choose another one."]}),
    ],
)
def test_errors_may_come_under_either_status(
    installed: httpx2.Client, foreign: Any, block: str, sent: Any
) -> None:
    foreign.responses["/html"] = sent
    assert of_html(installed, block) == {"Response": ["It has the shape that Kit requires."]}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, '"data" is missing'),
        ({"data": {}}, '"data" is an object, not a list'),
        ({"data": [1, AN_OPTION]}, "Not an object: 1 of 2 options"),
        ({"data": [{"value": "1"}]}, 'No "label" in 1 of 1 options'),
        ({"data": [{"label": "One"}]}, 'No "value" in 1 of 1 options'),
        ({"data": [{"label": "One", "value": 1}]}, '"value" is a number in 1 of 1 options'),
        ({"data": [{"label": None, "value": "1"}]}, '"label" is null in 1 of 1 options'),
        ({"data": [{"label": " ", "value": "1"}]}, '"label" is empty in 1 of 1 options'),
        ({"data": [{"label": "One", "value": ""}]}, '"value" is empty in 1 of 1 options'),
        (
            {"data": [AN_OPTION, {"label": "One", "value": "2"}]},
            'The label "One" stands 2 times',
        ),
        (
            {"data": [AN_OPTION, {"label": "Two", "value": "1"}]},
            'The value "1" stands 2 times',
        ),
        ({"data": [{"label": "x" * 101, "value": "1"}]}, "Too long: 1 of 1 labels"),
        ({"data": [{"label": "A &amp; B", "value": "1"}]}, "HTML in 1 of 1 labels"),
        ({"data": [{"label": "A\nB", "value": "1"}]}, "Odd spaces in 1 of 1 labels"),
        ({"data": [{"label": str(n), "value": str(n)} for n in range(101)]}, "101 options"),
        ({"data": []}, "Nothing is offered before something is typed"),
        ({"code": "200", "data": [AN_OPTION]}, '"code" is a string'),
        ({"code": 404, "data": []}, "there are no errors"),
    ],
)
def test_a_search_that_breaks_the_contract(
    installed: httpx2.Client, foreign: Any, block: str, data: Any, words: str
) -> None:
    foreign.responses["/search"] = data
    assert any(words in finding for finding in of_search(installed, block))


@pytest.mark.parametrize("data", [{"data": [AN_OPTION]}, {"code": 200, "data": [AN_OPTION]}])
def test_nothing_is_said_against_a_good_search(
    installed: httpx2.Client, foreign: Any, block: str, data: Any
) -> None:
    foreign.responses["/search"] = data
    assert of_search(installed, block) == ["No problems found."]
    assert of_search(installed, block, "1", post="1") == ["No problems found."]
    assert of_search(installed, block, "fog") == ["No problems found."]


def test_a_search_finds_what_was_stored_and_nothing_else(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    foreign.responses["/search"] = {"data": [AN_OPTION, {"label": "Two", "value": "2"}]}
    missing = 'The stored value "7" is not in the response'
    assert missing in of_search(installed, block, "7", post="7")[0]
    assert missing in of_search(installed, block, ["1", "7"], post=["1", "7"])[0]
    assert "1 more than the stored option" in of_search(installed, block, "1", post="1")[1]
    assert of_search(installed, block, ["1", "2"], post=["1", "2"]) == ["No problems found."]


def test_what_kit_refuses_is_reported_with_its_line(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    html = "<div>\n<iframe src=x></iframe>\n<p style='background:u\\72l(a)'>x</p></div>"
    foreign.responses["/html"] = {"code": 200, "html": html}
    iframe, url = of_html(installed, block)["Kit"]
    assert "Kit refuses <iframe> line 2" in iframe
    assert "Kit refuses url() in CSS line 3" in url


def test_what_readers_and_mail_clients_cannot_use_is_reported_with_its_line(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    html = "<div>\n<img src='https://x.example/a.png' width=10>\n<p style='opacity:0.5'>x</p></div>"
    foreign.responses["/html"] = {"code": 200, "html": html}
    found = of_html(installed, block)
    assert "An image without alt line 2" in found["Accessibility"][0]
    faded = next(finding for finding in found["Mail clients"] if "opacity" in finding)
    assert faded.startswith("Warning. ")
    assert "line 3" in faded


def test_only_the_clients_that_matter_are_checked(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    foreign.responses["/html"] = {"code": 200, "html": "<p style='opacity:0.5'>x</p>"}
    assert any("Outlook" in finding for finding in of_html(installed, block)["Mail clients"])
    chosen = installed.post(f"{block}/clients", json={"clients": ["apple-mail", "nonsense"]})
    assert checks(chosen)["Mail clients"] == ["No problems found."]
    assert of_html(installed, block)["Mail clients"] == ["No problems found."]
    assert installed.post(f"{block}/clients", json={"clients": "gmail"}).status_code == 400


def test_the_size_counts_the_whole_email(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    def meter() -> dict[str, Any]:
        response = installed.post(f"{block}/html", json={"settings": {}, "styles": STYLES})
        found = LexborHTMLParser(response.json()["panels"]["checks"]).css_first("meter")
        return found.attributes

    foreign.responses["/html"] = {"code": 200, "html": "<p>ü</p>"}
    assert meter()["max"] == str(102 * 1024)
    small = int(meter()["value"] or 0)
    foreign.responses["/html"] = {"code": 200, "html": f"<p>{'ü' * 1001}</p>"}
    assert int(meter()["value"] or 0) == small + 2000
    other = installed.post(f"{block.rpartition('/')[0]}", json={"plugin_id": 1}).json()["id"]
    installed.post(
        f"{block.rpartition('/')[0]}/{other}/html", json={"settings": {}, "styles": STYLES}
    )
    assert int(meter()["value"] or 0) == small + 2000 + len(f"<p>{'ü' * 1001}</p>".encode())


def test_an_email_that_gmail_cuts_is_reported(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    foreign.responses["/html"] = {"code": 200, "html": "<p>" + "abcdefghi " * 10_500 + "</p>"}
    response = installed.post(f"{block}/html", json={"settings": {}, "styles": STYLES})
    assert "Gmail cuts this email" in response.json()["panels"]["checks"]


def test_a_block_that_was_never_requested_has_no_checks(
    installed: httpx2.Client, block: str
) -> None:
    response = installed.get(f"{block}/panels")
    assert "Press Refresh" in response.json()["panels"]["checks"]
    assert installed.get("/editor/99/blocks/1/panels").status_code == 404
