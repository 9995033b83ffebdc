"""The page of the account itself: its data, profile, plan, credentials and connected apps, and its reset."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin_server.sandbox.accounts import controls
from plugin_server.sandbox.accounts.kinds import KINDS
from plugin_server.sandbox.accounts.routes import find_account
from plugin_server.sandbox.accounts.writes import changing
from plugin_server.sandbox.context import sandbox
from plugin_server.sandbox.form_errors import FormErrors
from plugin_server.sandbox.kit import fields
from plugin_server.sandbox.kit.account_operations import MAX_COLORS
from plugin_server.sandbox.kit.accounts import NO_ACCESS, Account
from plugin_server.sandbox.kit.fields import Field, read_fields
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.rejection import Rejected

about = Blueprint("about", __name__, url_prefix="/accounts/<int:account_id>")

_PLANS = ("free", "creator", "creator_pro")
_BLANK_NAME = "Name can't be blank"


def _zone_or_none(value: Any) -> str | None:
    return None if value is None else fields.time_zone(value)


def _colors(value: list[str]) -> list[str]:
    if len(value) > MAX_COLORS:
        raise ValueError(f"Colors must be an array of at most {MAX_COLORS} hex color codes.")
    return [fields.hex_color(each) for each in value]


def _url_or_none(name: str) -> fields.Rule:
    rule = fields.url(name)
    return lambda value: None if value is None else rule(value)


_ACCOUNT = {
    "name": Field(fields.trimmed, required=_BLANK_NAME),
    "primary_email_address": Field(fields.email, required="Email address is invalid"),
    "plan_type": Field(fields.text),
    "timezone": Field(_zone_or_none),
    "colors": Field(_colors),
}
_PROFILE = {
    "name": Field(fields.trimmed, required=_BLANK_NAME),
    "byline": Field(fields.text),
    "bio": Field(fields.text),
    "image_url": Field(_url_or_none("image_url")),
    "profile_url": Field(_url_or_none("profile_url")),
}


def _account_fields(account: Account) -> dict[str, Field]:
    plans = dict.fromkeys((*_PLANS, account.account["plan_type"]))
    return {**_ACCOUNT, "plan_type": Field(fields.one_of("plan_type", *plans))}


@about.get("")
def show(account_id: int) -> str:
    """Show the account."""
    return _page(find_account(account_id), {}, {}, {}, {})


@about.post("")
def save(account_id: int) -> ResponseReturnValue:
    """Save the account's data; 422 and the same form with what is wrong."""
    account = find_account(account_id)
    of = _account_fields(account)
    typed = controls.typed_from_form(of, request.form)
    try:
        values = _read(of, typed)
    except Rejected as error:
        errors = controls.place(of, _whole(of, typed), error.messages, new=True)
        return _page(account, typed, errors, {}, {}), 422
    with changing(account):
        account.colors, zone = values.pop("colors"), values.pop("timezone")
        account.account = {**account.account, **values}
        account.name, account.email = values["name"], values["primary_email_address"]
        if "plan" in account.account:
            account.account["plan"] = {**account.account["plan"], "plan_type": values["plan_type"]}
        _set_zone(account, zone)
    flash("The account is saved.")
    return redirect(_url(account), 303)


@about.post("/profile")
def save_profile(account_id: int) -> ResponseReturnValue:
    """Save the creator profile, or remove it; 422 and the same form with what is wrong."""
    account = find_account(account_id)
    if "remove" in request.form:
        with changing(account):
            account.profile = None
        flash("The creator profile is removed: Kit’s API responds to it with 404.")
        return redirect(_url(account), 303)
    typed = controls.typed_from_form(_PROFILE, request.form)
    try:
        values = _read(_PROFILE, typed)
    except Rejected as error:
        errors = controls.place(_PROFILE, _whole(_PROFILE, typed), error.messages, new=True)
        return _page(account, {}, {}, typed, errors), 422
    with changing(account):
        account.profile = {**(account.profile or {}), **values}
    flash("The creator profile is saved.")
    return redirect(_url(account), 303)


@about.post("/plan")
def switch_plan(account_id: int) -> ResponseReturnValue:
    """Let the plan lapse, so that every call to Kit's API is refused with 401, or bring it back."""
    account = find_account(account_id)
    with changing(account):
        account.has_api_access = "lapse" not in request.form
    flash(
        "The plan is back: Kit’s API responds again."
        if account.has_api_access
        else "The plan has lapsed: Kit’s API refuses every call with 401."
    )
    return redirect(_url(account), 303)


@about.post("/disconnect")
def disconnect(account_id: int) -> ResponseReturnValue:
    """End an OAuth client's access to the account: its tokens are unknown from now on."""
    account = find_account(account_id)
    client_id = request.form.get("client_id", "")
    sandbox().store.revoke_tokens(account.id, client_id)
    flash(f"{_app_name(client_id)} is disconnected: Kit’s API does not know its tokens any more.")
    return redirect(_url(account), 303)


@about.post("/reset")
def reset(account_id: int) -> ResponseReturnValue:
    """Return the account to the state of its file. Apps stay connected."""
    account = find_account(account_id)
    sandbox().states.reset(account.id)
    flash(f"{sandbox().accounts[account.id].name} is as it was at the start. Apps stay connected.")
    return redirect(_url(account), 303)


def _read(of: Mapping[str, Field], typed: Mapping[str, Any]) -> Record:
    return read_fields(of, _whole(of, typed), partial=False)


def _whole(of: Mapping[str, Field], typed: Mapping[str, Any]) -> Record:
    """Return every member, also what is empty."""
    body, _ = controls.body_of(of, typed, dict.fromkeys(of))
    return body


def _set_zone(account: Account, name: str | None) -> None:
    if name is None:
        account.account.pop("timezone", None)
    elif name != (account.account.get("timezone") or {}).get("name"):
        friendly = name.rpartition("/")[2].replace("_", " ")
        zone = {"name": name, "friendly_name": friendly, "utc_offset": "+00:00"}
        account.account["timezone"] = zone


def _page(
    account: Account,
    typed: Mapping[str, Any],
    errors: FormErrors,
    typed_profile: Mapping[str, Any],
    profile_errors: FormErrors,
) -> str:
    stored = {
        **account.account,
        "timezone": (account.account.get("timezone") or {}).get("name"),
        "colors": account.colors,
    }
    of = _account_fields(account)
    typed = typed or controls.typed_from_record(of, stored)
    typed_profile = typed_profile or controls.typed_from_record(_PROFILE, account.profile or {})
    return render_template(
        "accounts/account.html",
        account=account,
        kinds=KINDS,
        controls=controls.controls_of(account, of, typed, {}),
        errors=errors,
        profile=controls.controls_of(account, _PROFILE, typed_profile, {}),
        profile_errors=profile_errors,
        no_access=NO_ACCESS,
        connected=_connected(account),
        installation=sandbox().store.find_installation(account.id),
        app=sandbox().store.find_app(),
    )


def _connected(account: Account) -> list[tuple[str, str, str]]:
    """Return the id and name of each app that has access to the account, and until when."""
    return [
        (
            client_id,
            _app_name(client_id),
            f"{datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC",
        )
        for client_id, until in sandbox().store.find_connected(account.id)
    ]


def _app_name(client_id: str) -> str:
    app = sandbox().store.find_app()
    if client_id and client_id == app.kit_client_id:
        return app.name
    registered = sandbox().oauth_clients.find(client_id)
    return registered.name if registered else "An app that is not registered any more"


def _url(account: Account) -> str:
    return url_for("about.show", account_id=account.id)
