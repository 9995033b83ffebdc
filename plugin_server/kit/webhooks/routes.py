"""The route that Kit delivers reports to: ``POST /kit/webhooks/<key>``.

Of a body only the events' types are read: nothing else in it is needed, and it may hold the data of people.
Reports may be doubled, late or in any order, since each of them only says that data has to be loaded again.
"""

import logging
from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request
from flask_limiter import Limiter
from pydantic import BaseModel, ConfigDict, ValidationError

from plugin_server.config.environment import MAX_DELIVERY
from plugin_server.errors import EndpointGone, MalformedRequest, PluginError
from plugin_server.kit.webhooks.endpoints import PATH, Endpoints
from plugin_server.kit.webhooks.events import EVENTS, kinds_of
from plugin_server.kit.webhooks.reports import Reports
from plugin_server.kit.webhooks.signatures import verify
from plugin_server.observe import metrics
from plugin_server.ratelimit import endpoints as limits
from plugin_server.store.base import Store
from plugin_server.store.records import digest

log = logging.getLogger(__name__)

_MALFORMED = 'The body is not a delivery: a JSON object with "events" was expected.'


class _Event(BaseModel):
    """An event; its ``data`` is not read."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    type: str


class _Delivery(BaseModel):
    """A delivery, of 1 to 100 events of one type."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    events: tuple[_Event, ...]


def make_blueprint(
    store: Store,
    endpoints: Endpoints,
    reports: Reports | None,
    limiter: Limiter,
    clock: Callable[[], float],
) -> Blueprint:
    """Return the route.

    Args:
        store: has the endpoints and their secrets.
        endpoints: deletes those that are left over when ``reports`` is ``None``.
        reports: stores what has changed; ``None`` while ``KIT_WEBHOOKS`` is off.
        limiter: limits the rate of requests.
        clock: unix seconds.
    """
    bp = Blueprint("webhooks", __name__)

    @bp.post(f"{PATH}<key>")
    @limiter.limit(limits.DELIVERIES)
    def receive(key: str) -> tuple[str, int]:
        """Store what a delivery reports: 204.

        Raises:
            EndpointGone: 410, there is no such endpoint (any more); Kit then stops delivering.
            SignatureInvalid: 401, the delivery is not from Kit, or too old.
            MalformedRequest: 400, it is not a delivery.
            HTTPException: 413, it is too long.
        """
        key_digest = digest(key)
        if reports is None:
            endpoints.delete_left_over(key_digest)
            raise EndpointGone
        found = store.find_webhook_secret(key_digest=key_digest)
        if found is None:
            raise EndpointGone
        account_id, secret = found
        request.max_content_length = MAX_DELIVERY
        body = request.get_data(cache=False)
        verify(request.headers.get("X-Kit-Signature", ""), body, secret, clock())
        try:
            types = [each.type for each in _Delivery.model_validate_json(body).events]
        except ValidationError:
            raise MalformedRequest(_MALFORMED) from None
        if kinds := kinds_of(types):
            reports.save(account_id, kinds)
        event = next((each for each in types if each in EVENTS), "other")
        fields = {"account": account_id, "webhook_event": event, "count": len(types)}
        log.info("Kit reported a change", extra=fields)
        metrics.WEBHOOKS.labels(event, "ok").inc()
        return "", 204

    return bp


def error_response(error: PluginError) -> Response:
    """Count a delivery that failed, and return its error in the format of Kit's API."""
    metrics.WEBHOOKS.labels("unknown", type(error).__name__).inc()
    response = jsonify(errors=error.messages)
    response.status_code = error.status if error.status >= 400 else error.code
    return response
