"""The pages of an account's webhooks: signed endpoints, legacy webhooks, and what was delivered to them."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin_server.sandbox.accounts import controls
from plugin_server.sandbox.accounts.kinds import KINDS
from plugin_server.sandbox.accounts.routes import find_account
from plugin_server.sandbox.accounts.writes import changing, perform
from plugin_server.sandbox.context import creator, sandbox
from plugin_server.sandbox.form_errors import FormErrors
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.control import MAX_RETRY_SECONDS
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.pagination import paginate
from plugin_server.sandbox.kit.rejection import Rejected
from plugin_server.sandbox.kit.webhook_delivery import payload_of, receiver_of
from plugin_server.sandbox.kit.webhooks import LEGACY_EVENTS, WEBHOOK_ENDPOINTS

webhooks = Blueprint("webhooks", __name__)

_PREFIX = "/accounts/<int:account_id>/webhooks"
_ENDPOINT = f"{_PREFIX}/<int:endpoint_id>"
# Of Kit's API.
_PATH = "webhook_endpoints/{id}"
_PER_PAGE = 20
_FIELDS = {
    name: WEBHOOK_ENDPOINTS.fields[name] for name in ("name", "url", "events", "description")
}
_LEGACY_FORM = ("target_url", "event", "parameter")


@webhooks.get("/webhooks")
def show_own() -> ResponseReturnValue:
    """Redirect to the webhooks of the signed-in creator's account."""
    return redirect(url_for("webhooks.show", account_id=creator().id))


@webhooks.post("/webhooks/received")
def receive() -> ResponseReturnValue:
    """Take any delivery: a receiver for people without a server, whose deliveries show what came."""
    signed = "signed" if request.headers.get("X-Kit-Signature") else "not signed"
    return jsonify(
        receiver="the sandbox's own, which takes everything",
        received=f"{len(request.get_data()):,} bytes, {signed}",
    )


@webhooks.get(_PREFIX)
def show(account_id: int) -> str:
    """Show the webhooks of both kinds, their deliveries, and the forms for more."""
    return _page(find_account(account_id))


@webhooks.post(f"{_PREFIX}/new")
def create(account_id: int) -> ResponseReturnValue:
    """Create an endpoint as its creator does; 422 and the same form with Kit's sentences."""
    account = find_account(account_id)
    typed = controls.typed_from_form(_FIELDS, request.form)
    body, _ = controls.body_of(_FIELDS, typed, None)
    try:
        reply, _ = perform(account, "POST", "webhook_endpoints", body=body, is_oauth=False)
    except Rejected as error:
        errors = controls.place(_FIELDS, body, error.messages, new=True)
        return _page(account, typed=typed, errors=errors), 422
    endpoint = reply["webhook_endpoint"]
    flash(f"{endpoint['name']} is created.")
    return redirect(_endpoint_url(account, endpoint["id"]), 303)


@webhooks.post(f"{_PREFIX}/legacy/new")
def create_legacy(account_id: int) -> ResponseReturnValue:
    """Create a legacy webhook; 422 and the same form with Kit's sentences."""
    account = find_account(account_id)
    typed = {name: request.form.get(name, "").strip() for name in _LEGACY_FORM}
    parameter = LEGACY_EVENTS.get(typed["event"], ("", ""))[0]
    event = {"name": typed["event"], **({parameter: typed["parameter"]} if parameter else {})}
    try:
        body = {"target_url": typed["target_url"], "event": event}
        perform(account, "POST", "webhooks", body=body)
    except Rejected as error:
        errors: FormErrors = {}
        for message in error.messages:
            is_url = "target" in message
            name = "target_url" if is_url else "parameter" if " needs " in message else "event"
            errors.setdefault(name, []).append(message)
        if errors.get("event") == ["A whole number was expected"]:
            errors = {**errors, "parameter": errors.pop("event")}
        return _page(account, typed_legacy=typed, legacy_errors=errors), 422
    flash("The legacy webhook is created.")
    return redirect(_url(account), 303)


@webhooks.post(f"{_PREFIX}/legacy/<int:webhook_id>/delete")
def delete_legacy(account_id: int, webhook_id: int) -> ResponseReturnValue:
    """Delete a legacy webhook."""
    done = "The legacy webhook is deleted."
    return _perform(account_id, "DELETE", "webhooks/{id}", webhook_id, done)


