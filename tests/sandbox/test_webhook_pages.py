"""The pages of webhooks: endpoints and their secrets, legacy webhooks, deliveries, and retries."""

import json
import re

import httpx2
import pytest
from playwright.sync_api import Browser, expect
from selectolax.lexbor import LexborHTMLParser
from support.browser.accessibility import violations, violations_in_both_themes
from support.servers.webhook_receiver import Receiver, signatures
from support.waiting import wait_until

HERE = "/accounts/2601/webhooks"
TOKEN = {"Authorization": "Bearer kit_sandbox_harbour_letters_oauth"}


def create(browser: httpx2.Client, receiver: Receiver, *events: str) -> str:
    """Create an endpoint on the page, and return the URL of its page."""
    form = {"name": "Mine", "url": receiver.url, "events": [*events], "description": ""}
    response = browser.post(f"{HERE}/new", data=form)
    assert response.status_code == 303, response.text
    return response.headers["Location"]


def tag(browser: httpx2.Client, name: str) -> None:
    response = browser.post("/v4/tags", headers=TOKEN, json={"name": name})
    assert response.status_code == 201, response.text


def text_at(browser: httpx2.Client, path: str) -> str:
    page = LexborHTMLParser(browser.get(path).text).css_first("main")
    assert page is not None
    return " ".join(page.text().split())


def secrets_on(browser: httpx2.Client, page: str) -> list[str]:
    return re.findall(r"whsec_\w+", browser.get(page).text)


def test_a_delivery_is_shown_with_all_that_was_sent_and_received(
    browser: httpx2.Client, receiver: Receiver
) -> None:
    page = create(browser, receiver, "tag.created")
    tag(browser, "Grüße & <b>")
    wait_until(lambda: "delivered" in text_at(browser, page))
    headers, body = receiver.received[0]
    shown = text_at(browser, page)
    assert "tag.created delivered" in shown
    assert "1 attempt" in shown
    assert headers["X-Kit-Signature"] in shown
    assert "<thank>" in shown
    (payload, *_) = LexborHTMLParser(browser.get(page).text).css(".deliveries pre")
    assert json.loads(payload.text()) == json.loads(body)
    assert "Grüße & <b>" in payload.text()
    assert "tag.created delivered" in text_at(browser, HERE)
    # What the pages show is no part of Kit's response.
    path = f"/v4/webhook_endpoints/{page.rpartition('/')[2]}/deliveries/1"
    (attempt,) = browser.get(path, headers=TOKEN).json()["delivery"]["attempts"]
    assert {*attempt} == {"attempted_at", "response_status", "response_body", "duration_ms"}


def test_a_delivery_is_sent_again(browser: httpx2.Client, receiver: Receiver) -> None:
    page = create(browser, receiver, "tag.created")
    tag(browser, "Salt")
    wait_until(lambda: "delivered" in text_at(browser, page))
    receiver.statuses.append(500)
    assert browser.post(f"{HERE}/deliveries/1/again", data={"endpoint": "1"}).status_code == 303
    wait_until(lambda: "failed" in text_at(browser, page))
    assert "Attempt 2: 500" in text_at(browser, page)
    assert receiver.received[0][1] == receiver.received[1][1]
    browser.post(f"{HERE}/deliveries/1/again")
    wait_until(lambda: "delivered 2026" in text_at(browser, page))
    browser.post(f"{page}/delete")
    assert browser.post(f"{HERE}/deliveries/1/again").status_code == 404
    assert "to a webhook that is deleted" in text_at(browser, HERE)


def test_secrets_are_rotated_with_an_overlap(browser: httpx2.Client, receiver: Receiver) -> None:
    page = create(browser, receiver, "tag.created")
    (first,) = secrets_on(browser, page)
    browser.post(f"{page}/rotate")
    second, previous = secrets_on(browser, page)
    assert previous == first != second
    tag(browser, "Salt")
    wait_until(lambda: len(receiver.received) == 1)
    headers, body = receiver.received[0]
    assert signatures(headers["X-Kit-Signature"], body, second, first)
    browser.post(f"{page}/revoke")
    assert secrets_on(browser, page) == [second]
    tag(browser, "Pepper")
    wait_until(lambda: len(receiver.received) == 2)
    headers, body = receiver.received[1]
    assert signatures(headers["X-Kit-Signature"], body, second)


