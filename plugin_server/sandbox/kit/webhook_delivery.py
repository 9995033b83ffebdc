"""Delivers events to webhooks on this machine: legacy ones once, endpoints signed, in batches, with retries.

Source: https://developers.kit.com/webhooks
"""

import hmac
import json
import logging
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from hashlib import sha256
from heapq import heappop, heappush
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import count
from threading import Condition, Thread
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from plugin_server.config.hosts import is_loopback
from plugin_server.sandbox.config import RETRIES
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.broadcasts import status_of
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.moments import seconds_of, with_milliseconds
from plugin_server.sandbox.kit.purchases import PURCHASES
from plugin_server.sandbox.kit.subscriber_records import SUBSCRIBERS
from plugin_server.sandbox.kit.texts import words
from plugin_server.sandbox.kit.webhooks import EVENTS, LEGACY_EVENTS

log = logging.getLogger(__name__)

_BATCH, _BATCH_BYTES = 100, 512 * 1024
_TIMEOUT = 10
# At the end a delivery that is under way is not waited for any longer.
_STOP_SECONDS = 1
_BODY_LENGTH = 1000
_LONGEST_RETRY_AFTER = 24 * 3600

# What events have of a record; of a subscriber they have what responses have.
_DATA = {
    "form": words("id name created_at type format archived uid"),
    "sequence": words("id name hold repeat created_at updated_at email_template_id active"),
    "broadcast": words(
        "id publication_id created_at subject preview_text description public published_at send_at"
    ),
    "post": words("id publication_id title slug published_at is_paid public_url"),
    "tag": words("id name created_at"),
    "custom_field": words("id name key label"),
}


