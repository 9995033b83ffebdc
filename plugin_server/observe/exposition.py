"""``GET /metrics``, for Prometheus."""

import hmac

from flask import Blueprint, Response, request
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from pydantic import SecretStr

from plugin_server.errors import NotAuthenticated, NotFound
from plugin_server.observe import metrics

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="metrics"'}


def make_blueprint(token: SecretStr | None, *, is_open: bool) -> Blueprint:
    """Return ``/metrics``.

    Args:
        token: what a scraper presents as a bearer token; ``None``: there is none.
        is_open: whether everyone may read them if there is no token. The client's IP address is not
            considered: behind a proxy on this machine, every client has a loopback one.
    """
    bp = Blueprint("metrics", __name__)

    @bp.get("/metrics")
    def show() -> Response:
        """Return the metrics of all processes."""
        if token is None and not is_open:
            raise NotFound("Set METRICS_TOKEN to read the metrics here.")
        if token is not None:
            presented = request.headers.get("Authorization", "")
            expected = f"Bearer {token.get_secret_value()}"
            if not hmac.compare_digest(presented.encode(), expected.encode()):
                raise NotAuthenticated(
                    "Present METRICS_TOKEN as a bearer token.", headers=_CHALLENGE
                )
        return Response(metrics.exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)

    return bp
