"""The pages of an account: its records by kind, the account itself, and what a change on them leads to."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect
from selectolax.lexbor import LexborHTMLParser, LexborNode
from support.browser.accessibility import violations_in_both_themes

from plugin_server.sandbox.accounts.kinds import KINDS
from plugin_server.sandbox.app import create_sandbox
from plugin_server.sandbox.config import SandboxConfig

HERE = "/accounts/2601"
TOKEN = {"Authorization": "Bearer kit_sandbox_harbour_letters_oauth"}
# The account with a record of every kind.
FULL = "/accounts/2690"


def page_of(response: httpx2.Response, status: int = 200) -> LexborHTMLParser:
    assert response.status_code == status, response.text
    return LexborHTMLParser(response.text)


def text_of(node: LexborNode | LexborHTMLParser | None) -> str:
    assert node is not None
    return " ".join(node.text().split())


def filled(page: LexborHTMLParser, form: str = "form.card") -> dict[str, Any]:
    """Return what a browser would submit of a form."""
    body: dict[str, Any] = {}
    for each in page.css(f"{form} input, {form} select, {form} textarea"):
        attributes = each.attributes
        name = attributes.get("name") or ""
        if attributes.get("type") == "checkbox":
            if "checked" in attributes and "disabled" not in attributes:
                body.setdefault(name, []).append(attributes.get("value") or "on")
        elif each.tag == "select":
            chosen = each.css_first("[selected]") or each.css_first("option")
            assert chosen is not None
            body[name] = chosen.attributes["value"]
        else:
            value = each.text() if each.tag == "textarea" else attributes.get("value") or ""
            body.setdefault(name, []).append(value)
    return body


def first_of(browser: httpx2.Client, list_: str) -> str:
    link = page_of(browser.get(list_)).css_first("tbody a")
    assert link is not None
    return str(link.attributes["href"])


def api(browser: httpx2.Client, path: str, **query: str) -> Any:
    response = browser.get(f"/v4/{path}", headers=TOKEN, params=query)
    assert response.status_code == 200, response.text
    return response.json()


def add(browser: httpx2.Client, kind: str, **fields: Any) -> str:
    """Submit the form of a new record with some fields, and return the URL of its page."""
    form = filled(page_of(browser.get(f"{HERE}/{kind}/new")))
    response = browser.post(f"{HERE}/{kind}/new", data={**form, **fields})
    assert response.status_code == 303, response.text
    return response.headers["Location"]


def save(browser: httpx2.Client, record: str, **fields: Any) -> httpx2.Response:
    return browser.post(record, data={**filled(page_of(browser.get(record))), **fields})


@pytest.mark.parametrize("kind", [*KINDS])
def test_saving_a_form_as_it_is_changes_nothing(browser: httpx2.Client, kind: str) -> None:
    record = first_of(browser, f"{FULL}/{kind}")

    def stored() -> Any:
        shown = page_of(browser.get(record)).css_first("details pre")
        assert shown is not None
        return json.loads(shown.text())

    before = stored()
    assert save(browser, record).status_code == 303
    assert stored() == before


@pytest.mark.parametrize("kind", [name for name in KINDS if name != "products"])
def test_a_blank_form_of_a_new_record_is_refused_in_kits_words(
    browser: httpx2.Client, kind: str
) -> None:
    form = filled(page_of(browser.get(f"{HERE}/{kind}/new")))
    blank = {name: "" if isinstance(form[name], list) else form[name] for name in form}
    if kind == "broadcasts":
        blank["send_at"] = "soon"
    page = page_of(browser.post(f"{HERE}/{kind}/new", data=blank), 422)
    for link in page.css('[role="alert"] a'):
        field = page.css_first(f'[id="{(link.attributes["href"] or "").removeprefix("#")}"]')
        assert field is not None
        assert field.tag == "fieldset" or field.attributes["aria-invalid"] == "true"
        assert link.text() in text_of(page.css_first("form.card"))
    assert page.css('[role="alert"] a')


def test_what_was_typed_stays_beside_kits_sentence(browser: httpx2.Client) -> None:
    typed = {"email_address": "ada@", "first_name": "Ada <b>", "fields.boat": "Heron"}
    form = {**filled(page_of(browser.get(f"{HERE}/subscribers/new"))), **typed}
    page = page_of(browser.post(f"{HERE}/subscribers/new", data=form), 422)
    assert text_of(page.css_first("#email_address-error")) == "Email address is invalid"
    for name, value in typed.items():
        assert page.css_first(f'[id="{name}"]').attributes["value"] == value  # type: ignore[union-attr]


def test_a_subscriber_counts_as_one_that_came_by_the_api(browser: httpx2.Client) -> None:
    before = api(browser, "account/growth_stats")["stats"]
    page = add(browser, "subscribers", email_address="ada@example.com", **{"fields.boat": "Heron"})
    (found,) = api(browser, "subscribers", email_address="ada@example.com")["subscribers"]
    assert found["fields"]["boat"] == "Heron"
    assert api(browser, "account/growth_stats")["stats"]["subscribers"] == before["subscribers"] + 1
    for state, change in (("bounced", 0), ("active", 1), ("cancelled", 0)):
        assert save(browser, page, state=state).status_code == 303
        assert api(browser, f"subscribers/{found['id']}")["subscriber"]["state"] == state
        now = api(browser, "account/growth_stats")["stats"]["subscribers"]
        assert now == before["subscribers"] + change
    assert browser.post(f"{page}/delete").status_code == 303
    assert browser.get(page).status_code == 404
    listed = api(browser, "subscribers", email_address="ada@example.com", status="all")
    assert listed["subscribers"] == []


def test_a_subscriber_is_tagged_and_put_in_a_form(browser: httpx2.Client) -> None:
    page = add(browser, "subscribers", email_address="ada@example.com")
    id_ = page.rpartition("/")[2]
    assert save(browser, page, **{"in.tags": ["51", "53"], "in.forms": "801"}).status_code == 303
    tags = api(browser, f"subscribers/{id_}/tags")["tags"]
    assert {each["id"] for each in tags} == {51, 53}
    assert save(browser, page, **{"in.tags": ["53"]}).status_code == 303
    assert [e["id"] for e in api(browser, f"subscribers/{id_}/tags")["tags"]] == [53]
    members = api(browser, "forms/801/subscribers", per_page="1")["subscribers"]
    assert str(members[0]["id"]) == id_


def test_what_is_ticked_stays_so_in_a_form_that_is_refused(browser: httpx2.Client) -> None:
    page = add(browser, "subscribers", email_address="ada@example.com")
    save(browser, page, **{"in.tags": ["51"], "in.forms": "801"})
    refused = save(browser, page, **{"email_address": "x", "in.tags": ["53"], "in.forms": "802"})
    form = filled(page_of(refused, 422))
    assert form["in.tags"] == ["53"]
    ticked = page_of(refused, 422).css('[name="in.forms"][checked]')
    assert {each.attributes["value"] for each in ticked} == {"801", "802"}


def test_a_post_that_is_added_is_published(browser: httpx2.Client) -> None:
    page = add(browser, "posts", title="Ebb & flood", content="<p>Twice a day.</p>")
    post = api(browser, f"posts/{page.rpartition('/')[2]}")["post"]
    assert (post["status"], post["content"]) == ("published", "<p>Twice a day.</p>")
    assert post["public_url"].endswith("/posts/ebb-flood")
    assert api(browser, "posts", per_page="1")["posts"][0]["id"] == post["id"]
    assert save(browser, page, title="Ebb").status_code == 303
    changed = api(browser, f"posts/{post['id']}")["post"]
    assert changed == {**post, "title": "Ebb"}
    browser.post(f"{page}/delete")
    assert browser.get(f"/v4/posts/{post['id']}", headers=TOKEN).status_code == 404


def test_a_broadcast_that_is_added_becomes_a_post(browser: httpx2.Client, clock: Any) -> None:
    at = "2026-09-20T08:00:00Z"
    add(browser, "broadcasts", subject="Neap tide", public="on", published_at=at, send_at=at)
    clock.advance(14 * 86400)
    page = browser.get(f"{HERE}/posts").text
    assert "Neap tide" in page


def test_a_broadcast_that_is_sent_is_neither_changed_nor_deleted(browser: httpx2.Client) -> None:
    record = first_of(browser, f"{FULL}/broadcasts")
    for response in (save(browser, record, subject="Other"), browser.post(f"{record}/delete")):
        alert = page_of(response, 422).css_first('[role="alert"]')
        assert "Broadcast is already sending." in text_of(alert)
    assert browser.get(record).status_code == 200


def test_a_tag_field_form_and_sequence_are_added_changed_and_deleted(
    browser: httpx2.Client,
) -> None:
    for kind, field in (
        *(("tags", "name"), ("custom_fields", "label"), ("forms", "name")),
        *(("sequences", "name"), ("segments", "name"), ("email_templates", "name")),
    ):
        page = add(browser, kind, **{field: "Eider"})
        found = api(browser, kind)[kind]
        assert "Eider" in [each[field] for each in found]
        assert save(browser, page, **{field: "Fulmar"}).status_code == 303
        assert "Fulmar" in [each[field] for each in api(browser, kind)[kind]]
        assert browser.post(f"{page}/delete").status_code == 303
        assert "Fulmar" not in [each[field] for each in api(browser, kind)[kind]]


def test_a_sequence_email_belongs_to_a_sequence(browser: httpx2.Client) -> None:
    fields = {"subject": "Welcome", "delay_value": "1", "delay_unit": "days"}
    page = add(browser, "sequence_emails", sequence_id="61", **fields)
    (email,) = api(browser, "sequences/61/emails")["emails"]
    assert (email["subject"], email["position"]) == ("Welcome", 0)
    assert save(browser, page, position="x").status_code == 422
    assert save(browser, page, subject="Ahoy", send_days=["sunday"]).status_code == 303
    (email,) = api(browser, "sequences/61/emails")["emails"]
    assert (email["subject"], email["send_days"]) == ("Ahoy", ["sunday"])


def test_a_product_is_changed_in_every_purchase(browser: httpx2.Client) -> None:
    add(
        browser,
        "purchases",
        **{"transaction_id": "t-1", "email_address": "ada@example.com"},
        **{"products.name": ["Knots"], "products.pid": ["knots"], "products.unit_price": ["7.5"]},
        **{f"products.{name}": [""] for name in ("quantity", "sku", "lid")},
    )
    assert save(browser, first_of(browser, f"{HERE}/products"), name="Ropes").status_code == 303
    purchase = api(browser, "purchases", per_page="1")["purchases"][0]
    (line,) = purchase["products"]
    assert (line["name"], line["pid"], line["unit_price"]) == ("Ropes", "knots", 7.5)
    assert browser.get(f"{HERE}/products/new").status_code == 404


def test_a_long_list_is_paged_and_searched(browser: httpx2.Client) -> None:
    list_ = "/accounts/2650/posts"
    first = page_of(browser.get(list_))
    assert len(first.css("tbody tr")) == 50
    older = first.css_first('[rel="next"]')
    assert older is not None
    second = page_of(browser.get(str(older.attributes["href"])))
    ids = [[each.text() for each in page.css("td:last-child")] for page in (first, second)]
    assert int(ids[0][-1]) == int(ids[1][0]) + 1
    newer = second.css_first('[rel="prev"]')
    assert newer is not None
    again = page_of(browser.get(str(newer.attributes["href"])))
    assert [each.text() for each in again.css("td:last-child")] == ids[0]
    (row,) = page_of(browser.get(list_, params={"q": ids[1][0]})).css("tbody tr")
    assert row.css_first("td:last-child").text() == ids[1][0]  # type: ignore[union-attr]
    nothing = page_of(browser.get(list_, params={"q": "no such words"}))
    assert "has this text" in text_of(nothing.css_first("main"))
    assert browser.get(list_, params={"after": "x"}).status_code == 404


def test_the_account_is_changed(browser: httpx2.Client) -> None:
    page = page_of(browser.get(HERE))
    form = filled(page, f'form[action="{HERE}"]')
    changed = {"name": "Quay Letters", "timezone": "Asia/Tokyo", "colors": "#000000\n#FFFFFF"}
    assert browser.post(HERE, data={**form, **changed}).status_code == 303
    account = api(browser, "account")["account"]
    assert account["name"] == "Quay Letters"
    assert account["timezone"] == {
        "name": "Asia/Tokyo",
        "friendly_name": "Tokyo",
        "utc_offset": "+09:00",
    }
    assert api(browser, "account/colors")["colors"] == ["#000000", "#FFFFFF"]
    assert "Quay Letters" in browser.get("/").text
    wrong = {"name": " ", "timezone": "Mars", "colors": "red", "primary_email_address": "x"}
    page = page_of(browser.post(HERE, data={**form, **wrong}), 422)
    for name, sentence in (
        ("name", "Name can't be blank"),
        ("timezone", "time_zone is not a valid time zone"),
        ("colors", "Colors red is not a valid hex color code."),
        ("primary_email_address", "Email address is invalid"),
    ):
        assert text_of(page.css_first(f"#{name}-error")) == sentence
    assert page.css_first("#timezone").attributes["value"] == "Mars"  # type: ignore[union-attr]
    assert api(browser, "account")["account"] == account


def test_the_plan_of_a_free_account_refuses_broadcasts(browser: httpx2.Client) -> None:
    form = filled(page_of(browser.get(HERE)), f'form[action="{HERE}"]')
    browser.post(HERE, data={**form, "plan_type": "free"})
    response = browser.post("/v4/broadcasts", headers=TOKEN, json={"subject": "No"})
    assert response.status_code == 403


def test_the_profile_is_changed_and_removed(browser: httpx2.Client) -> None:
    form = filled(page_of(browser.get(HERE)), f'form[action="{HERE}/profile"]')
    assert browser.post(f"{HERE}/profile", data={**form, "bio": "Tides."}).status_code == 303
    assert api(browser, "account/creator_profile")["profile"]["bio"] == "Tides."
    page = page_of(browser.post(f"{HERE}/profile", data={**form, "image_url": "x"}), 422)
    assert text_of(page.css_first("#profile-image_url-error")) == "image_url is not a valid URL"
    browser.post(f"{HERE}/profile", data={"remove": "1"})
    assert browser.get("/v4/account/creator_profile", headers=TOKEN).status_code == 404
    assert "Saving makes one" in browser.get(HERE).text


def test_a_plan_lapses_and_comes_back(browser: httpx2.Client) -> None:
    browser.post(f"{HERE}/plan", data={"lapse": "1"})
    refused = browser.get("/v4/account", headers=TOKEN)
    assert refused.status_code == 401
    assert refused.json()["errors"][0] in text_of(page_of(browser.get(HERE)).css_first("main"))
    browser.post(f"{HERE}/plan")
    assert browser.get("/v4/account", headers=TOKEN).status_code == 200


def test_a_reset_returns_one_account_to_its_file(browser: httpx2.Client) -> None:
    add(browser, "tags", name="Eider")
    other = browser.post("/accounts/2602/tags/new", data={"name": "Fulmar"})
    assert browser.post(f"{HERE}/reset").status_code == 303
    assert "Apps stay connected." in browser.get(HERE).text
    assert "Eider" not in [each["name"] for each in api(browser, "tags")["tags"]]
    assert browser.get(other.headers["Location"]).status_code == 200


def test_a_connected_app_is_disconnected(browser: httpx2.Client, kit: Any) -> None:
    page = page_of(browser.get(HERE))
    assert "Harbour blocks access token until" in text_of(page.css_first("main"))
    assert kit.get("account").status_code == 200
    browser.post(f"{HERE}/disconnect", data={"client_id": "kit-client"})
    assert kit.get("account").status_code == 401
    assert not kit.refresh().is_success
    assert "No app has access" in browser.get(HERE).text


def test_the_credentials_are_shown(browser: httpx2.Client) -> None:
    shown = text_of(page_of(browser.get(HERE)).css_first("dl"))
    for credential in ("kit_sandbox_harbour_letters", "kit_sandbox_harbour_letters_oauth"):
        assert credential in shown


def test_the_menu_leads_to_the_creators_own_account(browser: httpx2.Client) -> None:
    browser.post("/session", data={"account": "2602", "back": "/accounts"})
    assert browser.get("/accounts").headers["Location"] == "/accounts/2602"
    assert browser.get("/webhooks").headers["Location"] == "/accounts/2602/webhooks"


@pytest.mark.parametrize(
    "path", ["/accounts/1", "/accounts/2601/boats", "/accounts/2601/tags/1", "/accounts/1/webhooks"]
)
def test_what_is_not_there_is_a_page_that_says_so(browser: httpx2.Client, path: str) -> None:
    response = browser.get(path)
    assert response.status_code == 404
    assert "There is no such" in response.text or "no such records" in response.text


def test_an_account_without_posts_says_so(browser: httpx2.Client) -> None:
    pages = [browser.get(f"/accounts/{id_}/posts").text for id_ in (2601, 2602, 2603)]
    assert [("This account has no posts" in page) for page in pages] == [False, False, True]


def test_a_real_account_has_no_pages(tmp_path: Path, clock: Callable[[], float]) -> None:
    config = SandboxConfig(tmp_path, "http://localhost", real_account=(7, "Real"))
    app = create_sandbox(config, clock=clock)
    client = app.test_client()
    for path in ("/accounts", "/accounts/7", "/accounts/7/tags", "/webhooks"):
        assert client.get(path).status_code == 404
    assert '"/accounts"' not in client.get("/").text
    app.extensions["sandbox"].stop()
    app.extensions["sandbox"].client.http.close()


@contextmanager
def opened(chromium: Browser, url: str, **options: Any) -> Iterator[Page]:
    """Open a page in a fresh profile; an error of a script or a policy fails the test."""
    context = chromium.new_context(base_url=url, **options)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    yield page
    context.close()
    assert [each for each in problems if "422" not in each] == []


def test_a_tag_is_added_with_the_keyboard(chromium: Browser, sandbox_url: str) -> None:
    with opened(chromium, sandbox_url) as page:
        page.goto("/")
        page.get_by_role("link", name="Account", exact=True).press("Enter")
        page.get_by_role("navigation", name="Harbour Letters").get_by_text("Tags").press("Enter")
        page.get_by_role("link", name="Add a tag").press("Enter")
        page.get_by_label("Name").press("Enter")
        alert = page.get_by_role("alert")
        expect(alert).to_be_focused()
        alert.get_by_role("link", name="Name can't be blank").press("Enter")
        page.get_by_label("Name").press_sequentially("Eider")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text("The tag is added.")
        expect(page.get_by_role("heading", level=1)).to_have_text("Eider")
        page.get_by_role("button", name="Delete the tag").press("Enter")
        expect(page.get_by_role("status")).to_have_text("The tag is deleted.")
        expect(page.get_by_role("heading", level=1)).to_have_text("Tags")


def test_the_pages_are_accessible_and_fit_a_phone(chromium: Browser, sandbox_url: str) -> None:
    with opened(chromium, sandbox_url) as page:
        for path in ("", "/subscribers", "/sequences/61", "/purchases/901"):
            page.set_viewport_size({"width": 1280, "height": 720})
            page.goto(f"{HERE}{path}")
            assert violations_in_both_themes(page) == {}, path
            page.set_viewport_size({"width": 320, "height": 640})
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
