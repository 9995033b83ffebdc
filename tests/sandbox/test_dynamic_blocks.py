"""Dynamic blocks in the editor, its checks, the contact sheet and shared files, over HTTP."""

import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser
from support.blocks.copied import passes

from plugin_server.examples.stress_texts import STRESS_TEXTS
from plugin_server.sandbox.editor.contact_sheet import VIEWS

LIQUID = """<div>
{% if subscriber.first_name or automation.shop_app.abandoned_cart.items %}
<p>Hello {{ subscriber.first_name | escape }}</p>
<ul>{% for item in automation.shop_app.abandoned_cart.items %}
<li><a href="{{ item.url | escape }}" target="_blank">{{ item.title | escape }}</a></li>{% endfor %}</ul>
{% endif %}
</div>"""
SAMPLE = {"items": [{"title": "A lamp", "url": "https://shop.example.com/lamp"}]}
BLANK = "{% if subscriber.boat %}<p>{{ subscriber.boat | escape }}</p>{% endif %}"


@pytest.fixture
def record(record: dict[str, Any]) -> dict[str, Any]:
    """An app whose plugin is dynamic."""
    record["app"]["identifier"] = "shop_app"
    event = {"name": "Abandoned cart", "identifier": "abandoned_cart", "sample_data": SAMPLE}
    record["events"] = [event]
    dynamic = {"dynamic": True, "identifier": "post_list", "event": "abandoned_cart"}
    record["plugins"][0] |= dynamic
    return record


@pytest.fixture
def respond(foreign: Any) -> Callable[[str], None]:
    """A function that sets the plugin's Liquid."""

    def set_(liquid: str) -> None:
        foreign.responses["/html"] = {"code": 200, "html": liquid}

    set_(LIQUID)
    return set_


def shown(browser: httpx2.Client, block: str, reader: str = "") -> dict[str, Any]:
    """Request the block from the plugin, for a reader."""
    body = {"settings": {}, "styles": {}, "for": reader}
    response = browser.post(f"{block}/html", json=body)
    assert response.status_code == 200, response.text
    return dict(response.json())


def findings(panels: dict[str, Any], subject: str) -> list[str]:
    """Return the findings on one subject, as the panel has them."""
    page = LexborHTMLParser(panels["checks"])
    heading = next(each for each in page.css("h3") if each.text() == subject)
    found = heading.next
    while found is not None and found.tag not in ("ul", "p", "details"):
        found = found.next
    assert found is not None
    lists = [found] if found.tag == "ul" else []
    after = found.next
    while after is not None and after.tag != "h3":
        lists += [after] if after.tag == "details" else []
        after = after.next
    return [" ".join(item.text().split()) for each in lists for item in each.css("li")]


@pytest.mark.usefixtures("respond")
def test_a_block_is_shown_as_kit_previews_it_or_as_it_is_sent(
    installed: httpx2.Client, block: str
) -> None:
    kit = shown(installed, block)
    assert "A lamp</a>" in kit["html"]
    assert 'Hello <sandbox-empty title="{{ subscriber.first_name | escape }}">' in kit["html"]
    full = shown(installed, block, "full")
    assert "Hello Ada</p>" in full["html"]
    none = shown(installed, block, "none")
    assert "Hello" not in none["html"]
    rtl = shown(installed, block, "rtl")
    assert rtl["html"].count(STRESS_TEXTS["right_to_left"]) == 2
    hostile = shown(installed, block, "hostile")
    assert "&lt;script&gt;" in hostile["html"]
    assert "javascript:alert(1)" not in shown(installed, block, "unknown")["html"]
    # What is stored is the Liquid, which another reader is shown without a request.
    again = installed.get(block, params={"for": "full"}).json()
    assert (again["html"], again["tags"]) == (full["html"], full["tags"])
    assert again["errors"] == again["nothing"] == []


def test_where_liquid_prints_nothing_it_is_said(
    installed: httpx2.Client, block: str, respond: Callable[[str], None]
) -> None:
    respond(BLANK)
    kit = shown(installed, block)
    assert (kit["html"], kit["errors"]) == ("", [])
    assert kit["nothing"][0].startswith("Kit’s preview shows nothing here")
    assert shown(installed, block, "none")["nothing"][0].startswith("This subscriber gets nothing")
    assert shown(installed, block, "full")["nothing"] == []


