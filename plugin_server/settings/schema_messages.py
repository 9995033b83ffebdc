"""Turns the violations of a JSON Schema into findings: what is wrong, and what to write instead.

A schema that offers branches (``anyOf``) reports all of them at once. Here the branch is chosen
first, by the ``type`` of the setting, and only its violations are reported.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jsonschema.exceptions import ValidationError

from plugin_server.findings.finding import Finding, Place, error
from plugin_server.findings.wording import kind, listed, shown, suggestion

# A code, a message and advice.
Explanation = tuple[str, str, str]

# The types that take a default, for the one mistake about which Kit says nothing but a status.
_WITH_DEFAULT = "textarea, toggle, slider and radioGroup"
_TYPES = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
# The types that Kit has in other plugins, each with where it belongs and what to use instead.
_ELSEWHERE = {
    "dynamicSelect": (
        "belongs to media source plugins, not to content blocks",
        "Use a search, whose options come from a server too, or a select.",
    )
}
_DESCRIBED = {
    "options": 'an array of objects with "label" and "value"',
    "settings": "an array of settings",
    "request_url": "the URL of its search endpoint",
    "name": "the key under which Kit sends its value",
    "label": "what the creator reads",
    "type": "the component that the sidebar shows",
    "field": "the name of another setting",
    "value": "what Kit sends when this is chosen",
}


def explain(violation: ValidationError) -> Iterator[Finding]:
    """Yield the findings of a violation; of several branches, those of the branch that was meant."""
    if violation.validator in ("anyOf", "oneOf"):
        yield from _explain_branches(violation)
    elif violation.validator == "additionalProperties":
        yield from _unknown(violation)
    else:
        yield _finding(violation, _EXPLANATIONS.get(str(violation.validator), _other)(violation))


def _finding(violation: ValidationError, explanation: Explanation, *below: str) -> Finding:
    code, message, advice = explanation
    return error(code, Place(path=(*violation.absolute_path, *below)), message, advice)


def _explain_branches(violation: ValidationError) -> Iterator[Finding]:
    alternatives: Any = violation.validator_value
    if all(isinstance(each, dict) and each.keys() == {"required"} for each in alternatives):
        names = [name for each in alternatives for name in each["required"]]
        yield _finding(violation, _one_of(violation, names))
        return
    branches: dict[Any, list[ValidationError]] = defaultdict(list)
    for inner in violation.context or []:
        branches[inner.relative_schema_path[0]].append(inner)
    meant = [group for group in branches.values() if not any(map(_is_about_type, group))]
    if len(meant) == 1:
        for inner in meant[0]:
            yield from explain(inner)
    elif not meant and branches:
        yield _finding(violation, _unknown_type(violation, branches.values()), "type")
    else:
        yield _finding(violation, _other(violation))


def _is_about_type(violation: ValidationError) -> bool:
    return violation.validator in ("enum", "const") and list(violation.relative_path) == ["type"]


def _unknown_type(
    violation: ValidationError, branches: Iterable[list[ValidationError]]
) -> Explanation:
    inner = [each for branch in branches for each in branch if _is_about_type(each)]
    known = [value for each in inner for value in _values(each)]
    given = violation.instance.get("type") if isinstance(violation.instance, dict) else None
    return _not_among(given, known, is_type=True)


def _values(violation: ValidationError) -> list[Any]:
    value: Any = violation.validator_value
    return value if isinstance(value, list) else [value]


def _one_of(violation: ValidationError, names: list[str]) -> Explanation:
    instance: Any = violation.instance
    both = listed([shown(name) for name in names], "and")
    if any(name in instance for name in names):
        return "one-of", f"has {both} at once", f"Keep one of {both}."
    return "one-of", f"has none of {both}", f"Write exactly one of {both}."


def _missing(violation: ValidationError) -> Explanation:
    # The library reports each name by itself, and says which only within its message.
    name = next(each for each in _values(violation) if violation.message.startswith(repr(each)))
    advice = f"Add {shown(name)}: {_expected(violation.schema, name)}."
    return "missing-property", f"{shown(name)} is missing", advice


def _expected(schema: Any, name: str) -> str:
    kinds = schema.get("properties", {}).get(name, {}) if isinstance(schema, dict) else {}
    expected = kinds.get("type") if isinstance(kinds, dict) else None
    return _DESCRIBED.get(name) or _TYPES.get(str(expected), "its value")


def _unknown(violation: ValidationError) -> Iterator[Finding]:
    schema: Any = violation.schema
    instance: Any = violation.instance
    properties = schema.get("properties", {}) if isinstance(schema, dict) else {}
    for name in instance:
        if name not in properties:
            place = Place(path=(*violation.absolute_path, name), is_key=True)
            message = f"{shown(name)} is not supported here"
            if "type" in instance:
                message = f"{shown(instance['type'])} settings do not support {shown(name)}"
            advice = _advice_on_unknown(name, instance, list(properties))
            yield error("unknown-property", place, message, advice)


def _advice_on_unknown(name: str, instance: Any, known: list[str]) -> str:
    if name == "default" and "type" in instance:
        return f"Remove it: only {_WITH_DEFAULT} have one, and Kit refuses others with a bare 422."
    if name == "required" and "settings" in instance:
        return "Remove it: a group has no value. Make the settings within it required."
    return suggestion(name, known) or f"Remove it, or use one of {listed(known)}."


def _wrong_type(violation: ValidationError) -> Explanation:
    instance, path = violation.instance, violation.absolute_path
    names = [_TYPES[name] for name in _values(violation)]
    advice = f"Write {listed(names)}."
    if isinstance(instance, str) and len(path) > 1 and path[-2] == "dependencies":
        entry = shown({"field": instance})
        advice = f"Write {entry}: bare names are for a search only, and not mixed."
    elif violation.validator_value == "string" and isinstance(instance, int | float):
        advice = f'Write it with quotes: "{shown(instance)}".'
    elif isinstance(instance, str) and len(path) > 1 and path[-2] == "options":
        entry = shown({"label": instance, "value": instance})
        advice = f"Write {entry}: what the creator reads, and what Kit sends when it is chosen."
    return "wrong-type", f"is {kind(instance)}, not {listed(names)}", advice


def _not_among(given: object, known: list[Any], *, is_type: bool) -> Explanation:
    if is_type and isinstance(given, str) and given in _ELSEWHERE:
        why, advice = _ELSEWHERE[given]
        return "type-of-other-plugins", f"{shown(given)} {why}", advice
    words = [str(each) for each in known]
    close = suggestion(given, words) if isinstance(given, str) else ""
    advice = close or f"Write one of {listed(words)}."
    if is_type:
        return "unknown-type", f"{shown(given)} is not a type of setting", advice
    return "unknown-value", f"{shown(given)} is not a value that fits here", advice


def _enum(violation: ValidationError) -> Explanation:
    is_type = list(violation.absolute_path)[-1:] == ["type"]
    return _not_among(violation.instance, _values(violation), is_type=is_type)


def _pattern(violation: ValidationError) -> Explanation:
    if not str(violation.instance).strip():
        return "empty", "is empty", "Write something that can be read."
    return "pattern", f"does not match {violation.validator_value}", "Write it in that form."


def _too_long(violation: ValidationError) -> Explanation:
    length, limit = len(str(violation.instance)), int(str(violation.validator_value))
    message = f"has {length} characters, {length - limit} more than the {limit} allowed"
    return "too-long", message, f"Shorten it to {limit} characters."


def _limit(words: str) -> Callable[[ValidationError], Explanation]:
    def explain(violation: ValidationError) -> Explanation:
        limit = f"{words} {shown(violation.validator_value)}"
        message = f"{shown(violation.instance)} is not {limit}"
        return "out-of-range", message, f"Write a number that is {limit}."

    return explain


def _not_a_multiple(violation: ValidationError) -> Explanation:
    unit: Any = violation.validator_value
    expected = "a whole number" if unit == 1 else f"a multiple of {shown(unit)}"
    return "out-of-range", f"{shown(violation.instance)} is not {expected}", f"Write {expected}."


def _no_items(violation: ValidationError) -> Explanation:
    return "empty", "is empty", "List at least one."


def _other(violation: ValidationError) -> Explanation:
    # A keyword that our own schemas do not use; the library's sentence is better than none.
    return "schema", violation.message[:200], "Follow the schema here."


_EXPLANATIONS: Mapping[str, Callable[[ValidationError], Explanation]] = {
    "const": _enum,
    "enum": _enum,
    "exclusiveMaximum": _limit("less than"),
    "exclusiveMinimum": _limit("more than"),
    "maxLength": _too_long,
    "maximum": _limit("at most"),
    "minItems": _no_items,
    "minLength": _pattern,
    "minimum": _limit("at least"),
    "multipleOf": _not_a_multiple,
    "pattern": _pattern,
    "required": _missing,
    "type": _wrong_type,
}
