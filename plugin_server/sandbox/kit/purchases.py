"""Purchases. They need OAuth, and hold customers' email addresses."""

from typing import Any

from plugin_server.sandbox.kit import fields, subscriber_records
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.calls import Call, Reply
from plugin_server.sandbox.kit.crud import NEEDS_OAUTH
from plugin_server.sandbox.kit.fields import Field, read_fields
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.rejection import Rejected
from plugin_server.sandbox.kit.resource import Resource


def read_number(value: Any) -> float | int:
    """Read a number, which may come as text; raises ValueError."""
    if isinstance(value, str):
        try:
            value = float(value) if "." in value else int(value)
        except ValueError:
            value = None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("A number was expected")
    return value


def _currency(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 3 or not value.isalpha():
        raise ValueError("Currency is invalid")
    return value.upper()


def _products(value: Any) -> list[Record]:
    if not isinstance(value, list) or not value or not all(isinstance(e, dict) for e in value):
        raise ValueError("Products can't be blank")
    return [
        {
            "quantity": read_number(each.get("quantity", 1)),
            "lid": str(each.get("lid", each.get("pid", ""))),
            "unit_price": read_number(each.get("unit_price", 0)),
            "sku": None if each.get("sku") is None else str(each["sku"]),
            "name": str(each.get("name") or ""),
            "pid": str(each.get("pid", "")),
        }
        for each in value
    ]


_AMOUNTS = ("subtotal", "tax", "shipping", "discount", "total")
FIELDS = {
    "transaction_id": Field(fields.text, required="Transaction cannot be blank"),
    "email_address": Field(fields.email, required="Email address is invalid"),
    "products": Field(_products, required="Products can't be blank"),
    "first_name": Field(fields.text),
    "currency": Field(_currency, default="USD"),
    "status": Field(fields.text, default="paid"),
    "transaction_time": Field(fields.moment_or_none("transaction_time")),
    **{name: Field(read_number, default=0) for name in _AMOUNTS},
}


def _subscriber_id(account: Account, purchase: Record) -> int | None:
    if "subscriber_id" not in purchase:
        subscriber = account.subscriber_with(purchase["email_address"])
        purchase["subscriber_id"] = subscriber["id"] if subscriber else None
    subscriber_id: int | None = purchase["subscriber_id"]
    return subscriber_id


PURCHASES = Resource(
    *("purchase", "purchases"),
    (
        *("id", "transaction_id", "status", "email_address", "subscriber_id", "currency"),
        *("transaction_time", "subtotal", "discount", "tax", "total", "products", "source"),
    ),
    computed={
        "subscriber_id": _subscriber_id,
        "source": lambda _account, each: each.get("source") or "API",
    },
    oauth_only=True,
    internal=("created_at", "shipping"),
)


def create_purchase(call: Call) -> Reply:
    """Create a purchase: 201. One with a known transaction gets the products of this one, too."""
    if not call.is_oauth:
        raise Rejected(401, NEEDS_OAUTH)
    account, table = call.account, call.account.collections["purchases"]
    wrapped = call.body.get("purchase")
    body = wrapped if isinstance(wrapped, dict) else call.body
    values = read_fields(FIELDS, body, partial=False)
    first_name = values.pop("first_name")
    subscriber = account.subscriber_with(values["email_address"])
    if subscriber is None:
        subscriber = subscriber_records.add_subscriber(
            account, values["email_address"], first_name=first_name
        )
    same = (each for each in table if each["transaction_id"] == values["transaction_id"])
    purchase = next(same, None)
    if purchase is not None:
        table.change(purchase["id"], {"products": [*purchase["products"], *values["products"]]})
    else:
        at = values["transaction_time"] or account.now()
        known = {"subscriber_id": subscriber["id"], "transaction_time": at}
        purchase = table.add({**values, **known})
    account.emit("purchase.created", subscriber=subscriber, purchase=purchase)
    return {"purchase": PURCHASES.show(account, purchase)}, 201