def test_a_mistake_in_liquid_has_its_line(
    installed: httpx2.Client, block: str, respond: Callable[[str], None]
) -> None:
    respond("<p>\n{% if subscriber.city %}x</p>")
    response = shown(installed, block)
    sentence = "{% if %} is not closed: add {% endif %}."
    assert response["errors"] == [f"Line 2 of the Liquid: {sentence}"]
    (found,) = findings(response["panels"], "Liquid")
    assert found == "Error. {% if %} is never closed line 2 Write {% endif %} where it ends."
    assert '<a href="#source-2">' in response["panels"]["checks"]
    # The Liquid can be read where the line is named.
    assert "source-2" in response["panels"]["source"]
    assert installed.get(block).json()["errors"] == response["errors"]


@pytest.mark.usefixtures("respond")
def test_the_checks_are_on_what_readers_get(installed: httpx2.Client, block: str) -> None:
    panels = shown(installed, block)["panels"]
    liquid = findings(panels, "Liquid")
    assert liquid[0].startswith("Warning. This stands outside a condition")
    assert sum("first_name" in each and "may be empty" in each for each in liquid) == 1
    assert not any("prints nothing" in each for each in liquid)
    (refused, *_) = findings(panels, "Kit")
    assert refused.startswith("Error. Kit refuses a javascript: URL (for hostile data) line 5")
    assert not any("{%" in each or "{{" in each for each in findings(panels, "HTML"))


def test_a_value_that_is_not_escaped_is_an_error_of_its_line(
    installed: httpx2.Client, block: str, respond: Callable[[str], None]
) -> None:
    respond("<div>\n<p>{{ subscriber.first_name }} {{ subscriber.cty }}</p></div>")
    panels = shown(installed, block)["panels"]
    assert any(
        each.startswith("Error. Kit refuses <script> (for hostile data) line 2")
        for each in findings(panels, "Kit")
    )
    liquid = findings(panels, "Liquid")
    assert any(
        each.startswith('Warning. "subscriber.cty": the account has no custom field "cty" line 2')
        for each in liquid
    )
    assert any(
        each.startswith('Warning. "subscriber.first_name" is not escaped') for each in liquid
    )


@pytest.mark.usefixtures("respond")
def test_an_element_is_picked_by_its_line_of_the_liquid(
    installed: httpx2.Client, block: str
) -> None:
    response = shown(installed, block, "full")
    numbers = [number for _, number in response["tags"]]
    assert numbers == [0, 1, 2, 3, 4]
    # The rule knows the line only, whose first tag this is.
    picked = installed.get(f"{block}/tags/3").json()
    assert picked["line"] == 5
    assert "Kit refuses a javascript: URL" in picked["html"]


@pytest.mark.usefixtures("respond")
def test_each_reader_has_a_view_in_the_contact_sheet(installed: httpx2.Client) -> None:
    page = installed.get("/contact-sheet/post").text
    (data,) = LexborHTMLParser(page).css("#sheet-data")
    assert '"name": "for_hostile_phone"' in data.text()
    body = {"settings": {}, "host": "letter"}
    response = installed.post("/contact-sheet/1/html", json=body).json()
    assert [*response["readers"]] == ["kit", "full", "none", "hostile", "rtl"]
    assert "Hello Ada" in response["readers"]["full"]["html"]
    assert "sandbox-empty" in response["readers"]["kit"]["marked"]
    assert "sandbox-empty" not in response["readers"]["kit"]["html"]
    assert "{%" not in response["readers"]["none"]["html"]


def test_the_contact_sheet_says_who_gets_nothing(
    installed: httpx2.Client, respond: Callable[[str], None]
) -> None:
    respond(BLANK)
    body = {"settings": {}, "host": "letter"}
    readers = installed.post("/contact-sheet/1/html", json=body).json()["readers"]
    assert readers["kit"]["nothing"] == [
        "Kit’s preview shows nothing of the block: it has no subscriber."
    ]
    assert readers["none"]["nothing"] == ["This subscriber gets nothing of the block."]
    assert readers["full"]["nothing"] == []


