"""Kit's API V4: the table of its operations, and what every request has in common.

Source: https://developers.kit.com/api-reference
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from plugin_server.sandbox.kit import (
    account_operations,
    broadcasts,
    bulk,
    subscriber_filter,
    subscribers,
    webhooks,
)
from plugin_server.sandbox.kit.accounts import NO_ACCESS, Account
from plugin_server.sandbox.kit.authentication import identity
from plugin_server.sandbox.kit.calls import Call, read_body
from plugin_server.sandbox.kit.context import sandbox
from plugin_server.sandbox.kit.crud import Handler, Operations
from plugin_server.sandbox.kit.members import FORM_MEMBERS, SEQUENCE_MEMBERS, TAG_MEMBERS
from plugin_server.sandbox.kit.purchases import PURCHASES, create_purchase
from plugin_server.sandbox.kit.rejection import (
    NEEDS_OAUTH,
    NO_PERMISSION,
    Rejected,
    challenge,
    not_found,
)
from plugin_server.sandbox.kit.resource import Resource
from plugin_server.sandbox.kit.resources import (
    CUSTOM_FIELDS,
    EMAIL_TEMPLATES,
    FORMS,
    POSTS,
    SEGMENTS,
    SEQUENCE_EMAILS,
    SEQUENCES,
    SNIPPETS,
    TAGS,
)
from plugin_server.sandbox.kit.webhook_delivery import WebhookDelivery

api = Blueprint("kit_api", __name__, url_prefix="/v4")

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Operation:
    """One operation: ``path`` without ``/v4/``, with ``{id}`` in place of numbers.

    ``needs_plan``: whether free plans are refused.
    """

    method: str
    path: str
    handle: Handler
    needs_plan: bool = False

    @property
    def needs_oauth(self) -> bool:
        """Whether API keys are refused."""
        return self.path.startswith(("bulk/", "purchases"))


def _crud(resource: Resource, path: str, verbs: str, plan: str = "") -> Iterator[Operation]:
    """Yield operations of a resource: those of ``list get create update delete`` in ``verbs``."""
    operations = Operations(resource)
    for verb, method, place, handle in (
        ("list", "GET", path, operations.list),
        ("create", "POST", path, operations.create),
        ("get", "GET", f"{path}/{{id}}", operations.get),
        ("update", "PUT", f"{path}/{{id}}", operations.update),
        ("delete", "DELETE", f"{path}/{{id}}", operations.delete),
    ):
        if verb in verbs.split():
            yield Operation(method, place, handle, verb in plan.split())


OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "account", account_operations.show_account),
    Operation("GET", "account/colors", account_operations.show_colors),
    Operation("PUT", "account/colors", account_operations.set_colors),
    Operation("GET", "account/creator_profile", account_operations.show_profile),
    Operation("GET", "account/email_stats", account_operations.show_email_stats),
    Operation("GET", "account/growth_stats", account_operations.show_growth),
    *_crud(
        *(broadcasts.BROADCASTS, "broadcasts", "list create get update delete"),
        plan="create update delete",
    ),
    Operation("GET", "broadcasts/stats", broadcasts.list_stats),
    Operation("GET", "broadcasts/{id}/clicks", broadcasts.list_clicks),
    Operation("GET", "broadcasts/{id}/stats", broadcasts.show_stats),
    Operation("POST", "bulk/custom_fields", bulk.CREATE_CUSTOM_FIELDS),
    Operation("POST", "bulk/custom_fields/subscribers", bulk.SET_VALUES),
    Operation("POST", "bulk/forms/subscribers", bulk.ADD_TO_FORMS),
    Operation("POST", "bulk/subscribers", bulk.CREATE_SUBSCRIBERS),
    Operation("POST", "bulk/tags", bulk.CREATE_TAGS),
    Operation("DELETE", "bulk/tags", bulk.DELETE_TAGS),
    Operation("POST", "bulk/tags/subscribers", bulk.TAG_SUBSCRIBERS),
    Operation("DELETE", "bulk/tags/subscribers", bulk.UNTAG_SUBSCRIBERS),
    *_crud(CUSTOM_FIELDS, "custom_fields", "list create update delete"),
    *_crud(EMAIL_TEMPLATES, "email_templates", "list"),
    *_crud(FORMS, "forms", "list"),
    Operation("GET", "forms/{id}/subscribers", FORM_MEMBERS.list),
    Operation("POST", "forms/{id}/subscribers", FORM_MEMBERS.add),
    Operation("POST", "forms/{id}/subscribers/{id}", FORM_MEMBERS.add),
    *_crud(POSTS, "posts", "list get"),
    *_crud(PURCHASES, "purchases", "list get"),
    Operation("POST", "purchases", create_purchase),
    *_crud(SEGMENTS, "segments", "list"),
    *_crud(SEQUENCES, "sequences", "list create get update delete", plan="create"),
    *_crud(SEQUENCE_EMAILS, "sequences/{id}/emails", "list create get update delete"),
    Operation("GET", "sequences/{id}/subscribers", SEQUENCE_MEMBERS.list),
    Operation("POST", "sequences/{id}/subscribers", SEQUENCE_MEMBERS.add),
    Operation("POST", "sequences/{id}/subscribers/{id}", SEQUENCE_MEMBERS.add),
    *_crud(SNIPPETS, "snippets", "list create get update"),
    Operation("GET", "subscribers", subscribers.list_subscribers),
    Operation("POST", "subscribers", subscribers.create_subscriber),
    Operation("POST", "subscribers/filter", subscriber_filter.filter_subscribers),
    Operation("GET", "subscribers/{id}", subscribers.get_subscriber),
    Operation("PUT", "subscribers/{id}", subscribers.update_subscriber),
    Operation("POST", "subscribers/{id}/unsubscribe", subscribers.unsubscribe),
    Operation("GET", "subscribers/{id}/stats", subscribers.show_stats),
    Operation("GET", "subscribers/{id}/tags", subscribers.list_tags),
    Operation("POST", "subscribers/{id}/location", subscribers.set_location),
    Operation("PATCH", "subscribers/{id}/location", subscribers.set_location),
    Operation("DELETE", "subscribers/{id}/location", subscribers.remove_location),
    *_crud(TAGS, "tags", "list create update"),
    Operation("GET", "tags/{id}/subscribers", TAG_MEMBERS.list),
    Operation("POST", "tags/{id}/subscribers", TAG_MEMBERS.add),
    Operation("DELETE", "tags/{id}/subscribers", TAG_MEMBERS.remove),
    Operation("POST", "tags/{id}/subscribers/{id}", TAG_MEMBERS.add),
    Operation("DELETE", "tags/{id}/subscribers/{id}", TAG_MEMBERS.remove),
    *_crud(webhooks.WEBHOOKS, "webhooks", "list create delete"),
    *_crud(webhooks.WEBHOOK_ENDPOINTS, "webhook_endpoints", "list get"),
    Operation("POST", "webhook_endpoints", webhooks.create_endpoint),
    Operation("PATCH", "webhook_endpoints/{id}", webhooks.update_endpoint),
    Operation("DELETE", "webhook_endpoints/{id}", webhooks.delete_endpoint),
    Operation("POST", "webhook_endpoints/{id}/rotate_secret", webhooks.rotate_secret),
    Operation(
        *("POST", "webhook_endpoints/{id}/revoke_previous_secret"),
        webhooks.revoke_previous_secret,
    ),
    *_crud(webhooks.DELIVERIES, "webhook_endpoints/{id}/deliveries", "list get"),
)


def _perform(operation: Operation, **ids: int) -> Response:
    """Do one operation and return its response."""
    account = _authenticate()
    call = Call(
        account=account,
        ids=tuple(ids[name] for name in sorted(ids)),
        query=request.args.to_dict(),
        body=read_body(request) if request.method != "GET" else {},
        is_oauth=identity().credential == "oauth",
        seconds_behind=g.seconds_behind,
    )
    if operation.needs_oauth and not call.is_oauth:
        raise Rejected(401, NEEDS_OAUTH)
    if operation.needs_plan and account.account["plan_type"] == "free":
        raise Rejected(403, NO_PERMISSION)
    with account.lock:
        broadcasts.settle(account)
        try:
            body, status = operation.handle(call)
        finally:
            sandbox().webhooks.flush(account)
        for work in call.later:
            sandbox().webhooks.run_later(partial(_finish, call, work))
        if request.method != "GET":
            sandbox().changed(account)
        response = Response(status=status) if body is None else jsonify(body)
        response.status_code = status
    return response


def _finish(call: Call, work: Callable[[], Any], delivery: WebhookDelivery) -> None:
    """Do the work of a call after its response, and send the result to the callback URL."""
    with call.account.lock:
        result = work()
        delivery.flush(call.account)
    url = call.body.get("callback_url")
    if isinstance(url, str) and url:
        delivery.send_later(url, result)


def _register(operation: Operation) -> None:
    numbers = iter("ab")
    rule = re.sub(r"\{id\}", lambda _: f"<int:{next(numbers)}>", operation.path)
    api.add_url_rule(
        f"/{rule}",
        endpoint=f"{operation.method} {operation.path}",
        view_func=partial(_perform, operation),
        methods=[operation.method],
        merge_slashes=False,
    )


for _operation in OPERATIONS:
    _register(_operation)


@api.route("/", methods=_METHODS, merge_slashes=False)
@api.route("/<path:_rest>", methods=_METHODS, merge_slashes=False)
def unknown(_rest: str = "") -> Response:
    """Return 404 in Kit's format for every other path and method."""
    raise not_found()


@api.errorhandler(Rejected)
def _show_rejected(error: Rejected) -> tuple[Response, int]:
    response = jsonify(errors=error.messages)
    if error.status == 401 and identity().credential == "oauth" and identity().account is None:
        response.headers.update(challenge(error.messages[0]))
    return response, error.status


@api.errorhandler(HTTPException)
def _show_http_error(error: HTTPException) -> tuple[Response, int]:
    return jsonify(errors=[error.name]), error.code or 500


def _authenticate() -> Account:
    """Return the account of the access token or API key, or reject the request with 401 in Kit's words."""
    who = identity()
    if who.account is not None:
        if not who.account.has_api_access:
            raise Rejected(401, NO_ACCESS)
        return who.account
    if who.has_expired:
        raise Rejected(401, "The access token expired")
    # Kit's message for an unknown API key is not documented.
    messages = {"oauth": "The access token is invalid", "api_key": "The API key is invalid"}
    raise Rejected(401, messages.get(who.credential or "", "Authentication Failed"))