def test_a_disabled_endpoint_gets_nothing(browser: httpx2.Client, receiver: Receiver) -> None:
    page = create(browser, receiver, "tag.created")
    browser.post(f"{page}/status", data={"disable": "1"})
    tag(browser, "Salt")
    assert "Nothing has been delivered yet." in text_at(browser, page)
    browser.post(f"{page}/status")
    tag(browser, "Pepper")
    wait_until(lambda: len(receiver.received) == 1)
    assert b"Pepper" in receiver.received[0][1]


def test_an_endpoint_is_changed_and_refused_in_kits_words(
    browser: httpx2.Client, receiver: Receiver
) -> None:
    form = {"name": "Mine", "url": "nowhere", "description": "For me"}
    page = LexborHTMLParser(browser.post(f"{HERE}/new", data=form).text)
    assert page.css_first("#url-error").text().strip() == "url is not a valid URL"  # type: ignore[union-attr]
    assert page.css_first("#events-error").text().strip() == "events can't be blank"  # type: ignore[union-attr]
    assert page.css_first("#url").attributes["value"] == "nowhere"  # type: ignore[union-attr]
    endpoint = create(browser, receiver, "tag.created")
    form = {"name": "Ours", "url": receiver.url, "events": ["post.published"], "description": ""}
    assert browser.post(endpoint, data=form).status_code == 303
    found = browser.get("/v4/webhook_endpoints", headers=TOKEN).json()["webhook_endpoints"][0]
    assert (found["name"], found["events"]) == ("Ours", ["post.published"])
    assert found["created_by_app"] is False


def test_a_post_of_the_accounts_page_is_delivered(
    browser: httpx2.Client, receiver: Receiver
) -> None:
    create(browser, receiver, "post.published")
    form = {"title": "Low tide", "status": "published"}
    assert browser.post("/accounts/2601/posts/new", data=form).status_code == 303
    wait_until(lambda: len(receiver.received) == 1)
    assert json.loads(receiver.received[0][1])["events"][0]["data"]["post"]["title"] == "Low tide"


def test_an_endpoint_of_an_app_is_shown_as_such(browser: httpx2.Client, receiver: Receiver) -> None:
    body = {"url": receiver.url, "events": ["tag.created"]}
    browser.post("/v4/webhook_endpoints", headers=TOKEN, json=body)
    assert "created by an app" in text_at(browser, HERE)
    assert browser.post(f"{HERE}/1/rotate").status_code == 303


def test_legacy_webhooks_are_created_and_their_deliveries_shown(
    browser: httpx2.Client, receiver: Receiver
) -> None:
    form = {"target_url": receiver.url, "event": "subscriber.tag_add", "parameter": "51"}
    assert browser.post(f"{HERE}/legacy/new", data=form).status_code == 303
    subscriber = {"email_address": "ada@example.com", "in.tags": "51"}
    added = browser.post("/accounts/2601/subscribers/new", data=subscriber).headers["Location"]
    browser.post(added, data={**subscriber, "state": "active", "first_name": ""})
    wait_until(lambda: "subscriber.tag_add delivered" in text_at(browser, HERE))
    headers, body = receiver.received[0]
    assert "X-Kit-Signature" not in headers
    assert json.loads(body)["subscriber"]["email_address"] == "ada@example.com"
    browser.post(f"{HERE}/deliveries/1/again")
    wait_until(lambda: len(receiver.received) == 2)
    assert receiver.received[1][1] == body
    assert browser.post(f"{HERE}/legacy/1/delete").status_code == 303
    assert browser.get("/v4/webhooks", headers=TOKEN).json()["webhooks"] == []
    assert browser.post(f"{HERE}/legacy/1/delete").status_code == 404