@webhooks.post(f"{_PREFIX}/retries")
def set_retries(account_id: int) -> ResponseReturnValue:
    """Set after how many seconds a failed delivery is retried, each time, in the whole sandbox."""
    account = find_account(account_id)
    typed = request.form.get("retries", "")
    if "as_kit" in request.form:
        sandbox().webhooks.retries = sandbox().config.webhook_retries
    else:
        try:
            seconds = tuple(float(each) for each in typed.replace(",", " ").split())
        except ValueError:
            seconds = (-1.0,)
        if not all(0 <= each <= MAX_RETRY_SECONDS for each in seconds):
            text = f"Give numbers of seconds from 0 to {MAX_RETRY_SECONDS:,}, with commas between."
            return _page(account, typed_retries=typed, retry_errors={"retries": [text]}), 422
        sandbox().webhooks.retries = seconds
    flash("Failed deliveries are retried after the new times.")
    return redirect(_url(account), 303)


@webhooks.route(_ENDPOINT, methods=["GET", "POST"])
def show_endpoint(account_id: int, endpoint_id: int) -> ResponseReturnValue:
    """Show an endpoint, its secret and its deliveries, or change it."""
    account = find_account(account_id)
    endpoint = _find_endpoint(account, endpoint_id)
    before = controls.typed_from_record(_FIELDS, endpoint)
    if request.method == "GET":
        return _endpoint_page(account, endpoint, before, {})
    typed = controls.typed_from_form(_FIELDS, request.form)
    body, _ = controls.body_of(_FIELDS, typed, before)
    try:
        perform(account, "PATCH", _PATH, endpoint_id, body=body)
    except Rejected as error:
        errors = controls.place(_FIELDS, body, error.messages, new=False)
        return _endpoint_page(account, endpoint, typed, errors), 422
    flash("The endpoint is saved.")
    return redirect(_endpoint_url(account, endpoint_id), 303)


@webhooks.post(f"{_ENDPOINT}/status")
def set_status(account_id: int, endpoint_id: int) -> ResponseReturnValue:
    """Enable an endpoint, or disable it: nothing more is delivered to it then."""
    status = "disabled" if "disable" in request.form else "active"
    done = f"The endpoint is {status}."
    return _perform(account_id, "PATCH", _PATH, endpoint_id, done, {"status": status})


@webhooks.post(f"{_ENDPOINT}/rotate")
def rotate(account_id: int, endpoint_id: int) -> ResponseReturnValue:
    """Give an endpoint a new secret; for a day, deliveries are signed with both."""
    done = "The secret is rotated. For 24 hours, deliveries are signed with both secrets."
    path = f"{_PATH}/rotate_secret"
    return _perform(account_id, "POST", path, endpoint_id, done, {"force": True})


@webhooks.post(f"{_ENDPOINT}/revoke")
def revoke(account_id: int, endpoint_id: int) -> ResponseReturnValue:
    """End the overlap of two secrets now."""
    done = "The previous secret is revoked."
    return _perform(account_id, "POST", f"{_PATH}/revoke_previous_secret", endpoint_id, done)


@webhooks.post(f"{_ENDPOINT}/delete")
def delete(account_id: int, endpoint_id: int) -> ResponseReturnValue:
    """Delete an endpoint."""
    return _perform(account_id, "DELETE", _PATH, endpoint_id, "The endpoint is deleted.")


@webhooks.get(f"{_PREFIX}/deliveries")
def show_deliveries(account_id: int) -> str:
    """Return the list of deliveries as HTML, for pages that are open; ``?endpoint=`` shows those of one."""
    account = find_account(account_id)
    return render_template(
        "accounts/deliveries.html",
        account=account,
        **_deliveries(account, request.args.get("endpoint", 0, int)),
    )


@webhooks.post(f"{_PREFIX}/deliveries/<int:delivery_id>/again")
def send_again(account_id: int, delivery_id: int) -> ResponseReturnValue:
    """Repeat a delivery, whatever became of it."""
    account = find_account(account_id)
    with changing(account):
        delivery = account.collections["deliveries"].find(delivery_id)
        if delivery is None or receiver_of(account, delivery) is None:
            abort(404, "There is nothing any more to send this delivery to.")
        sandbox().webhooks.send_again(account, delivery)
    flash(f"Delivery {delivery_id} is sent again.")
    endpoint_id = request.form.get("endpoint", 0, int)
    return redirect(_endpoint_url(account, endpoint_id) if endpoint_id else _url(account), 303)


