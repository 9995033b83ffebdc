"""What the dashboard accepts: the app's fields and a plugin's fields.

One code for the forms and for ``PUT /dashboard/app.json``. Every function returns all refusals at
once, as sentences that name the field.
"""

import json
from collections.abc import Mapping
from typing import Any

from plugin_server.sandbox.guard import check_url
from plugin_server.sandbox.records import App, Plugin
from plugin_server.sandbox.settings_json import check_settings

OAUTH_FIELDS = {
    "authorize_url": "Authorize URL",
    "token_url": "Token URL",
    "refresh_url": "Refresh token URL",
    "revoke_url": "Revoke token URL",
    "client_id": "Client ID",
    "client_secret": "Client secret",
}
API_FIELDS = {
    "authorization_url": "Authorization URL",
    "redirect_uris": "Redirect URIs",
    "kit_client_id": "Kit client ID",
    "kit_client_secret": "Kit client secret",
}
PLUGIN_FIELDS = {
    "name": "Name",
    "description": "Description",
    "sort_order": "Sort order",
    "logo_url": "Logo URL",
    "html_url": "HTML URL",
    "settings_json": "Settings JSON",
    "active": "Active",
    "authorization": "Authorization",
}
_LONGEST = 20_000
_LONGEST_SETTINGS_JSON = 200_000


def read_app(fields: Mapping[str, Any]) -> tuple[App, list[str]]:
    """Read the app form: the record as it was typed, and what is wrong with it.

    The OAuth fields are wanted all or none, and so are those of the API access.
    """
    values: dict[str, Any] = {
        name: _text(fields.get(name))
        for name in ("name", "description", *OAUTH_FIELDS, *API_FIELDS)
        if name != "redirect_uris"
    }
    uris = fields.get("redirect_uris") or []
    lines = uris.splitlines() if isinstance(uris, str) else uris
    values["redirect_uris"] = tuple(_text(uri) for uri in lines if _text(uri))
    errors = [] if values["name"] else ["Name is required."]
    errors += _all_or_none("OAuth", OAUTH_FIELDS, values)
    errors += _all_or_none("API access", API_FIELDS, values)
    for name, label in {**OAUTH_FIELDS, **API_FIELDS}.items():
        if name.endswith("_url") and values[name]:
            errors += check_url(label, values[name])
    for uri in values["redirect_uris"]:
        errors += check_url("Redirect URI", uri)
    return App(**values), errors


def read_plugin(fields: Mapping[str, Any], app: App, id_: int = 0) -> tuple[Plugin, list[str]]:
    """Read a plugin form: the record as it was typed, and what is wrong with it."""
    text = {name: _text(fields.get(name)) for name in PLUGIN_FIELDS if name != "active"}
    text["settings_json"] = _text(fields.get("settings_json"), _LONGEST_SETTINGS_JSON + 1)
    if not isinstance(fields.get("settings_json", ""), str):
        # A script may give the array itself instead of its text.
        text["settings_json"] = json.dumps(fields["settings_json"], indent=2, ensure_ascii=False)
    required = ("name", "description", "sort_order", "html_url", "settings_json", "authorization")
    errors = [f"{PLUGIN_FIELDS[name]} is required." for name in required if not text[name]]
    order = text["sort_order"]
    whole = order.isascii() and order.isdigit() and len(order) < 7
    if order and not whole:
        errors.append("Sort order must be a whole number, 0 or more.")
    for name in ("logo_url", "html_url"):
        if text[name]:
            errors += check_url(PLUGIN_FIELDS[name], text[name])
    if len(text["settings_json"]) > _LONGEST_SETTINGS_JSON:
        errors.append(f"Settings JSON is too long: at most {_LONGEST_SETTINGS_JSON:,} characters.")
    elif text["settings_json"]:
        errors += check_settings(text["settings_json"])
    if text["authorization"] not in {"oauth", "none", ""}:
        errors.append("Authorization must be oauth or none.")
    if text["authorization"] == "oauth" and not app.has_oauth:
        errors.append("Authorization is oauth: fill in the app's OAuth fields first.")
    plugin = Plugin(
        id=id_,
        name=text["name"],
        description=text["description"],
        sort_order=int(order) if whole else 0,
        logo_url=text["logo_url"],
        html_url=text["html_url"],
        settings_json=text["settings_json"],
        active=fields.get("active") in (True, "on", "true"),
        authorization="none" if text["authorization"] == "none" else "oauth",
    )
    return plugin, errors


def _all_or_none(part: str, labels: Mapping[str, str], values: Mapping[str, Any]) -> list[str]:
    if not any(values[name] for name in labels):
        return []
    return [
        f"{label} is required as soon as {part} is used."
        for name, label in labels.items()
        if not values[name]
    ]


def _text(value: Any, longest: int = _LONGEST) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value.strip()[:longest] if isinstance(value, str) else ""
