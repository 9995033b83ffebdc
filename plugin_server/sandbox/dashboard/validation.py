"""What the dashboard accepts: the app's fields and a plugin's fields.

One code for the forms and for ``PUT /dashboard/app.json``. Every function returns all refusals at
once, as sentences that name the field.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from plugin_server.sandbox.dashboard.icons import LARGEST, is_icon
from plugin_server.sandbox.dashboard.settings_json import check_settings
from plugin_server.sandbox.errors import Errors
from plugin_server.sandbox.guard import check_url
from plugin_server.sandbox.records import App, Plugin

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
    "logo_url": "Icon URL",
    "html_url": "HTML URL",
    "settings_json": "Settings JSON",
    "authorization": "Authorization",
    "identifier": "Identifier",
}
_REQUIRED = frozenset(PLUGIN_FIELDS) - {"logo_url", "identifier"}
_LONGEST = 20_000
_LONGEST_SETTINGS_JSON = 200_000
_LONGEST_LOGO = 2 * LARGEST


def read_app(fields: Mapping[str, Any]) -> tuple[App, Errors]:
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
    errors: Errors = {} if values["name"] else {"name": ["Name is required."]}
    errors |= _all_or_none("OAuth", OAUTH_FIELDS, values)
    errors |= _all_or_none("API access", API_FIELDS, values)
    for name, label in {**OAUTH_FIELDS, **API_FIELDS}.items():
        if name.endswith("_url") and values[name]:
            errors[name] = check_url(label, values[name])
    for uri in values["redirect_uris"]:
        errors.setdefault("redirect_uris", []).extend(check_url("Redirect URI", uri))
    return App(**values), {name: found for name, found in errors.items() if found}


def read_plugin(fields: Mapping[str, Any], app: App, id_: int = 0) -> tuple[Plugin, Errors]:
    """Read a plugin form: the record as it was typed, and what is wrong with it."""
    text = {name: _text(fields.get(name)) for name in PLUGIN_FIELDS}
    text["settings_json"] = _text(fields.get("settings_json"), _LONGEST_SETTINGS_JSON + 1)
    if not isinstance(fields.get("settings_json", ""), str):
        # A script may give the array itself instead of its text.
        text["settings_json"] = json.dumps(fields["settings_json"], indent=2, ensure_ascii=False)
    text["logo_url"] = _text(fields.get("logo_url"), _LONGEST_LOGO)
    dynamic = _is_on(fields.get("dynamic"))
    errors = {
        name: [f"{label} is required."]
        for name, label in PLUGIN_FIELDS.items()
        if not text[name] and (name in _REQUIRED or (dynamic and name == "identifier"))
    }
    for name, check in _PLUGIN_CHECKS.items():
        if text[name]:
            errors[name] = check(text[name])
    if text["authorization"] == "oauth" and not app.has_oauth:
        needed = "Authorization is oauth: fill in the app's OAuth fields first."
        errors["authorization"] = [needed]
    plugin = Plugin(
        id=id_,
        name=text["name"],
        description=text["description"],
        sort_order=0 if _check_order(text["sort_order"]) else int(text["sort_order"]),
        logo_url=text["logo_url"],
        html_url=text["html_url"],
        settings_json=text["settings_json"],
        active=_is_on(fields.get("active")),
        authorization="none" if text["authorization"] == "none" else "oauth",
        dynamic=dynamic,
        identifier=text["identifier"],
    )
    return plugin, {name: errors[name] for name in PLUGIN_FIELDS if errors.get(name)}


def check_together(plugins: Sequence[Plugin]) -> Errors:
    """Check what plugins of one app must not share; the last one is to blame."""
    *others, last = plugins
    errors: Errors = {}
    if last.name and last.name in [other.name for other in others]:
        errors["name"] = [f'Another plugin is called "{last.name}".']
    if last.identifier and last.identifier in [other.identifier for other in others]:
        errors["identifier"] = [f'Another plugin has the identifier "{last.identifier}".']
    return errors


def _check_order(order: str) -> list[str]:
    if order.isascii() and order.isdigit() and len(order) < 7:
        return []
    return ["Sort order must be a whole number, 0 or more."]


def _check_logo(url: str) -> list[str]:
    return [] if is_icon(url) else check_url("Icon URL", url)


def _check_settings_json(text: str) -> list[str]:
    if len(text) > _LONGEST_SETTINGS_JSON:
        return [f"Settings JSON is too long: at most {_LONGEST_SETTINGS_JSON:,} characters."]
    return check_settings(text)


def _check_authorization(strategy: str) -> list[str]:
    known = strategy in {"oauth", "none"}
    return [] if known else ["Authorization must be oauth or none."]


def _check_identifier(identifier: str) -> list[str]:
    if re.fullmatch(r"[a-z0-9_]+", identifier):
        return []
    return ["Identifier may have lowercase letters, digits and underscores."]


_PLUGIN_CHECKS: dict[str, Callable[[str], list[str]]] = {
    "sort_order": _check_order,
    "logo_url": _check_logo,
    "html_url": lambda url: check_url("HTML URL", url),
    "settings_json": _check_settings_json,
    "authorization": _check_authorization,
    "identifier": _check_identifier,
}


def _all_or_none(part: str, labels: Mapping[str, str], values: Mapping[str, Any]) -> Errors:
    if not any(values[name] for name in labels):
        return {}
    return {
        name: [f"{label} is required as soon as {part} is used."]
        for name, label in labels.items()
        if not values[name]
    }


def _is_on(value: Any) -> bool:
    return value in (True, "on", "true")


def _text(value: Any, longest: int = _LONGEST) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value.strip()[:longest] if isinstance(value, str) else ""
