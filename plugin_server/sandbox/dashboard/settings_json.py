"""The settings JSON of a plugin: its validation in the dashboard, and how the editor reads it."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from plugin_server.settings.checker import Report, check
from plugin_server.settings.rules import Context

Setting = Mapping[str, Any]


def check_settings(text: str) -> list[str]:
    """Return why the dashboard refuses a settings JSON, ``[]`` when it accepts it."""
    # Half a surrogate pair is JSON, but not text that a page can hold.
    return [
        f"Settings JSON, line {each.place.line}: "
        + each.sentence.encode(errors="backslashreplace").decode()
        for each in _report(text).errors
    ]


def count_published(text: str) -> int:
    """Return the number of findings that only the schema in Kit's reference has."""
    return len(_report(text).published)


def _report(text: str) -> Report:
    # A byte-order mark that a paste brought along is not a mistake.
    return check(text.removeprefix("\ufeff"), Context(loopback=True))


def read_settings(text: str) -> list[Setting]:
    """Return the settings in a settings JSON that ``check_settings`` accepts, every group named.

    Kit does not require a name of a group; one without gets its place as its name, such as ``[2]``.
    """
    return _named(json.loads(text.removeprefix("\ufeff")))


def _named(settings: Sequence[Setting], place: str = "") -> list[Setting]:
    named: list[Setting] = []
    for index, setting in enumerate(settings):
        here = f"{place}[{index}]"
        inner = {"settings": _named(setting["settings"], here)} if "settings" in setting else {}
        named.append({"name": here, **setting, **inner})
    return named


def leaves(settings: Sequence[Setting]) -> Iterator[Setting]:
    """Yield the settings that have a value, in the sidebar's order: a group's in its place."""
    for setting in settings:
        if setting["type"] == "group":
            yield from leaves(setting["settings"])
        else:
            yield setting


def defaults(settings: Sequence[Setting]) -> dict[str, Any]:
    """Return what a new block starts with. A toggle is never empty: without a default it is off."""
    values = {s["name"]: False for s in leaves(settings) if s["type"] == "toggle"}
    return values | {s["name"]: s["default"] for s in leaves(settings) if "default" in s}


def outline(settings: Sequence[Setting]) -> list[dict[str, Any]]:
    """Return every setting and group in one list, with what decides whether it is seen and sent.

    ``conditions`` have one form: ``{"field"}`` for any value, or ``{"field", "value"}``; a toggle is
    on when it is ``True``, which Kit's pages also write as ``"true"``.
    """
    toggles = {setting["name"] for setting in leaves(settings) if setting["type"] == "toggle"}
    return list(_outline(settings, toggles, None))


def _outline(
    settings: Sequence[Setting], toggles: Collection[str], group: str | None
) -> Iterator[dict[str, Any]]:
    for setting in settings:
        name, is_group = setting["name"], setting["type"] == "group"
        conditions = [_condition(each, toggles) for each in _conditions(setting)]
        required = setting.get("required", False) and not is_group
        row = {"name": name, "label": setting["label"], "required": required, "group": group}
        yield {**row, "holds": not is_group, "conditions": conditions}
        if is_group:
            yield from _outline(setting["settings"], toggles, name)


def _condition(written: Any, toggles: Collection[str]) -> dict[str, Any]:
    if isinstance(written, str):
        return {"field": written}
    on = written["field"] in toggles and written.get("value") == "true"
    return {**written, "value": True} if on else dict(written)


def dependencies(setting: Setting) -> list[str]:
    """Return the names that a setting depends on, whichever form they are written in."""
    return [each if isinstance(each, str) else each["field"] for each in _conditions(setting)]


def _conditions(setting: Setting) -> list[Any]:
    return list(setting.get("dependencies", []))
