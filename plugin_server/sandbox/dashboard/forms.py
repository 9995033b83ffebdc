"""Validates the dashboard's forms: the app's fields and a plugin's fields.

One code for the forms and for ``PUT /dashboard/app.json``. Every function returns all refusals at
once, as sentences that name the field.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from plugin_server.sandbox.client.body_formats import BODY_FORMATS
from plugin_server.sandbox.dashboard.icons import LARGEST, check_icon, is_icon
from plugin_server.sandbox.dashboard.settings_json import check_settings
from plugin_server.sandbox.form_errors import FormErrors
from plugin_server.sandbox.records import App, EventPlugin, Plugin
from plugin_server.sandbox.urls import check_url
from plugin_server.web.kit_fields import API_ACCESS, APP_DETAILS, DYNAMIC, PLUGIN, PLUGIN_OAUTH

OAUTH_FIELDS = {name: field.label for name, field in PLUGIN_OAUTH.items()}
API_FIELDS = {
    **{name: field.label for name, field in API_ACCESS.items()},
    "kit_client_id": "Kit client ID",
    "kit_client_secret": "Kit client secret",
}
PLUGIN_FIELDS = {
    **{name: field.label for name, field in PLUGIN.items()},
    "authorization": "Authorization method",
    "identifier": DYNAMIC["identifier"].label,
    "event": DYNAMIC["event"].label,
    "key": "Key",
}
# Fields of the app with several values, one on each line of the form.
LISTS = ("redirect_uris", "return_to_domains")
_REQUIRED = frozenset(PLUGIN_FIELDS) - {"logo_url", "scopes", "identifier", "event", "key"}
_URLS = frozenset(
    name
    for name in (*APP_DETAILS, *OAUTH_FIELDS, *API_FIELDS)
    if name.endswith("_url") or name == "redirect_after_install"
)
# What an OAuth scope may be made of (RFC 6749, 3.3), but for the comma, which separates them here.
_SCOPE = re.compile(r"[!#-+\--\[\]-~]+")
NEEDS_IDENTIFIER = (
    "App identifier is required as soon as there is a dynamic plugin or an event plugin: Liquid has it "
    "in its paths."
)
_LONGEST = 20_000
_LONGEST_SETTINGS_JSON = 200_000
_LONGEST_LOGO = 2 * LARGEST


def read_app(fields: Mapping[str, Any], *, has_paths: bool = False) -> tuple[App, FormErrors]:
    """Parse the app form: return the record as it was typed, and its errors by field.

    The OAuth fields are required all or none, and so are those of the API access. The identifier is required
    with ``has_paths``: as soon as the app has a dynamic plugin or an event plugin.
    """
    labels = {name: field.label for name, field in APP_DETAILS.items()} | OAUTH_FIELDS | API_FIELDS
    values: dict[str, Any] = {name: _text(fields.get(name)) for name in labels}
    values |= {name: _lines(fields.get(name)) for name in LISTS}
    values["body_format"] = _text(fields.get("body_format"))
    values["identifier"] = _text(fields.get("identifier"))
    errors: FormErrors = {} if values["name"] else {"name": ["App name is required."]}
    if values["identifier"]:
        errors["identifier"] = check_identifier(values["identifier"], "App identifier")
    elif has_paths:
        errors["identifier"] = [NEEDS_IDENTIFIER]
    errors |= _all_or_none("OAuth", OAUTH_FIELDS, values)
    errors |= _all_or_none("API access", API_FIELDS, values)
    for name, label in labels.items():
        if name in _URLS and values[name]:
            errors[name] = check_url(label, values[name])
    for uri in values["redirect_uris"]:
        errors.setdefault("redirect_uris", []).extend(check_url("Redirect URI", uri))
    for domain in values["return_to_domains"]:
        errors.setdefault("return_to_domains", []).extend(_check_domain(domain))
    for name, field in APP_DETAILS.items():
        if field.longest and len(values[name]) > field.longest:
            errors[name] = [f"{field.label} may have {field.longest:,} characters at most."]
    if values["body_format"] not in {"", *BODY_FORMATS}:
        choices = ", ".join(BODY_FORMATS)
        errors["body_format"] = [f"Body of token requests must be empty or one of {choices}."]
    return App(**values), {name: found for name, found in errors.items() if found}


def read_plugin(
    fields: Mapping[str, Any], app: App, events: Sequence[EventPlugin] = (), id_: int = 0
) -> tuple[Plugin, FormErrors]:
    """Parse a plugin form: return the record as it was typed, and its errors by field.

    ``events`` are the app's event plugins, of which the plugin names one by its identifier, or none.
    """
    text = {name: _text(fields.get(name)) for name in PLUGIN_FIELDS}
    text["settings_json"] = _text(fields.get("settings_json"), _LONGEST_SETTINGS_JSON + 1)
    if not isinstance(fields.get("settings_json", ""), str):
        # A script may give the array itself instead of its text.
        text["settings_json"] = json.dumps(fields["settings_json"], indent=2, ensure_ascii=False)
    text["logo_url"] = _text(fields.get("logo_url"), _LONGEST_LOGO)
    scopes = _scopes(fields.get("scopes"))
    text["scopes"] = ", ".join(scopes)
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
        needed = "Authorization method is oauth: fill in the app's OAuth fields first."
        errors["authorization"] = [needed]
    if text["event"] and text["event"] not in {each.identifier for each in events}:
        errors["event"] = [f'The app has no event plugin with the identifier "{text["event"]}".']
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
        event=text["event"],
        scopes=scopes,
        key=text["key"],
    )
    return plugin, {name: errors[name] for name in PLUGIN_FIELDS if errors.get(name)}


def check_together(plugins: Sequence[Plugin], events: Sequence[EventPlugin] = ()) -> FormErrors:
    """Return the errors of the last plugin, which must not share a name, identifier or key with another.

    An identifier is unique in the app: event plugins have none that a content block has.
    """
    *others, last = plugins
    errors: FormErrors = {}
    if last.key and last.key in [other.key for other in others]:
        errors["key"] = [f'Another plugin has the key "{last.key}".']
    # With keys, two packages of blocks may both have a "Quote".
    named = [other.name for other in others if not (other.key and last.key)]
    if last.name and last.name in named:
        errors["name"] = [f'Another plugin is called "{last.name}".']
    taken = [other.identifier for other in others] + [event.identifier for event in events]
    if last.identifier and last.identifier in taken:
        errors["identifier"] = [f'Another plugin has the identifier "{last.identifier}".']
    return errors


def _check_order(order: str) -> list[str]:
    if order.isascii() and order.isdigit() and len(order) < 7:
        return []
    return ["Sort order must be a whole number, 0 or more."]


def _check_logo(url: str) -> list[str]:
    return check_icon(url) if is_icon(url) else check_url("Icon URL", url)


def _check_scopes(scopes: str) -> list[str]:
    odd = [scope for scope in scopes.split(", ") if not _SCOPE.fullmatch(scope)]
    return [
        f'Scope "{scope}" must be one word without spaces, such as read:posts; put commas between scopes.'
        for scope in odd
    ]


def _check_domain(domain: str) -> list[str]:
    try:
        good = urlsplit(f"//{domain}").hostname == domain
    except ValueError:
        good = False
    if good:
        return []
    return [f'"{domain}" must be a domain alone, such as example.com, in lowercase.']


def _check_settings_json(text: str) -> list[str]:
    if len(text) > _LONGEST_SETTINGS_JSON:
        return [f"Settings JSON is too long: at most {_LONGEST_SETTINGS_JSON:,} characters."]
    return check_settings(text)


def _check_key(key: str) -> list[str]:
    # It is the name of a folder of examples.
    if re.fullmatch(r"\w{1,100}", key):
        return []
    return ["Key may have letters, digits and underscores."]


def _check_authorization(strategy: str) -> list[str]:
    known = strategy in {"oauth", "none"}
    return [] if known else ["Authorization method must be oauth or none."]


def check_identifier(identifier: str, label: str = DYNAMIC["identifier"].label) -> list[str]:
    """Return why Kit refuses an identifier, ``[]`` when it accepts it."""
    if re.fullmatch(r"[a-z0-9_]{1,100}", identifier):
        return []
    return [f"{label} may have lowercase letters, digits and underscores, at most 100 of them."]


_PLUGIN_CHECKS: dict[str, Callable[[str], list[str]]] = {
    "sort_order": _check_order,
    "logo_url": _check_logo,
    "html_url": lambda url: check_url(PLUGIN["html_url"].label, url),
    "settings_json": _check_settings_json,
    "authorization": _check_authorization,
    "identifier": check_identifier,
    "scopes": _check_scopes,
    "key": _check_key,
}


def _all_or_none(part: str, labels: Mapping[str, str], values: Mapping[str, Any]) -> FormErrors:
    if not any(values[name] for name in labels):
        return {}
    return {
        name: [f"{label} is required as soon as {part} is used."]
        for name, label in labels.items()
        if not values[name]
    }


def _lines(value: Any) -> tuple[str, ...]:
    return _texts(value.splitlines() if isinstance(value, str) else value)


def _scopes(value: Any) -> tuple[str, ...]:
    """Return scopes as they were typed, separated by commas, or as the array of a script."""
    given = _texts(value.split(",") if isinstance(value, str) else value)
    return tuple(dict.fromkeys(given))


def _texts(value: Any) -> tuple[str, ...]:
    each = map(_text, value) if isinstance(value, list | tuple) else ()
    return tuple(filter(None, each))


def _is_on(value: Any) -> bool:
    return value in (True, "on", "true")


def _text(value: Any, longest: int = _LONGEST) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value.strip()[:longest] if isinstance(value, str) else ""
