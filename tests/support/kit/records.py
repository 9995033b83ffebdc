"""Kit's posts, forms and purchases as its API returns them."""

from typing import Any

from support.kit.in_process import PUBLISHED, Json, page

# In every purchase, and to be found nowhere else.
CUSTOMER = "customer-of-somebody@reader.example"


def form(id_: int, **changes: Any) -> Json:
    return {
        "id": id_,
        "name": f"Form {id_}",
        "type": "embed",
        "archived": False,
        "embed_url": f"https://forms.example/{id_}",
        **changes,
    }


def line(pid: str | None = "cal", price: object = "18.5", **changes: Any) -> Json:
    return {"pid": pid, "name": "Tide calendar", "sku": None, "unit_price": price, **changes}


def purchase(id_: int, *lines: Json, **changes: Any) -> Json:
    return {
        "id": id_,
        "transaction_id": f"paid-by-{CUSTOMER}",
        "email_address": CUSTOMER,
        "currency": "USD",
        "transaction_time": f"2026-03-{id_:02}T08:00:00Z",
        "products": list(lines),
        **changes,
    }


def purchases(*records: Json, following: str | None = None) -> Json:
    return page("purchases", list(records), following=following)


def many_purchases() -> Json:
    """Return the responses of an account whose purchases take two pages."""
    return {
        "/v4/purchases": purchases(purchase(9, line(price="24")), following="Wzld"),
        "/v4/purchases?Wzld": purchases(
            purchase(3, line(price="20")), purchase(2, line("old", "5", name="Old"))
        ),
    }


def a_large_account(**newest: Any) -> Json:
    """Return the responses of an account whose newest posts are 9 and 8, and whose others are 3 to 1."""

    def record(id_: int, **changes: Any) -> Json:
        moment = f"2026-01-0{id_}T00:00:00Z"
        return {"id": id_, "title": f"Post {id_}", **PUBLISHED, "published_at": moment, **changes}

    head = [record(9, **newest), record(8)]
    return {
        "/v4/posts": page("posts", head, following="Wzhd"),
        "/v4/posts?Wzhd": page("posts", [record(each) for each in (3, 2, 1)]),
    }
