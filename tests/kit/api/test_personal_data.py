"""No record, no error and no line of the log holds a person's data."""

import traceback
from typing import Any

import pytest
from support.kit.in_process import Kit, page

from plugin_server.errors import KitError
from plugin_server.kit.api.client import KitClient
from plugin_server.kit.api.endpoints import ACCOUNT, PURCHASE, PURCHASES, SUBSCRIBER

PERSON = "reader@person.example"


def purchase(**changes: Any) -> dict[str, Any]:
    """Return a purchase whose every text about the customer, known or not, names the person."""
    return {
        "id": 3,
        "transaction_id": PERSON,
        "email_address": PERSON,
        "customer": {"email": PERSON, "name": PERSON},
        "status": "paid",
        "currency": "USD",
        "transaction_time": "2023-02-17T11:43:55Z",
        "total": 81.53,
        "products": [
            {"pid": "p1", "lid": PERSON, "name": "Tip", "unit_price": 23.22, "email": PERSON}
        ],
        **changes,
    }


BROKEN_PURCHASES = [
    PERSON,
    [PERSON],
    purchase(id=PERSON),
    purchase(id={"email_address": PERSON}),
    purchase(id=None),
]


def every_word(error: BaseException | None) -> str:
    """Return all that an error could show of itself and of what it was raised from."""
    words = "".join(traceback.format_exception(error)) if error else ""
    while error is not None:
        words += f"{error!r} {vars(error)}"
        error = error.__cause__ or error.__context__
    return words


@pytest.mark.parametrize(
    "record",
    [
        purchase(),
        purchase(products=[PERSON, {"name": "Tip", "quantity": PERSON}]),
        purchase(products=PERSON, total=PERSON, tax=[PERSON], transaction_time=PERSON),
        purchase(status={"email_address": PERSON}, currency=[PERSON]),
    ],
)
def test_a_purchase_does_not_show_who_bought(
    client: KitClient, kit: Kit, caplog: pytest.LogCaptureFixture, record: Any
) -> None:
    caplog.set_level("DEBUG")
    kit.responses["/v4/purchases"] = page("purchases", [record])
    kit.responses["/v4/purchases/3"] = {"purchase": record}
    for found in [*client.list(PURCHASES), client.find(PURCHASE, id=3)]:
        assert found is not None
        assert PERSON not in f"{found!r} {found} {found.model_dump()} {found.model_dump_json()}"
        assert PERSON not in f"{vars(found)} {found.model_extra} {found.model_fields_set}"
    assert PERSON not in caplog.text


@pytest.mark.parametrize("record", BROKEN_PURCHASES)
def test_a_broken_purchase_does_not_show_who_bought(
    client: KitClient, kit: Kit, caplog: pytest.LogCaptureFixture, record: Any
) -> None:
    caplog.set_level("DEBUG")
    kit.responses["/v4/purchases"] = page("purchases", [record])
    assert list(client.list(PURCHASES)) == []
    kit.responses["/v4/purchases/3"] = {"purchase": record}
    with pytest.raises(KitError) as refused:
        client.find(PURCHASE, id=3)
    kit.responses["/v4/purchases"] = {"purchases": record}
    if not isinstance(record, list):
        with pytest.raises(KitError) as also_refused:
            list(client.list(PURCHASES))
        assert PERSON not in every_word(also_refused.value)
    assert PERSON not in every_word(refused.value)
    assert PERSON not in caplog.text


def test_a_subscriber_is_nobody(client: KitClient, kit: Kit) -> None:
    person = {
        "id": 7,
        "state": "active",
        "created_at": "2026-03-01T12:00:00Z",
        "email_address": PERSON,
        "first_name": PERSON,
        "fields": {"last_name": PERSON},
        "referrer": f"https://x.example/?{PERSON}",
    }
    kit.responses["/v4/subscribers/7"] = {"subscriber": person}
    found = client.find(SUBSCRIBER, id=7)
    assert found is not None
    assert found.state == "active"
    assert PERSON not in f"{found!r} {found.model_dump()}"


def test_no_email_address_of_the_account_is_read(client: KitClient, kit: Kit) -> None:
    account = {"id": 26, "name": "Kit Greetings", "primary_email_address": PERSON}
    kit.responses["/v4/account"] = {"user": {"email": PERSON}, "account": account}
    found = client.get(ACCOUNT)
    assert found.name == "Kit Greetings"
    assert PERSON not in f"{found!r} {found.model_dump()}"