class WebhookDelivery:
    """Sends what happens in the accounts to their webhooks, from one thread. Threads may share it."""

    def __init__(self, clock: Callable[[], float], retries: Sequence[float] = RETRIES) -> None:
        """Send with ``clock`` in Unix seconds; ``retries`` can be shortened, in seconds, at any time.

        ``when_changed`` is called after a delivery was made or attempted.
        """
        self._clock, self.retries = clock, tuple(retries)
        self.when_changed: Callable[[Account], None] = lambda _account: None
        self._events: dict[int, list[tuple[str, Record]]] = {}
        self._legacy: dict[int, list[tuple[Record, Any]]] = {}
        self._changed = Condition()
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()
        self._thread: Thread | None = None
        self._stopped = False

    def listen(self, account: Account, event: str, about: dict[str, Record]) -> None:
        """Note an event, with its records as they are now; ``flush`` sends it. The account is locked."""
        for webhook in account.collections["webhooks"]:
            if _matches(webhook["event"], event, about):
                body = _legacy_body(account, webhook["event"]["name"], about)
                self._legacy.setdefault(account.id, []).append((webhook, body))
        if event in EVENTS and account.collections["webhook_endpoints"]:
            self._events.setdefault(account.id, []).append((event, _data(account, about)))

    def flush(self, account: Account) -> None:
        """Send the noted events of an account. The account is locked."""
        for webhook, body in self._legacy.pop(account.id, ()):
            about = {"webhook_endpoint_id": None, "webhook_id": webhook["id"]}
            self._deliver(account, about, webhook["event"]["name"], body, again=True)
        events = self._events.pop(account.id, None)
        if not events:
            return
        now = account.now()
        by_type: dict[str, list[Record]] = {}
        for type_, data in events:
            event = {"id": str(uuid.uuid4()), "type": type_, "created": now, "data": data}
            by_type.setdefault(type_, []).append(event)
        for endpoint in account.collections["webhook_endpoints"]:
            for type_, same in by_type.items():
                if endpoint["status"] == "active" and type_ in endpoint["events"]:
                    for batch in _batches(same):
                        self._deliver(
                            account, {"webhook_endpoint_id": endpoint["id"]}, type_, batch
                        )

    def run_later(self, work: Callable[["WebhookDelivery"], None], seconds: float = 0) -> None:
        """Call a function with this in the thread that sends."""
        self._at(seconds, lambda: work(self))

    def send_later(self, url: str, body: Any) -> None:
        """POST a JSON body once, such as the result of a bulk operation."""
        self._at(0, lambda: _post(url, json.dumps(body).encode()))

    def send_again(self, account: Account, delivery: Record) -> None:
        """Repeat a delivery, whatever became of it."""
        delivery.update(status="pending", completed_at=None)
        self._at(0, lambda: self._attempt(account, delivery, again=True))

    def stop(self) -> None:
        """Stop sending; what is not yet sent is dropped."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)

    def _deliver(
        self, account: Account, receiver: Record, type_: str, body: Any, *, again: bool = False
    ) -> None:
        delivery = account.collections["deliveries"].add(
            {
                **receiver,
                "event_type": type_,
                "status": "pending",
                "attempt_count": 0,
                "created_at": account.now(),
                "completed_at": None,
                "attempts": [],
                "events": body,
            }
        )
        self._at(0, lambda: self._attempt(account, delivery, again=again))
        self.when_changed(account)

    def _attempt(self, account: Account, delivery: Record, *, again: bool = False) -> None:
        """Send a delivery; ``again``: a failure is final."""
        with account.lock:
            receiver = receiver_of(account, delivery)
            if receiver is None:
                return
            content = payload_of(delivery)
            is_signed = delivery["webhook_endpoint_id"] is not None
            headers = self._headers(receiver, delivery, content) if is_signed else {}
        started = monotonic()
        response = _post(receiver["url" if is_signed else "target_url"], content, headers)
        with account.lock:
            delivery["attempt_count"] += 1
            attempt = {
                "attempted_at": account.now(),
                "response_status": response.status,
                "response_body": response.text[:_BODY_LENGTH],
                "duration_ms": round((monotonic() - started) * 1000),
                "request_headers": {"Content-Type": "application/json", **headers},
                "response_headers": dict(response.headers),
            }
            delivery["attempts"].append(attempt)
            self._judge(account, delivery, response, again)
            account.note_change()
        self.when_changed(account)

    def _judge(
        self, account: Account, delivery: Record, response: "_Response", again: bool
    ) -> None:
        """Note what an attempt has led to, and plan the next one."""
        if response.status in range(200, 300):
            delivery.update(status="delivered", completed_at=account.now())
            return
        number = delivery["attempt_count"] - 1
        if response.status == 410 or again or number >= len(self.retries):
            delivery.update(status="failed", completed_at=account.now())
            return
        delivery["status"] = "retrying"
        wait = _retry_after(response)
        self._at(
            self.retries[number] if wait is None else wait,
            lambda: self._attempt(account, delivery),
        )

    def _headers(self, endpoint: Record, delivery: Record, content: bytes) -> dict[str, str]:
        now = int(self._clock())
        keys = [endpoint["secret"]]
        expires = endpoint.get("previous_secret_expires_at")
        if endpoint.get("previous_secret") and expires and seconds_of(expires) > now:
            keys.append(endpoint["previous_secret"])
        signed = b"%d." % now + content
        digests = [hmac.new(key.encode(), signed, sha256).hexdigest() for key in keys]
        return {
            "X-Kit-Signature": ",".join([f"t={now}", *(f"v1={digest}" for digest in digests)]),
            "X-Kit-Delivery": str(delivery["id"]),
            "User-Agent": "Kit-Webhooks/2.0",
        }

    def _at(self, seconds: float, send: Callable[[], object]) -> None:
        with self._changed:
            heappush(self._due, (monotonic() + seconds, next(self._numbers), send))
            if self._thread is None and not self._stopped:
                self._thread = Thread(target=self._run, name="webhooks", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def _run(self) -> None:
        while (send := self._next()) is not None:
            try:
                send()
            except Exception:
                # One failure must not stop the thread that sends everything else.
                log.exception("A delivery, or what follows a response, has failed")

    def _next(self) -> Callable[[], object] | None:
        with self._changed:
            while not self._stopped:
                wait = self._due[0][0] - monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heappop(self._due)[2]
                self._changed.wait(wait)
        return None


def fail_pending(account: Account) -> None:
    """Mark as failed what an earlier process has not delivered: its retries ended with it."""
    for delivery in account.collections["deliveries"]:
        if delivery["completed_at"] is None:
            delivery.update(status="failed", completed_at=account.now())


def receiver_of(account: Account, delivery: Record) -> Record | None:
    """Return the endpoint or the legacy webhook of a delivery; ``None`` when it is deleted."""
    if delivery["webhook_endpoint_id"] is None:
        return account.collections["webhooks"].find(delivery["webhook_id"])
    return account.collections["webhook_endpoints"].find(delivery["webhook_endpoint_id"])


def payload_of(delivery: Record) -> bytes:
    """Return the body of a delivery."""
    if delivery["webhook_endpoint_id"] is None:
        return json.dumps(delivery["events"]).encode()
    body = {"delivery_id": delivery["id"], "events": delivery["events"]}
    return json.dumps(body, ensure_ascii=False).encode()


class _Response(NamedTuple):
    """A receiver's response, headers in lower case. Without one the status is ``None``, the text why."""

    status: int | None
    text: str
    headers: Mapping[str, str] = {}


