"""Webhooks: what happens in an account is delivered over HTTP, signed, in batches, with retries."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from flask.testing import FlaskClient
from support.kit.shapes import problems
from support.servers.webhook_receiver import Receiver, signatures
from support.waiting import wait_until

from plugin_server.sandbox.config import SandboxConfig
from plugin_server.sandbox.kit.app import create_api_app

TOKEN = {"Authorization": "Bearer kit_sandbox_harbour_letters_oauth", "Host": "127.0.0.1"}


@pytest.fixture
def api(tmp_path: Any, clock: Any) -> Iterator[Callable[..., Any]]:
    """A function that sends a request to Kit's API and returns the response's JSON."""
    config = SandboxConfig(tmp_path, "http://127.0.0.1:4000", webhook_retries=(0.01,) * 3)
    app = create_api_app(config, clock=clock)
    client: FlaskClient = app.test_client()

    def send(method: str, path: str, body: Any = None) -> Any:
        response = client.open(f"/v4/{path}", method=method, json=body, headers=TOKEN)
        assert response.status_code < 300, response.text
        return response.get_json(silent=True)

    send.sandbox = app.extensions["sandbox"]  # type: ignore[attr-defined]
    yield send
    app.extensions["sandbox"].stop()


def endpoint(api: Any, receiver: Receiver, *events: str) -> dict[str, Any]:
    body = {"url": receiver.url, "events": list(events)}
    return dict(api("POST", "webhook_endpoints", body)["webhook_endpoint"])


def deliveries(api: Any, made: dict[str, Any]) -> list[dict[str, Any]]:
    found = api("GET", f"webhook_endpoints/{made['id']}/deliveries")
    return list(found["deliveries"])


def test_an_event_is_delivered_with_a_signature(api: Any, receiver: Receiver) -> None:
    made = endpoint(api, receiver, "tag.created")
    tag = api("POST", "tags", {"name": "Salt"})["tag"]
    (body,) = receiver.wait(1)
    assert problems(body, "delivery_id:int events:any[]") == []
    (event,) = body["events"]
    assert problems(event, "id:str type:tag.created created:T data:any") == []
    assert event["data"] == {"tag": tag}
    headers, raw = receiver.received[0]
    assert signatures(headers["X-Kit-Signature"], raw, made["secret"])
    assert headers["X-Kit-Delivery"] == str(body["delivery_id"])
    assert headers["User-Agent"] == "Kit-Webhooks/2.0"


def test_events_of_one_request_come_in_batches_of_one_type(api: Any, receiver: Receiver) -> None:
    endpoint(api, receiver, "subscriber.created", "subscriber.activated", "tag.created")
    people = [{"email_address": f"new-{n}@example.com"} for n in range(150)]
    api("POST", "bulk/subscribers", {"subscribers": people})
    bodies = receiver.wait(4)
    sizes = sorted((body["events"][0]["type"], len(body["events"])) for body in bodies)
    assert sizes == [
        *(("subscriber.activated", 50), ("subscriber.activated", 100)),
        *(("subscriber.created", 50), ("subscriber.created", 100)),
    ]
    assert all(len({event["type"] for event in body["events"]}) == 1 for body in bodies)


def test_a_failed_delivery_is_repeated_unchanged(api: Any, receiver: Receiver) -> None:
    made = endpoint(api, receiver, "tag.created")
    receiver.statuses += [500, 302]
    api("POST", "tags", {"name": "Salt"})
    first, second, third = receiver.wait(3)
    assert first == second == third
    wait_until(lambda: deliveries(api, made)[0]["status"] == "delivered")
    (delivery,) = deliveries(api, made)
    path = f"webhook_endpoints/{made['id']}/deliveries/{delivery['id']}"
    whole = api("GET", path)
    assert problems(whole, "delivery:delivery") == []
    attempts = whole["delivery"]["attempts"]
    assert [each["response_status"] for each in attempts] == [500, 302, 200]
    assert whole["delivery"]["attempt_count"] == 3


@pytest.mark.parametrize(("statuses", "attempts"), [([500] * 9, 4), ([500, 410], 2)])
def test_a_delivery_fails_in_the_end(
    api: Any, receiver: Receiver, statuses: list[int], attempts: int
) -> None:
    made = endpoint(api, receiver, "tag.created")
    receiver.statuses += statuses
    api("POST", "tags", {"name": "Salt"})
    wait_until(lambda: [each["status"] for each in deliveries(api, made)] == ["failed"])
    assert len(receiver.received) == attempts


def test_an_app_that_is_busy_says_when_to_come_back(api: Any, receiver: Receiver) -> None:
    made = endpoint(api, receiver, "tag.created")
    receiver.statuses, receiver.headers = [503], {"Retry-After": "3600"}
    api("POST", "tags", {"name": "Salt"})
    wait_until(lambda: [each["status"] for each in deliveries(api, made)] == ["retrying"])
    assert len(receiver.received) == 1


def test_what_failed_is_sent_again(api: Any, receiver: Receiver) -> None:
    made = endpoint(api, receiver, "tag.created")
    receiver.statuses += [410]
    api("POST", "tags", {"name": "Salt"})
    wait_until(lambda: [each["status"] for each in deliveries(api, made)] == ["failed"])
    account = api.sandbox.accounts[2601]
    api.sandbox.webhooks.send_again(account, account.collections["deliveries"][0])
    wait_until(lambda: [each["status"] for each in deliveries(api, made)] == ["delivered"])
    assert receiver.bodies()[0] == receiver.bodies()[1]


def test_a_reset_ends_what_was_still_to_be_sent(api: Any, receiver: Receiver) -> None:
    made = endpoint(api, receiver, "tag.created")
    api("POST", "tags", {"name": "Salt"})
    wait_until(lambda: [each["status"] for each in deliveries(api, made)] == ["delivered"])
    before = api.sandbox.accounts[2601]
    api.sandbox.states.reset(2601)
    api.sandbox.webhooks.send_again(before, before.collections["deliveries"][0])
    done = Event()
    api.sandbox.webhooks.run_later(lambda _: done.set())
    assert done.wait(10)
    assert len(receiver.received) == 1


def test_a_retry_that_a_stop_prevents_is_a_failed_delivery(
    tmp_path: Path, clock: Any, receiver: Receiver
) -> None:
    config = SandboxConfig(tmp_path, "http://127.0.0.1:4000", data_file=tmp_path / "kit.json")
    app = create_api_app(config, clock=clock)
    receiver.statuses += [500]
    body = {"url": receiver.url, "events": ["tag.created"]}
    for path, json_ in (("webhook_endpoints", body), ("tags", {"name": "Salt"})):
        app.test_client().post(f"/v4/{path}", json=json_, headers=TOKEN)
    found = app.extensions["sandbox"].accounts[2601].collections["deliveries"]
    wait_until(lambda: found[0]["status"] == "retrying")
    app.extensions["sandbox"].stop()
    again = create_api_app(config, clock=clock).test_client()
    path = "/v4/webhook_endpoints/1/deliveries/1"
    delivery = again.get(path, headers=TOKEN).get_json()["delivery"]
    assert (delivery["status"], delivery["attempt_count"]) == ("failed", 1)
    assert delivery["completed_at"] is not None


def test_a_rotated_secret_overlaps_with_the_one_before(
    api: Any, receiver: Receiver, clock: Any
) -> None:
    made = endpoint(api, receiver, "tag.created")
    path = f"webhook_endpoints/{made['id']}"
    new = api("POST", f"{path}/rotate_secret")["webhook_endpoint"]["secret"]
    assert new != made["secret"]

    def sign(name: str, *secrets: str) -> bool:
        api("POST", "tags", {"name": name})
        receiver.wait(len(receiver.received) + 1)
        headers, body = receiver.received[-1]
        return signatures(headers["X-Kit-Signature"], body, *secrets)

    assert sign("A", new, made["secret"])
    with pytest.raises(AssertionError, match="has not expired"):
        api("POST", f"{path}/rotate_secret")
    newest = api("POST", f"{path}/rotate_secret", {"force": True})["webhook_endpoint"]["secret"]
    assert sign("B", newest, new)
    clock.advance(24 * 3600)
    assert sign("C", newest)
    api("POST", f"{path}/rotate_secret")
    ended = api("POST", f"{path}/revoke_previous_secret")["webhook_endpoint"]
    assert ended["previous_secret_expires_at"] is None
    assert "secret" not in ended


def test_disabled_and_deleted_endpoints_get_nothing(api: Any, receiver: Receiver) -> None:
    one, other = (endpoint(api, receiver, "tag.created") for _ in range(2))
    api("PATCH", f"webhook_endpoints/{one['id']}", {"status": "disabled"})
    api("DELETE", f"webhook_endpoints/{other['id']}")
    last = endpoint(api, receiver, "tag.created")
    api("POST", "tags", {"name": "Salt"})
    receiver.wait(1)
    wait_until(lambda: [each["status"] for each in deliveries(api, last)] == ["delivered"])
    assert len(receiver.received) == 1
    assert deliveries(api, one) == []


@pytest.mark.parametrize(
    ("event", "happen"),
    [
        ({"name": "subscriber.tag_add", "tag_id": 51}, ("POST", "tags/51/subscribers/{}")),
        (
            {"name": "subscriber.form_subscribe", "form_id": 801},
            ("POST", "forms/801/subscribers/{}"),
        ),
        (
            {"name": "subscriber.course_subscribe", "course_id": 61},
            ("POST", "sequences/61/subscribers/{}"),
        ),
        ({"name": "subscriber.subscriber_unsubscribe"}, ("POST", "subscribers/{}/unsubscribe")),
    ],
)
def test_legacy_webhooks_get_the_subscriber(
    api: Any, receiver: Receiver, event: dict[str, Any], happen: tuple[str, str]
) -> None:
    person = api("POST", "subscribers", {"email_address": "new@example.com"})["subscriber"]["id"]
    api("POST", "webhooks", {"target_url": receiver.url, "event": event})
    api("POST", "tags/52/subscribers/" + str(person))
    api(happen[0], happen[1].format(person))
    (body,) = receiver.wait(1)
    assert body["subscriber"]["id"] == person
    assert body["subscriber"]["created_at"].endswith(".000Z")
    assert "X-Kit-Signature" not in receiver.received[0][0]


def test_a_published_post_and_a_purchase_are_events(
    api: Any, receiver: Receiver, clock: Any
) -> None:
    endpoint(api, receiver, "post.published", "broadcast.sent")
    hook = {"target_url": receiver.url, "event": {"name": "purchase.purchase_create"}}
    api("POST", "webhooks", hook)
    at = {"published_at": "2026-09-22T07:00:00Z", "send_at": "2026-09-22T07:00:00Z"}
    api("POST", "broadcasts", {"subject": "Low tide", "public": True, **at})
    clock.advance(86_400)
    api("GET", "account")
    types = {body["events"][0]["type"] for body in receiver.wait(2)}
    assert types == {"post.published", "broadcast.sent"}
    product = {"name": "Map", "pid": 3, "lid": 4, "quantity": 2, "unit_price": 1.5}
    purchase = {"email_address": "c@example.com", "transaction_id": "t-9", "products": [product]}
    api("POST", "purchases", purchase)
    assert receiver.wait(3)[2]["transaction_id"] == "t-9"


def test_a_large_bulk_operation_calls_back(api: Any, receiver: Receiver) -> None:
    tags = [{"name": f"Tag {n:03}"} for n in range(101)]
    body = {"tags": [*tags, {"name": " "}], "callback_url": receiver.url}
    assert api("POST", "bulk/tags", body) == {}
    (result,) = receiver.wait(1)
    assert problems(result, "tags:tag[] failures:failure[]") == []
    assert (len(result["tags"]), len(result["failures"])) == (101, 1)


def test_nothing_is_sent_to_other_machines(api: Any) -> None:
    body = {"url": "https://app.example.com/hook", "events": ["tag.created"]}
    made = api("POST", "webhook_endpoints", body)["webhook_endpoint"]
    api("POST", "tags", {"name": "Salt"})
    wait_until(lambda: [each["status"] for each in deliveries(api, made)] == ["failed"])
    (delivery,) = deliveries(api, made)
    whole = api("GET", f"webhook_endpoints/{made['id']}/deliveries/{delivery['id']}")
    attempts = whole["delivery"]["attempts"]
    assert {each["response_body"] for each in attempts} == {
        "The sandbox sends to this machine only."
    }
