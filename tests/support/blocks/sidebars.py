"""Short settings JSON to check, and the findings in it."""

import json
from typing import Any

from plugin_server.findings.finding import json_path
from plugin_server.settings.checker import check
from plugin_server.settings.rules import ANYONES, Context

SEARCH = {"type": "search", "name": "s", "label": "S"}
SLIDER = {"type": "slider", "name": "a", "label": "A"}


def text(name: str = "a", **members: Any) -> dict[str, Any]:
    return {"type": "text", "name": name, "label": "A", **members}


def toggle(name: str, **members: Any) -> dict[str, Any]:
    return {"type": "toggle", "name": name, "label": "T", **members}


def group(name: str, *settings: Any, **members: Any) -> dict[str, Any]:
    return {"type": "group", "name": name, "label": "G", "settings": list(settings), **members}


def unnamed(*settings: Any) -> dict[str, Any]:
    return {"type": "group", "label": "G", "settings": list(settings)}


def chosen(kind: str, *values: str, name: str = "c", **members: Any) -> dict[str, Any]:
    options = [{"label": value.title(), "value": value} for value in values]
    return {"type": kind, "name": name, "label": "C", "options": options, **members}


def on(field: str, *value: Any) -> dict[str, Any]:
    entry = {"field": field, "value": value[0]} if value else {"field": field}
    return {"dependencies": [entry]}


def found(definition: list[Any], context: Context = ANYONES) -> list[tuple[str, str]]:
    report = check(json.dumps(definition), context)
    return [(json_path(each.place.path), each.code) for each in report.findings]


def messages(definition: list[Any], context: Context = ANYONES) -> str:
    report = check(json.dumps(definition), context)
    return " ".join(f"{each.message}. {each.advice}" for each in report.findings)