def _perform(
    account_id: int, method: str, path: str, id_: int, done: str, body: Record | None = None
) -> ResponseReturnValue:
    """Do an operation of Kit's API and say that it is done; abort with 404 when the record is deleted.

    Redirects to the endpoint's page, or to the lists when there is nothing any more to show.
    """
    account = find_account(account_id)
    try:
        perform(account, method, path, id_, body=body)
    except Rejected as error:
        abort(error.status, ". ".join(error.messages))
    flash(done)
    return redirect(_url(account) if method == "DELETE" else _endpoint_url(account, id_), 303)


def _url(account: Account) -> str:
    return url_for("webhooks.show", account_id=account.id)


def _endpoint_url(account: Account, endpoint_id: int) -> str:
    return url_for("webhooks.show_endpoint", account_id=account.id, endpoint_id=endpoint_id)


def _find_endpoint(account: Account, id_: int) -> Record:
    found = account.collections["webhook_endpoints"].find(id_)
    return found or abort(404, "There is no such endpoint any more.")


def _page(
    account: Account,
    *,
    typed: Mapping[str, Any] | None = None,
    errors: FormErrors | None = None,
    typed_legacy: Mapping[str, str] | None = None,
    legacy_errors: FormErrors | None = None,
    typed_retries: str | None = None,
    retry_errors: FormErrors | None = None,
) -> str:
    retries = ", ".join(f"{each:g}" for each in sandbox().webhooks.retries)
    receiver = sandbox().config.base_url + url_for("webhooks.receive")
    trial = {"name": "Trial", "url": receiver, "events": ["tag.created"]}
    typed = typed or {**controls.typed_from_defaults(_FIELDS), **trial}
    with account.lock:
        return render_template(
            "accounts/webhooks.html",
            account=account,
            kinds=KINDS,
            controls=_controls(account, typed),
            errors=errors or {},
            typed_legacy=typed_legacy or {"target_url": receiver},
            receiver=receiver,
            legacy_errors=legacy_errors or {},
            legacy_events={name: needed for name, (needed, _) in LEGACY_EVENTS.items()},
            retries={"retries": retries if typed_retries is None else typed_retries},
            retry_errors=retry_errors or {},
            is_as_kit=sandbox().webhooks.retries == sandbox().config.webhook_retries,
            endpoints=account.collections["webhook_endpoints"],
            legacy=account.collections["webhooks"],
            **_deliveries(account, 0),
        )


def _endpoint_page(
    account: Account, endpoint: Record, typed: Mapping[str, Any], errors: FormErrors
) -> str:
    expires = endpoint["previous_secret_expires_at"]
    with account.lock:
        return render_template(
            "accounts/endpoint.html",
            account=account,
            kinds=KINDS,
            endpoint=endpoint,
            is_overlap=bool(endpoint["previous_secret"] and (expires or "") > account.now()),
            controls=_controls(account, typed),
            errors=errors,
            **_deliveries(account, endpoint["id"]),
        )


def _controls(account: Account, typed: Mapping[str, Any]) -> list[controls.Control]:
    return controls.controls_of(account, _FIELDS, typed, {"url": "URL", "events": "Events"})


def _deliveries(account: Account, endpoint_id: int) -> dict[str, Any]:
    """Return what the list of deliveries shows, newest first: of one endpoint, or of every webhook."""
    query = {"per_page": _PER_PAGE, "after": request.args.get("after")}
    match = (lambda each: each["webhook_endpoint_id"] == endpoint_id) if endpoint_id else None
    with account.lock:
        try:
            page, pagination = paginate(account.collections["deliveries"], query, match=match)
        except Rejected:
            abort(404, "This link does not lead to a page of the list.")
        shown = [
            {
                **delivery,
                "attempts": [*delivery["attempts"]],
                "payload": json.dumps(
                    json.loads(payload_of(delivery)), indent=2, ensure_ascii=False
                ),
                "receiver": receiver_of(account, delivery),
            }
            for delivery in page
        ]
    older = pagination["end_cursor"] if pagination["has_next_page"] else None
    return {"deliveries": shown, "older": older, "endpoint_id": endpoint_id}
