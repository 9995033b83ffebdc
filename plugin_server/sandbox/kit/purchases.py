"""Purchases. They need OAuth, and hold customers' email addresses."""

from typing import Any

from plugin_server.sandbox.kit import fields, subscriber_records
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.calls import Call, Reply
from plugin_server.sandbox.kit.fields import Field, read_fields
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.resource import Resource


def _currency(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 3 or not value.isalpha():
        raise ValueError("Currency is invalid")
    return value.upper()


def _products(value: Any) -> list[Record]:
    if not isinstance(value, list) or not value or not all(isinstance(e, dict) for e in value):
        raise ValueError("Products can't be blank")
    return [
        {
            "quantity": fields.number(each.get("quantity", 1)),
            "lid": str(each.get("lid", each.get("pid", ""))),
            "unit_price": fields.number(each.get("unit_price", 0)),
            "sku": None if each.get("sku") is None else str(each["sku"]),
            "name": str(each.get("name") or ""),
            "pid": str(each.get("pid", "")),
        }
        for each in value
    ]


def _subscriber_id(account: Account, purchase: Record) -> Any:
    if "subscriber_id" not in purchase:
        # An account file need not have it.
        subscriber = account.subscriber_with(purchase["email_address"])
        return subscriber and subscriber["id"]
    return purchase["subscriber_id"]


PURCHASES = Resource(
    "purchase",
    "id transaction_id status email_address subscriber_id currency transaction_time"
    " subtotal discount tax total products source",
    fields={
        "transaction_id": Field(fields.text, required="Transaction cannot be blank"),
        "email_address": Field(fields.email, required="Email address is invalid"),
        "products": Field(_products, required="Products can't be blank"),
        "currency": Field(_currency, default="USD"),
        "status": Field(fields.text, default="paid"),
        "transaction_time": Field(fields.moment_or_none("transaction_time")),
        **{
            name: Field(fields.number, default=0)
            for name in ("subtotal", "tax", "shipping", "discount", "total")
        },
    },
    computed={
        "subscriber_id": _subscriber_id,
        "source": lambda _account, each: each.get("source") or "API",
    },
    internal="shipping",
)
FIELDS = {**PURCHASES.fields, "first_name": Field(fields.text)}


def create_purchase(call: Call) -> Reply:
    """Create a purchase: 201. One with a known transaction gets the products of this one, too."""
    account, table = call.account, call.account.collections["purchases"]
    wrapped = call.body.get("purchase")
    values = read_fields(FIELDS, wrapped if isinstance(wrapped, dict) else call.body)
    email, first_name = values["email_address"], values.pop("first_name")
    subscriber = account.subscriber_with(email)
    if subscriber is None:
        subscriber = subscriber_records.add_subscriber(account, email, first_name=first_name)
    purchase = table.find_by("transaction_id", values["transaction_id"])
    if purchase is not None:
        purchase["products"] = [*purchase["products"], *values["products"]]
    else:
        at = values["transaction_time"] or account.now()
        known = {"subscriber_id": subscriber["id"], "transaction_time": at}
        purchase = table.add({**values, **known})
    account.emit("purchase.created", subscriber=subscriber, purchase=purchase)
    return {"purchase": PURCHASES.show(account, purchase)}, 201
