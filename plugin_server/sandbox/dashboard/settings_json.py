"""The settings JSON of a plugin: what Kit's dashboard refuses in it, and how the editor reads it.

Kit's own refusal says nothing; these sentences are for the developer. Source of the rules:
https://developers.kit.com/plugins/content-blocks
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from plugin_server.sandbox.urls import check_url

Setting = Mapping[str, Any]

_SCHEMA = json.loads(Path(__file__).with_name("schemas").joinpath("settings.json").read_text())
_VALIDATOR = Draft202012Validator(_SCHEMA)
_RADIO_LABELS = 28
_KINDS = {
    "array": "an array",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "text",
}


def check_settings(text: str) -> list[str]:
    """Return what Kit's dashboard would refuse in a settings JSON, ``[]`` when it is accepted."""
    try:
        # A byte-order mark that a paste brought along is no mistake.
        settings = json.loads(
            text.removeprefix("\ufeff"), parse_float=_finite, parse_constant=_finite
        )
        errors = [_sentence(settings, error) for error in _VALIDATOR.iter_errors(settings)]
    except ValueError as error:
        return [f"Settings JSON is not JSON: {error}."]
    except RecursionError:
        return ["Settings JSON is nested too deeply."]
    if not errors:
        errors = _check_together(settings)
    # Half a surrogate pair is JSON, but no text that a page could hold.
    printable = [error.encode(errors="backslashreplace").decode() for error in errors]
    return list(dict.fromkeys(printable))


def read_settings(text: str) -> list[Setting]:
    """Return the settings in a settings JSON that ``check_settings`` accepts, every group named.

    Kit wants no name of a group; one without gets its place as its name, such as ``[2]``.
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
        wanted = [_condition(each, toggles) for each in _conditions(setting)]
        required = setting.get("required", False) and not is_group
        row = {"name": name, "label": setting["label"], "required": required, "group": group}
        yield {**row, "holds": not is_group, "conditions": wanted}
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


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a number that JSON has")
    return number


def _check_together(settings: list[Setting]) -> list[str]:
    """Check what a schema cannot say; ``settings`` have passed the schema."""
    every = list(_with_groups(_named(settings)))
    known = {setting["name"]: setting for setting in every}
    errors = [
        f'Settings JSON: the name "{name}" is used {count} times.'
        for name, count in Counter(setting["name"] for setting in every).items()
        if count > 1
    ]
    for setting in every:
        check = _CHECKS.get(setting["type"], _accept)
        problems = [*_check_dependencies(setting, known), *check(setting)]
        errors += [f'Settings JSON: "{setting["name"]}"{problem}' for problem in problems]
    return errors


def _with_groups(settings: Sequence[Setting]) -> Iterator[Setting]:
    for setting in settings:
        yield setting
        if setting["type"] == "group":
            yield from _with_groups(setting["settings"])


def _check_dependencies(setting: Setting, known: Mapping[str, Setting]) -> Iterator[str]:
    for condition, name in zip(_conditions(setting), dependencies(setting), strict=True):
        other = known.get(name)
        kind = other["type"] if other else None
        if other is None or other is setting:
            yield f' depends on "{name}", which is not another setting.'
        elif kind == "group":
            yield f' depends on "{name}", which is a group and has no value.'
        elif kind == "slider":
            yield f' depends on "{name}", a slider, which always has a value.'
        elif kind == "toggle" and not _waits_for_true(condition):
            yield f' depends on "{name}", a toggle, which can only be waited for with true.'


def _waits_for_true(condition: Any) -> bool:
    if isinstance(condition, str):
        return True
    value = condition.get("value", True)
    return value is True or value == "true"


def _check_search(setting: Setting) -> list[str]:
    return check_url(": request_url", setting["request_url"])


def _check_radio_group(setting: Setting) -> Iterator[str]:
    length = sum(len(option["label"]) for option in setting["options"])
    if length > _RADIO_LABELS:
        yield f", options: the labels have {length} characters together, at most {_RADIO_LABELS} fit."
    values = [option["value"] for option in setting["options"]]
    if "default" in setting and setting["default"] not in values:
        yield f', default: "{setting["default"]}" is not the value of an option.'


def _check_slider(setting: Setting) -> Iterator[str]:
    if setting["min"] >= setting["max"]:
        yield ": min must be less than max."
    elif not setting["min"] <= setting["default"] <= setting["max"]:
        yield ", default: it must be from min to max."


def _check_number(setting: Setting) -> Iterator[str]:
    if setting.get("min", -math.inf) > setting.get("max", math.inf):
        yield ": min must not be more than max."


def _accept(_setting: Setting) -> Sequence[str]:
    return ()


_CHECKS: dict[str, Callable[[Setting], Sequence[str] | Iterator[str]]] = {
    "search": _check_search,
    "radioGroup": _check_radio_group,
    "slider": _check_slider,
    "numericalInput": _check_number,
}


def _sentence(settings: Any, problem: ValidationError) -> str:
    return f"Settings JSON{_place(settings, list(problem.absolute_path))}: {_words(problem)}."


def _place(settings: Any, path: Sequence[str | int]) -> str:
    """Name the innermost setting on the way to a problem, and the member of it that is meant."""
    found, rest, here = "", [], settings
    for depth, part in enumerate(path):
        in_list_of_settings = depth == 0 or path[depth - 1] == "settings"
        here = here[part]
        rest.append(str(part))
        if isinstance(part, int) and in_list_of_settings:
            name = here.get("name") if isinstance(here, dict) else None
            named = isinstance(name, str) and name
            found, rest = (f': "{name}"' if named else f"{found}: setting {part + 1}"), []
    return found + "".join(f", {part}" for part in rest)


def _words(problem: ValidationError) -> str:
    schema = problem.schema if isinstance(problem.schema, dict) else {}
    wanted: Any = problem.validator_value
    instance: Any = problem.instance
    if problem.validator == "additionalProperties":
        unknown = [name for name in instance if name not in schema["properties"]]
        return f"{', '.join(unknown)} cannot be used {schema.get('where', 'with this type')}"
    if problem.validator == "required":
        missing = [name for name in wanted if name not in instance]
        return f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
    if problem.validator == "maxLength":
        return f"it has {len(instance)} characters, at most {wanted} fit"
    if problem.validator == "enum":
        return f"{json.dumps(instance)} is none of {', '.join(map(str, wanted))}"
    if problem.validator == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        return f"{json.dumps(instance)} must be {' or '.join(_KINDS[kind] for kind in kinds)}"
    if problem.validator == "oneOf":
        return str(schema["refusal"])
    return problem.message
