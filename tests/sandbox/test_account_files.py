"""Accounts that a file describes, changes that a file stores, and what the sandbox's own pages change."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from flask.testing import FlaskClient
from support.documents import CHECKOUT

from plugin_server.sandbox.app import create_sandbox
from plugin_server.sandbox.config import SandboxConfig
from plugin_server.sandbox.kit.account_files import (
    BadAccount,
    dump_account,
    load_accounts,
    read_account,
    read_accounts,
)
from plugin_server.sandbox.kit.app import create_api_app
from plugin_server.sandbox.kit.fields import email

BASE = "http://127.0.0.1:4000"
ACCOUNT = {"id": 1, "name": "Mill", "primary_email_address": "mill@example.com"}
KEY = {"X-Kit-Api-Key": "mill", "Host": "127.0.0.1:4000"}
HOST = {"Host": "127.0.0.1:4000"}


@pytest.fixture
def make(tmp_path: Path, clock: Any) -> Callable[..., FlaskClient]:
    """A function that starts an API with a description of its only account."""

    def make(**members: Any) -> FlaskClient:
        file = tmp_path / "accounts.json"
        file.write_text(json.dumps([{"account": ACCOUNT, "api_key": "mill", **members}]))
        config = SandboxConfig(tmp_path, BASE, accounts_file=file, data_file=tmp_path / "data.json")
        return create_api_app(config, clock=clock).test_client()

    return make


def get(client: FlaskClient, path: str) -> Any:
    return client.get(f"/v4/{path}", headers=KEY).get_json()


def test_the_documented_file_can_be_read(tmp_path: Path, clock: Any) -> None:
    text = (CHECKOUT / "docs" / "sandbox.md").read_text("utf-8")
    file = tmp_path / "accounts.json"
    described = text.partition("An account file is")[2].partition("```json\n")[2]
    file.write_text(described.partition("```")[0], "utf-8")
    (account,) = read_accounts(file, BASE, clock).values()
    assert account.subscribers[0]["fields"] == {"town": "Ghent"}
    assert account.links("tags").find(5, 7) is not None
    assert (account.posts or [])[0]["status"] == "published"


def test_times_are_counted_from_the_start(make: Any, clock: Any) -> None:
    client = make(tags=[{"id": 5, "name": "Bread", "created_at": "{now-1d}"}])
    assert get(client, "tags")["tags"][0]["created_at"] == "2026-09-20T14:13:20Z"


def test_described_subscribers_are_the_same_at_every_start_with_a_seed(make: Any) -> None:
    def found(seed: int) -> Any:
        described = {"count": 50, "seed": seed, "per_link": 50}
        client = make(subscribers=described, tags=[{"id": 5, "name": "A"}])
        return [get(client, path)["subscribers"] for path in ("subscribers", "tags/5/subscribers")]

    first, second, other = (found(seed) for seed in (7, 7, 8))
    assert first == second
    assert all(one != another for one, another in zip(first, other, strict=True))
    assert 10 < len(first[1]) < 40


def test_described_subscribers_have_values_of_custom_fields_in_turn(make: Any) -> None:
    fields = {"town": ["Ghent", None], "boat": ["Heron", "Curlew", "Hope"]}
    labels = [{"id": number, "label": key.title()} for number, key in enumerate(fields)]
    client = make(subscribers={"count": 4, "fields": fields}, custom_fields=labels)
    found = get(client, "subscribers?sort_order=asc")["subscribers"]
    assert [each["fields"]["town"] for each in found] == ["Ghent", None, "Ghent", None]
    assert [each["fields"]["boat"] for each in found] == ["Heron", "Curlew", "Hope", "Heron"]


@pytest.mark.parametrize(
    ("members", "finding"),
    [
        ({"tags": [{"id": 5, "name": "A", "colour": "red"}]}, "[0].tags[0].colour: unknown"),
        ({"tags": [{"id": 5}]}, "[0].tags[0].name: is missing."),
        ({"tags": [{"name": "A"}]}, "[0].tags[0]: an object with a number as its id"),
        ({"tags": 5}, "[0].tags: an array was expected."),
        ({"nonsense": []}, "[0].nonsense: unknown"),
        ({"account": {"id": 1}}, "[0].account.name: a text is needed."),
        ({"account": 5}, "[0].account: an object with"),
        (
            {"subscribers": [{"id": 1, "email_address": "x"}]},
            "[0].subscribers[0].email_address: Email address is invalid.",
        ),
        (
            {"subscribers": [{"id": 1, "email_address": "a@b.example", "created_at": "today"}]},
            "[0].subscribers[0].created_at: ",
        ),
        ({"subscribers": {"count": 5, "colour": 1}}, "[0].subscribers.colour: unknown; known are"),
        ({"subscribers": {"seed": 5}}, "[0].subscribers.count: is missing."),
        ({"subscribers": {"count": "5"}}, "[0].subscribers.count: a whole number, 0 or more,"),
        ({"subscribers": {"count": -1}}, "[0].subscribers.count: a whole number, 0 or more,"),
        ({"subscribers": {"count": 5, "start": 1}}, "[0].subscribers.start: a text was expected."),
        ({"subscribers": {"count": 5, "start": "soon"}}, "[0].subscribers: "),
        *(
            ({"subscribers": {"count": 5, "fields": wrong}}, "[0].subscribers: fields: a list of")
            for wrong in (5, [], {"town": "Ghent"}, {"town": []}, {"town": [5]})
        ),
        ({"posts": {"count": 5}}, "[0].posts.count: unknown"),
        ({"api_key": 7}, "[0].api_key: a text was expected."),
        ({"has_api_access": "no"}, "[0].has_api_access: true or false was expected."),
        (
            {"tags": [{"id": 5, "name": "A"}, {"id": 5, "name": "B"}]},
            "[0].tags: 2 records have the id 5.",
        ),
        ({"tag_subscribers": [{"tag_id": 1}]}, "[0].tag_subscribers[0]: tag_id, subscriber_id"),
        (
            {"form_subscribers": [{"form_id": 1, "subscriber_id": 2, "at": "today"}]},
            "[0].form_subscribers[0]: form_id",
        ),
        (
            {"sequences": [{"id": 1, "name": "A", "send_hour": 24}]},
            "[0].sequences[0].send_hour: send_hour must be an integer between 0 and 23.",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_reported_with_its_place(
    make: Any, members: dict[str, Any], finding: str
) -> None:
    with pytest.raises(BadAccount) as raised:
        make(**members)
    assert finding in str(raised.value)


@pytest.mark.parametrize(
    ("other", "finding"),
    [
        ({"account": ACCOUNT}, ": 2 accounts have the account.id 1."),
        ({"account": {**ACCOUNT, "id": 2}, "api_key": "mill"}, ": 2 accounts have the api_key"),
    ],
)
def test_accounts_with_the_same_id_or_key_are_reported(
    tmp_path: Path, other: dict[str, Any], finding: str
) -> None:
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps([{"account": ACCOUNT, "api_key": "mill"}, other]))
    with pytest.raises(BadAccount, match=finding):
        read_accounts(file, BASE)


@pytest.mark.parametrize("text", ["", "{}", "[]", "[5]"])
def test_a_file_that_is_not_an_array_of_objects(tmp_path: Path, text: str) -> None:
    file = tmp_path / "accounts.json"
    file.write_text(text)
    with pytest.raises(BadAccount):
        read_accounts(file, BASE)


def test_a_dumped_account_is_read_as_it_was(clock: Any) -> None:
    for account in load_accounts(BASE, clock).values():
        if len(account.subscribers) > 20_000:
            continue
        dumped = dump_account(account)
        assert dump_account(read_account(dumped, clock)) == dumped


def test_changes_are_stored_until_a_reset(make: Any) -> None:
    client = make(tags=[{"id": 5, "name": "Bread"}])
    client.post("/v4/tags", json={"name": "Salt"}, headers=KEY)
    client.application.extensions["sandbox"].stop()
    client = make(tags=[{"id": 5, "name": "Bread"}])
    assert [tag["name"] for tag in get(client, "tags")["tags"]] == ["Salt", "Bread"]
    assert client.post("/sandbox/reset", headers=HOST).status_code == 204
    assert [tag["name"] for tag in get(client, "tags")["tags"]] == ["Bread"]
    client = make(tags=[{"id": 5, "name": "Bread"}])
    assert [tag["name"] for tag in get(client, "tags")["tags"]] == ["Bread"]


def test_texts_that_look_like_placeholders_are_stored_as_they_are(make: Any) -> None:
    client = make()
    name = "{base_url} since {now-1d}"
    client.post("/v4/tags", json={"name": name}, headers=KEY)
    client.application.extensions["sandbox"].stop()
    assert get(make(), "tags")["tags"][0]["name"] == name


def test_a_form_that_is_refused_changes_no_account(tmp_path: Path, clock: Any) -> None:
    data_file = tmp_path / "accounts.json"
    app = create_sandbox(SandboxConfig(tmp_path, BASE, data_file=data_file), clock=clock)
    page = "/accounts/2601/tags/new"
    for name, status in (("", 422), ("Bread", 303)):
        response = app.test_client().post(page, data={"name": name}, headers=HOST)
        assert response.status_code == status
        app.extensions["sandbox"].states.save()
        assert data_file.exists() is (status == 303)
    app.extensions["sandbox"].stop()
    app.extensions["sandbox"].client.http.close()


def test_what_a_file_leaves_out_is_there(make: Any) -> None:
    client = make(
        posts=[{"id": 8, "title": "Flour"}],
        forms=[
            {"id": 3, "name": "Weekly notes"},
            {"id": 4, "name": "Brød"},
            {"id": 5, "name": "港"},
        ],
        snippets=[{"id": 9, "name": "Cat fact", "snippet_type": "inline", "content": "Meow"}],
    )
    client.post("/v4/broadcasts", json={"subject": "Rye"}, headers=KEY)
    assert get(client, "broadcasts")["broadcasts"][0]["publication_id"] == 9
    forms = get(client, "forms?type=embed")["forms"]
    assert [form["uid"] for form in forms] == ["form-5", "brd", "weekly-notes"]
    assert forms[2]["embed_url"] == "https://account-1.kit.com/weekly-notes"
    assert forms[2]["embed_js"] == "https://account-1.kit.com/weekly-notes/index.js"
    changed = client.put("/v4/snippets/9", json={"content": "Purr"}, headers=KEY).get_json()
    assert changed["snippet"]["key"] == "cat-fact"


def test_a_record_is_stored_as_kit_would_read_it(make: Any) -> None:
    client = make()
    put = client.put("/sandbox/accounts/1/tags", json={"name": 7}, headers=HOST)
    assert put.get_json()["name"] == get(client, "tags")["tags"][0]["name"] == "7"


@pytest.mark.parametrize(
    ("method", "path", "sentence"),
    [
        ("GET", "accounts/99.json", "There is no such account."),
        ("PUT", "accounts/1/breads", "An account has broadcasts, custom_fields, "),
    ],
)
def test_programs_read_in_json_what_is_not_there(
    make: Any, method: str, path: str, sentence: str
) -> None:
    response = make().open(f"/sandbox/{path}", method=method, json={}, headers=HOST)
    assert response.status_code == 404
    assert response.get_json()["errors"][0].startswith(sentence)


def test_one_account_is_reset_alone(browser: httpx2.Client) -> None:
    keys = [{"X-Kit-Api-Key": f"kit_sandbox_{name}"} for name in ("harbour_letters", "slow_kettle")]
    for key in keys:
        browser.post("/v4/tags", json={"name": "Salt"}, headers=key)
    assert browser.post("/sandbox/reset", json={"account": 2603}).status_code == 204
    found = ["Salt" in browser.get("/v4/tags", headers=key).text for key in keys]
    assert found == [True, False]
    assert browser.post("/sandbox/reset", json={"account": 1}).status_code == 404
    assert browser.get("/sandbox/requests.json").json()["by_resource"] == {"tags": 4}


def test_a_plan_lapses_and_comes_back(kit: Any) -> None:
    page = "/sandbox/accounts/2601.json"
    assert kit.browser.patch(page, json={"has_api_access": False}).status_code == 204
    refused = kit.get("account")
    assert refused.status_code == 401
    assert "token" not in refused.json()["errors"][0]
    assert "WWW-Authenticate" not in refused.headers
    assert kit.refresh().status_code == 200
    assert kit.get("account").status_code == 401
    kit.browser.patch(page, json={"has_api_access": True})
    assert kit.get("account").status_code == 200


def test_a_creator_publishes_changes_and_removes_a_post(browser: httpx2.Client) -> None:
    key = {"X-Kit-Api-Key": "kit_sandbox_fifty_thousand_letters"}
    posts = "/sandbox/accounts/2650/posts"
    made = browser.put(posts, json={"publication_id": 1, "title": "By hand", "slug": "x"}).json()
    newest = browser.get("/v4/posts?per_page=1", headers=key).json()["posts"][0]
    assert (newest["id"], newest["title"]) == (made["id"], "By hand")
    old = {"id": 5_000_001, "title": "Renamed"}
    assert browser.put(posts, json=old).json()["title"] == "Renamed"
    assert browser.get("/v4/posts/5000001", headers=key).json()["post"]["title"] == "Renamed"
    assert browser.delete(f"{posts}/5000001").status_code == 204
    assert browser.get("/v4/posts/5000001", headers=key).status_code == 404
    assert browser.put(posts, json={"colour": 1}).status_code == 422
    assert browser.put("/sandbox/accounts/2650/nonsense", json={}).status_code == 404


def test_other_sites_cannot_change_an_account(browser: httpx2.Client) -> None:
    headers = {"Origin": "https://evil.example.com", "Sec-Fetch-Site": "cross-site"}
    assert browser.post("/sandbox/reset", headers=headers).status_code == 403


def test_an_email_address_needs_a_host() -> None:
    assert email(" ada@example.com ") == "ada@example.com"
    for wrong in ("ada", "ada@", "ada@localhost", "a b@example.com", 5, None):
        with pytest.raises(ValueError, match="invalid"):
            email(wrong)