def _post(url: str, content: bytes, headers: Mapping[str, str] | None = None) -> _Response:
    """Send a JSON body to this machine. A client of the standard library is there when the sandbox starts."""
    try:
        parts = urlsplit(url)
        if not parts.hostname or not is_loopback(parts.hostname):
            return _Response(None, "The sandbox sends to this machine only.")
        connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        with closing(connect(parts.hostname, parts.port, timeout=_TIMEOUT)) as connection:
            path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
            sent = {"Content-Type": "application/json", **(headers or {})}
            connection.request("POST", path, content, sent)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
            lowered = {name.lower(): value for name, value in response.getheaders()}
            return _Response(response.status, text, lowered)
    except (OSError, HTTPException, ValueError) as error:
        return _Response(None, f"{type(error).__name__}: {error}")


def _retry_after(response: _Response) -> float | None:
    text = response.headers.get("retry-after", "")
    if response.status not in {429, 503} or not (text.isascii() and text.isdigit()):
        return None
    return min(max(int(text), 1), _LONGEST_RETRY_AFTER)


def _batches(events: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield up to 100 events at a time, of at most 512 KB together; one alone may be larger."""
    batch: list[Record] = []
    size = 0
    for event in events:
        length = len(json.dumps(event))
        if batch and (len(batch) == _BATCH or size + length > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += length
    if batch:
        yield batch


def _data(account: Account, about: dict[str, Record]) -> Record:
    """Return the ``data`` of an event: copies of the members that it has of each record."""
    data = {
        name: {member: record.get(member) for member in _DATA[name]}
        for name, record in about.items()
        if name in _DATA
    }
    if "subscriber" in about:
        data["subscriber"] = SUBSCRIBERS.show(account, about["subscriber"])
    if "broadcast" in about:
        data["broadcast"]["status"] = status_of(account, about["broadcast"])
    if "value" in about.get("custom_field", ()):
        data["custom_field"]["value"] = about["custom_field"]["value"]
    return data


def _matches(legacy: Record, event: str, about: dict[str, Record]) -> bool:
    """Return whether an event is that of a legacy webhook."""
    parameter, needed = LEGACY_EVENTS[legacy["name"]]
    if needed != event:
        return False
    if parameter in {"", "initiator_value"}:
        return True
    if parameter == "product_id":
        return any(each["pid"] == str(legacy[parameter]) for each in about["purchase"]["products"])
    record = about.get(parameter.removesuffix("_id"))
    return record is not None and record["id"] == legacy[parameter]


def _legacy_body(account: Account, name: str, about: dict[str, Record]) -> Any:
    """Return a legacy webhook's payload: what is known of it is from Kit's older API."""
    if name == "purchase.purchase_create":
        return PURCHASES.show(account, about["purchase"])
    if "subscriber" not in about:
        return _data(account, about)
    subscriber = SUBSCRIBERS.show(account, about["subscriber"])
    subscriber["created_at"] = with_milliseconds(subscriber["created_at"])
    return {"subscriber": subscriber}
