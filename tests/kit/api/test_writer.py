"""One write to Kit's API: when it is sent again, what it may cost, and what must not be seen of it."""

from collections.abc import Generator
from dataclasses import fields
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from plugin_server.errors import (
    BudgetSpent,
    KitError,
    KitForbidden,
    KitNotFound,
    KitRateLimited,
    KitRejected,
    KitUnavailable,
    KitUnreadable,
)
from plugin_server.kit.api.budget import Budget, Credential
from plugin_server.kit.api.client import KitClient
from plugin_server.kit.api.reader import KitReader
from plugin_server.kit.api.requests import RetryPolicy
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.api.writer import KitWriter
from plugin_server.kit.api.writes import (
    CREATE_SUBSCRIBER,
    CREATE_TAG,
    CREATE_WEBHOOK_ENDPOINT,
    DELETE_TAGS,
    UPDATE_SEQUENCE_EMAIL,
)
from plugin_server.kit.connect.credentials import BearerAuth

PERSON = "reader@person.example"
Outcome = httpx2.Response | Exception


class Kit(httpx2.BaseTransport):
    """Returns or raises one outcome after the other, the last one again and again."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.requests: list[httpx2.Request] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        self.requests.append(request)
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class RefreshingAuth(httpx2.Auth):
    """Sends a refused request once more, as an account's connection does."""

    def sync_auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        if (yield request).status_code == 401:
            request.headers["Authorization"] = "Bearer fresh"
            yield request


def writer(kit: Kit, **changes: Any) -> KitWriter:
    given = {
        "http": make_http_client(kit),
        "base_url": "https://kit.example",
        "auth": BearerAuth(SecretStr("token")),
        "credential": Credential.of_token("26"),
        "budget": Budget(),
        "retry_policy": RetryPolicy(seconds=8, max_pause=0.1),
    }
    return KitWriter(**{**given, **changes})


def reader_beside(sends: KitWriter) -> KitReader:
    """Return what reads with the credential and the budget of a writer."""
    return KitReader(*(getattr(sends, each.name) for each in fields(KitReader)))


def methods_of(kind: type) -> set[str]:
    return {name for name in dir(kind) if name[0] != "_" and callable(getattr(kind, name))}


def done() -> httpx2.Response:
    return httpx2.Response(201, json={"tag": {"id": 7, "name": "Ferry"}})


def test_a_write_is_sent_as_kit_takes_it() -> None:
    kit = Kit(done())
    written = writer(kit).send(CREATE_TAG, name="Ferry")
    assert (written.record.id, written.status) == (7, 201)
    [request] = kit.requests
    assert (request.method, str(request.url)) == ("POST", "https://kit.example/v4/tags")
    assert request.content == b'{"name":"Ferry"}'
    assert request.headers["Authorization"] == "Bearer token"


def test_what_is_not_given_is_not_sent_and_none_is_null() -> None:
    _, path, body = UPDATE_SEQUENCE_EMAIL.request(sequence_id=3, id=4, send_days=None)
    assert (path, body) == ("/v4/sequences/3/emails/4", {"send_days": None})


@pytest.mark.parametrize(
    "outcome",
    [
        httpx2.Response(429, text="Retry later", headers={"Retry-After": "0"}),
        httpx2.ConnectError("refused"),
        httpx2.ConnectTimeout("slow"),
        httpx2.PoolTimeout("busy"),
    ],
    ids=repr,
)
def test_a_write_that_kit_has_certainly_not_done_is_sent_again(outcome: Outcome) -> None:
    kit = Kit(outcome, done())
    assert writer(kit).send(CREATE_TAG, name="Ferry").record.id == 7
    assert len(kit.requests) == 2


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (httpx2.Response(500), KitUnavailable),
        (httpx2.Response(503, headers={"Retry-After": "0"}), KitUnavailable),
        (httpx2.ReadTimeout("slow"), KitUnavailable),
        (httpx2.ReadError("dropped"), KitUnavailable),
        (httpx2.WriteError("dropped"), KitUnavailable),
        (httpx2.RemoteProtocolError("cut"), KitUnavailable),
        (httpx2.Response(201, text='{"tag": '), KitUnreadable),
        (httpx2.Response(201, json={"tag": None}), KitUnreadable),
        (httpx2.Response(403, json={}), KitForbidden),
        (httpx2.Response(404, json={"errors": ["Not Found"]}), KitNotFound),
        (httpx2.Response(409, json={"errors": ["x"]}), KitRejected),
        (httpx2.Response(413, json={"errors": ["x"]}), KitRejected),
        (httpx2.Response(422, json={"errors": [["x"], "y"]}), KitRejected),
    ],
    ids=repr,
)
def test_a_write_that_kit_may_have_done_is_not(outcome: Outcome, error: type[KitError]) -> None:
    kit = Kit(outcome)
    with pytest.raises(error):
        writer(kit).send(CREATE_TAG, name="Ferry")
    assert len(kit.requests) == 1