@pytest.mark.parametrize(
    ("form", "field", "sentence"),
    [
        ({"target_url": "", "parameter": "51"}, "target_url", "must be provided"),
        ({"target_url": "x", "parameter": "51"}, "target_url", "is not a valid URL"),
        ({"parameter": ""}, "parameter", "needs tag_id"),
        ({"parameter": "one"}, "parameter", "A whole number was expected"),
        ({"event": "x"}, "event", "Event is not supported"),
    ],
)
def test_a_legacy_webhook_is_refused(
    browser: httpx2.Client, form: dict[str, str], field: str, sentence: str
) -> None:
    whole = {"target_url": "http://127.0.0.1:9/", "event": "subscriber.tag_add", "parameter": "5"}
    response = browser.post(f"{HERE}/legacy/new", data={**whole, **form})
    assert response.status_code == 422
    error = LexborHTMLParser(response.text).css_first(f"#{field}-error")
    assert error is not None
    assert sentence in error.text()


def test_retries_are_shortened_on_the_page_and_by_programs(
    browser: httpx2.Client, receiver: Receiver
) -> None:
    page = create(browser, receiver, "tag.created")
    assert "30, 120, 900" in browser.get(HERE).text
    assert browser.post(f"{HERE}/retries", data={"retries": "0, 0.01"}).status_code == 303
    receiver.statuses += [500, 500, 500]
    tag(browser, "Salt")
    wait_until(lambda: "failed" in text_at(browser, page))
    assert len(receiver.received) == 3
    for wrong in ("soon", "-1", "nan", "1e9"):
        refused = browser.post(f"{HERE}/retries", data={"retries": wrong})
        assert refused.status_code == 422
        assert f'value="{wrong}"' in refused.text
    json_ = {"seconds": [0]}
    assert browser.put("/sandbox/webhook_retries.json", json=json_).status_code == 204
    receiver.statuses += [500, 500]
    tag(browser, "Pepper")
    wait_until(lambda: len(receiver.received) == 5)
    for body in ({}, {"seconds": "1"}, {"seconds": [-1]}, {"seconds": ["1"]}):
        response = browser.put("/sandbox/webhook_retries.json", json=body)
        assert response.status_code == 422
    browser.post("/sandbox/reset")
    assert "30, 120, 900" in browser.get(HERE).text


def test_somebody_without_a_server_sees_a_delivery(
    chromium: Browser, browser: httpx2.Client
) -> None:
    page = chromium.new_page(base_url=str(browser.base_url))
    page.goto("/webhooks")
    page.get_by_text("Create an endpoint").click()
    expect(page.get_by_text("is the sandbox’s own receiver")).to_be_visible()
    page.get_by_role("button", name="Create the endpoint").click()
    endpoint = page.url
    page.get_by_role("link", name="create a tag").click()
    page.get_by_label("Name").fill("Salt")
    page.get_by_role("button", name="Add").click()
    page.goto(endpoint)
    delivery = page.locator("#deliveries details")
    expect(delivery).to_contain_text("delivered")
    delivery.locator("summary").click()
    expect(delivery).to_contain_text("X-Kit-Signature")
    expect(delivery).to_contain_text("bytes, signed")
    page.close()


def test_deliveries_appear_in_an_open_page(
    chromium: Browser, browser: httpx2.Client, receiver: Receiver
) -> None:
    endpoint = create(browser, receiver, "tag.created")
    context = chromium.new_context(base_url=str(browser.base_url))
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    with page.expect_request("**/live**"):
        page.goto(endpoint)
    deliveries = page.locator("#deliveries details")
    expect(deliveries).to_have_count(0)
    tag(browser, "Salt")
    expect(deliveries).to_have_count(1)
    expect(deliveries.first).to_contain_text("delivered")
    deliveries.first.locator("summary").press("Enter")
    tag(browser, "Pepper")
    expect(deliveries).to_have_count(2)
    expect(page.locator("#news")).to_have_text("A new delivery: tag.created")
    # What was open and focused stays so.
    expect(page.locator("#delivery-1")).to_have_attribute("open", "")
    expect(page.locator("#delivery-1 summary")).to_be_focused()
    page.get_by_role("button", name="Send delivery 1 again").press("Enter")
    expect(page.locator(".flash")).to_have_text("Delivery 1 is sent again.")
    expect(page.locator("#delivery-1")).to_contain_text("2 attempts")
    page.locator("#delivery-1").evaluate("each => (each.open = true)")
    assert violations_in_both_themes(page) == {}
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.goto(HERE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for summary in page.locator("section.card summary").all():
        summary.press("Enter")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()
    assert problems == []