@pytest.mark.usefixtures("respond")
def test_the_readers_are_side_by_side_for_the_editor_s_settings(
    installed: httpx2.Client, block: str
) -> None:
    panel = LexborHTMLParser(shown(installed, block)["panels"]["checks"])
    link = next(a for a in panel.css("a") if a.text() == "As sent, side by side")
    page = LexborHTMLParser(installed.get(link.attributes["href"] or "").text)
    assert '"is_given": true' in page.css_first("#sheet-data").text()
    assert installed.get("/contact-sheet/post?settings=3").status_code == 400


@pytest.mark.usefixtures("respond")
def test_a_shared_file_has_what_each_reader_gets(installed: httpx2.Client) -> None:
    page = LexborHTMLParser(installed.get("/preview/post/views.html").text)
    documents = {
        frame.attributes["title"]: frame.attributes["srcdoc"] or "" for frame in page.css("iframe")
    }
    assert len(documents) == len(VIEWS) + 10
    assert "Hello Ada" in documents["As sent: all data"]
    assert "Hello Ada" in documents["Evening"]
    assert "Hello" not in documents["As sent: no data"].partition("<div data-block>")[2]
    assert not any("{%" in each and "{% if x %}" not in each for each in documents.values())


def test_a_page_with_the_block_alone_is_for_a_reader(
    installed: httpx2.Client, respond: Callable[[str], None]
) -> None:
    assert installed.get("/preview/post/raw").text == LIQUID
    assert "Hello Ada" in installed.get("/preview/post/raw?for=full").text
    assert "Hello Ada" in installed.get("/preview/post?for=full").text
    assert "Hello </p>" in installed.get("/preview/post").text
    respond("{% endif %}")
    response = installed.get("/preview/post?for=full")
    assert response.status_code == 422
    assert "stands where no tag before it needs it" in response.text
    assert installed.get("/preview/post/views.html").status_code == 422


def test_a_copied_test_renders_the_liquid(
    installed: httpx2.Client, block: str, respond: Callable[[str], None], tmp_path: Any
) -> None:
    shown(installed, block)
    panel = LexborHTMLParser(installed.get(f"{block}/panels").json()["panels"]["inspector"])
    (source,) = panel.css("[id^=test-]")
    passes(tmp_path, source.text(), TOKEN="a1")  # noqa: S106 - made up
    respond("<p>{{ subscriber.first_name }}<script></script></p>")
    with pytest.raises(AssertionError, match=re.escape("<script")):
        passes(tmp_path, source.text(), TOKEN="a1")  # noqa: S106 - made up


@pytest.mark.usefixtures("respond")
def test_the_readers_have_the_account_s_custom_fields(
    installed: httpx2.Client, block: str, respond: Callable[[str], None]
) -> None:
    respond(
        "<p>{{ subscriber.favourite }}|{{ subscriber.boat }}|{{ subscriber.last_name }}|"
        "{{ subscriber.email_address }}</p>"
    )
    (before,) = re.findall("<p>(.*)</p>", installed.get("/preview/post/raw?for=full").text)
    assert before == "|Second Wind|Sample of Last name|reader@example.com"
    installed.post("/session", data={"account": "2603"})
    state = installed.get("/apps/1/install").next_request.url.params["state"]
    installed.get("/apps/install", params={"code": "c1", "state": state})
    (after,) = re.findall("<p>(.*)</p>", installed.get("/preview/post/raw?for=full").text)
    assert after == "Keemun|||reader@example.com"


def test_a_static_block_is_not_rendered(installed: httpx2.Client, foreign: Any) -> None:
    fields = installed.get("/dashboard/app.json").json()
    fields["plugins"][0] |= {"dynamic": False, "identifier": "", "event": ""}
    assert installed.put("/dashboard/app.json", json=fields).status_code == 200
    foreign.responses["/html"] = {"code": 200, "html": LIQUID}
    assert installed.get("/preview/post/raw?for=full").text == LIQUID
    assert 'name="for"' not in installed.get("/editor").text