def test_a_write_that_was_refused_for_its_token_is_sent_again_with_its_body() -> None:
    expired = httpx2.Response(401, json={"errors": ["The access token expired"]})
    kit = Kit(expired, done())
    assert writer(kit, auth=RefreshingAuth()).send(CREATE_TAG, name="Ferry").record.id == 7
    assert [each.content for each in kit.requests] == [b'{"name":"Ferry"}'] * 2


def test_writes_and_reads_spend_one_budget() -> None:
    kit, budget, two = Kit(done()), Budget(), Credential("two", 2)
    sends = writer(kit, budget=budget, credential=two)
    sends.send(CREATE_TAG, name="Ferry")
    reads = reader_beside(sends)
    reads.get("/v4/tags")
    for again in (lambda: reads.get("/v4/tags"), lambda: sends.send(CREATE_TAG, name="Ferry")):
        with pytest.raises(BudgetSpent):
            again()
    assert len(kit.requests) == 2


def test_a_429_pauses_writes_and_reads_alike() -> None:
    kit, budget = Kit(httpx2.Response(429, headers={"Retry-After": "30"})), Budget()
    sends = writer(kit, budget=budget)
    with pytest.raises(KitRateLimited):
        sends.send(CREATE_TAG, name="Ferry")
    with pytest.raises(BudgetSpent):
        reader_beside(sends).get("/v4/tags")


@pytest.mark.parametrize(
    ("send", "reason"),
    [
        (lambda w: w.send(CREATE_TAG, name=5), "valid string"),
        (lambda w: w.send(CREATE_TAG), "required"),
        (lambda w: w.send(CREATE_TAG, name="x", color="red"), "not permitted"),
        (lambda w: w.send(DELETE_TAGS, tags=[{"id": PERSON}]), "valid integer"),
        (lambda w: w.send(CREATE_SUBSCRIBER, email_address=[PERSON]), "valid string"),
        (lambda w: w.send(CREATE_SUBSCRIBER, email_address="x", state=PERSON), "'active'"),
    ],
)
def test_what_kit_could_not_accept_is_refused_before_a_request_and_not_repeated(
    send: Any, reason: str
) -> None:
    kit = Kit(done())
    with pytest.raises(ValueError, match=reason) as refused:
        send(writer(kit))
    assert kit.requests == []
    assert PERSON not in str(refused.value)


@pytest.mark.parametrize(
    "outcome",
    [
        httpx2.Response(201, json={"subscriber": {"id": 1, "email_address": PERSON}}),
        httpx2.Response(201, json={"subscriber": {"id": PERSON}, "warnings": [PERSON]}),
        httpx2.Response(422, json={"errors": [f"{PERSON} is taken", [f"as is {PERSON}"]]}),
        httpx2.Response(500, text=PERSON),
        httpx2.ReadError(f"while sending {PERSON}"),
    ],
    ids=repr,
)
def test_no_email_address_that_is_written_or_returned_is_seen(
    outcome: Outcome, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    members = {"email_address": PERSON, "first_name": PERSON, "fields": {"last_name": PERSON}}
    seen: object
    try:
        seen = writer(Kit(outcome)).send(CREATE_SUBSCRIBER, **members)
    except KitError as error:
        seen = error.messages
    body = CREATE_SUBSCRIBER.body(**members)
    assert PERSON not in f"{seen} {seen!r} {body} {body!r} {caplog.text}"


def test_what_failed_of_many_is_not_printed() -> None:
    failure = {"subscriber": {"email_address": PERSON}, "errors": ["Email address is invalid"]}
    kit = Kit(httpx2.Response(200, json={"failures": [failure]}))
    [failed] = writer(kit).send(DELETE_TAGS, tags=[{"id": 1}]).record.failures
    assert failed.item == {"email_address": PERSON}
    assert PERSON not in f"{failed} {failed!r}"


def test_the_url_of_an_endpoint_is_not_printed() -> None:
    members = {"url": "https://app.example/hook?key=hidden", "events": ["post.published"]}
    body = CREATE_WEBHOOK_ENDPOINT.body(**members)
    assert "hidden" not in f"{body} {body!r}"


def test_a_writer_does_what_it_is_allowed_and_nothing_else() -> None:
    kit = Kit(done())
    sends = writer(kit, allowed=(CREATE_TAG,))
    assert sends.send(CREATE_TAG, name="Ferry").record.id == 7
    with pytest.raises(PermissionError, match="POST /v4/subscribers"):
        sends.send(CREATE_SUBSCRIBER, email_address="x")
    assert len(kit.requests) == 1


def test_what_reads_cannot_write() -> None:
    assert not issubclass(KitReader, KitWriter)
    assert not issubclass(KitWriter, KitReader)
    assert methods_of(KitReader) == {"get"}
    assert methods_of(KitClient) == {"find", "get", "list"}
