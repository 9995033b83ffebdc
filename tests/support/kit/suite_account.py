"""The fixture account of Kit's own test suite: its credentials and ids, and requests for it."""

from typing import Any

import httpx2

KEY = {"X-Kit-Api-Key": "kit_sandbox_sdk_suite"}
TOKEN = {"Authorization": "Bearer kit_sandbox_sdk_suite_oauth"}
FREE = {"X-Kit-Api-Key": "kit_sandbox_blank_page"}
FORM, SEQUENCE, EMAIL, TAG, OTHER_TAG = 2765139, 1030824, 4533458, 2744672, 2907192
PERSON, FIELD, BROADCAST, SNIPPET = 1579118532, 264073, 8697158, 136038
PAGED = " pagination:pagination"
LOCATION = {
    **{"city": "Ghent", "state_province": "VOV", "country_code": "BE"},
    **{"latitude": 51.05, "longitude": 3.72, "timezone": "Europe/Brussels"},
}
PURCHASE = {
    **{"email_address": "buyer@example.com", "transaction_id": "t1", "currency": "usd"},
    "products": [{"name": "Book", "pid": 1, "lid": 2, "quantity": 1, "unit_price": 5.5}],
}
WEBHOOK = {
    "target_url": "https://app.example.com/hook",
    "event": {"name": "subscriber.tag_add", "tag_id": TAG},
}
NEW_EMAIL = {"subject": "Third", "delay_value": 3, "delay_unit": "days"}


def send(
    kit: httpx2.Client, method: str, path: str, body: Any, headers: dict[str, str] = TOKEN
) -> httpx2.Response:
    """Send a request to an operation of the API, with the account's token."""
    sent = {} if body is None else {"json": body}
    return kit.request(method, f"/v4/{path}", headers=headers, **sent)
