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
    else:
        yield from _EXPLANATIONS.get(str(violation.validator), _other)(violation)


def _place(violation: ValidationError) -> Place:
    return Place(path=tuple(violation.absolute_path))


def _explain_branches(violation: ValidationError) -> Iterator[Finding]:
    if all(branch.keys() == {"required"} for branch in _branches(violation)):
        yield _one_of(
            violation, [name for branch in _branches(violation) for name in branch["required"]]
        )
        return
    branches: dict[Any, list[ValidationError]] = defaultdict(list)
    for inner in violation.context or []:
        branches[inner.relative_schema_path[0]].append(inner)
    meant = [group for group in branches.values() if not any(map(_is_about_type, group))]
    if len(meant) == 1:
        for inner in meant[0]:
            yield from explain(inner)
    elif not meant and branches:
        yield _unknown_type(violation, branches.values())
    else:
        yield from _other(violation)


def _branches(violation: ValidationError) -> list[Mapping[str, Any]]:
    branches: Any = violation.validator_value
    return [branch if isinstance(branch, dict) else {} for branch in branches]


def _is_about_type(violation: ValidationError) -> bool:
    return violation.validator in ("enum", "const") and list(violation.relative_path) == ["type"]


def _unknown_type(violation: ValidationError, branches: Iterable[list[ValidationError]]) -> Finding:
    known: list[str] = []
    for inner in (each for branch in branches for each in branch if _is_about_type(each)):
        value: Any = inner.validator_value
        known += value if isinstance(value, list) else [value]
    given = violation.instance.get("type") if isinstance(violation.instance, dict) else None
    return _not_among(violation, given, known, (*violation.absolute_path, "type"))


def _one_of(violation: ValidationError, names: list[str]) -> Finding:
    instance: Any = violation.instance
    given = [name for name in names if name in instance]
    both = listed([shown(name) for name in names], "and")
    return error(
        "one-of",
        _place(violation),
        f"has {both} at once" if given else f"has none of {both}",
        f"Keep one of {both}." if given else f"Write exactly one of {both}.",
    )


def _missing(violation: ValidationError) -> Finding:
    required: Any = violation.validator_value
    # The library reports each name by itself, and says which only within its message.
    name = next(each for each in required if violation.message.startswith(repr(each)))
    return error(
        "missing-property",
        _place(violation),
        f"{shown(name)} is missing",
        f"Add {shown(name)}: {_expected(violation.schema, name)}.",
    )


def _expected(schema: Any, name: str) -> str:
    kinds = schema.get("properties", {}).get(name, {}) if isinstance(schema, dict) else {}
    expected = kinds.get("type") if isinstance(kinds, dict) else None
    return _DESCRIBED.get(name) or _TYPES.get(str(expected), "its value")


def _unknown(violation: ValidationError) -> Iterator[Finding]:
    properties = (
        violation.schema.get("properties", {}) if isinstance(violation.schema, dict) else {}
    )
    instance: Any = violation.instance
    for name in instance:
        if name not in properties:
            yield _unknown_property(
                tuple(violation.absolute_path), name, instance, list(properties)
            )


def _unknown_property(path: Any, name: str, instance: Any, known: list[str]) -> Finding:
    of_type = f"{shown(instance['type'])} settings do not support" if "type" in instance else ""
    advice = suggestion(name, known) or f"Remove it, or use one of {listed(known)}."
    if name == "default" and of_type:
        advice = (
            f"Remove it: only {_WITH_DEFAULT} have one, and Kit refuses others with a bare 422."
        )
    elif name == "required" and "settings" in instance:
        advice = "Remove it: a group has no value. Make the settings within it required."
    return error(
        "unknown-property",
        Place(path=(*path, name), is_key=True),
        f"{of_type} {shown(name)}" if of_type else f"{shown(name)} is not supported here",
        advice,
    )


def _wrong_type(violation: ValidationError) -> Finding:
    expected: Any = violation.validator_value
    names = [_TYPES[name] for name in ([expected] if isinstance(expected, str) else expected)]
    path = tuple(violation.absolute_path)
    advice = f"Write {listed(names)}."
    if isinstance(violation.instance, str) and len(path) > 1 and path[-2] == "dependencies":
        entry = shown({"field": violation.instance})
        advice = f"Write {entry}: bare names are for a search only, and not mixed."
    elif expected == "string" and isinstance(violation.instance, int | float):
        advice = f'Write it with quotes: "{shown(violation.instance)}".'
    return error(
        "wrong-type",
        Place(path=path),
        f"is {kind(violation.instance)}, not {listed(names)}",
        advice,
    )


def _not_among(violation: ValidationError, given: object, known: list[Any], path: Any) -> Finding:
    is_type = bool(path) and path[-1] == "type"
    if is_type and isinstance(given, str) and given in _ELSEWHERE:
        why, advice = _ELSEWHERE[given]
        return error("type-of-other-plugins", Place(path=path), f"{shown(given)} {why}", advice)
    words = [str(each) for each in known]
    close = suggestion(given, words) if isinstance(given, str) else ""
    return error(
        "unknown-type" if is_type else "unknown-value",
        Place(path=path),
        f"{shown(given)} is not a {'type of setting' if is_type else 'value that fits here'}",
        close or f"Write one of {listed(words)}.",
    )


def _enum(violation: ValidationError) -> Finding:
    value: Any = violation.validator_value
    known = value if isinstance(value, list) else [value]
    return _not_among(violation, violation.instance, known, tuple(violation.absolute_path))


def _pattern(violation: ValidationError) -> Finding:
    path = tuple(violation.absolute_path)
    if not str(violation.instance).strip():
        return error("empty", Place(path=path), "is empty", "Write something that can be read.")
    return error(
        "pattern",
        Place(path=path),
        f"does not match {violation.validator_value}",
        "Write it in that form.",
    )


def _too_long(violation: ValidationError) -> Finding:
    length, limit = len(str(violation.instance)), int(str(violation.validator_value))
    return error(
        "too-long",
        _place(violation),
        f"has {length} characters, {length - limit} more than the {limit} allowed",
        f"Shorten it to {limit} characters.",
    )


def _limit(words: str) -> Callable[[ValidationError], Finding]:
    def explain(violation: ValidationError) -> Finding:
        limit = f"{words} {shown(violation.validator_value)}"
        return error(
            "out-of-range",
            _place(violation),
            f"{shown(violation.instance)} is not {limit}",
            f"Write a number that is {limit}.",
        )

    return explain


def _not_a_multiple(violation: ValidationError) -> Finding:
    unit: Any = violation.validator_value
    expected = "a whole number" if unit == 1 else f"a multiple of {shown(unit)}"
    return error(
        "out-of-range",
        _place(violation),
        f"{shown(violation.instance)} is not {expected}",
        f"Write {expected}.",
    )


def _no_items(violation: ValidationError) -> Finding:
    return error("empty", _place(violation), "is empty", "List at least one.")


def _other(violation: ValidationError) -> Iterator[Finding]:
    # A keyword that our own schemas do not use; the library's sentence is better than none.
    yield error(
        "schema",
        _place(violation),
        violation.message[:200],
        "Follow the schema here.",
    )


def _each(explain: Callable[[ValidationError], Finding]) -> Callable[[ValidationError], Any]:
    return lambda violation: iter([explain(violation)])


_EXPLANATIONS: Mapping[str, Callable[[ValidationError], Iterator[Finding]]] = {
    "additionalProperties": _unknown,
    "const": _each(_enum),
    "enum": _each(_enum),
    "exclusiveMaximum": _each(_limit("less than")),
    "exclusiveMinimum": _each(_limit("more than")),
    "maxLength": _each(_too_long),
    "maximum": _each(_limit("at most")),
    "minItems": _each(_no_items),
    "minLength": _each(_pattern),
    "minimum": _each(_limit("at least")),
    "multipleOf": _each(_not_a_multiple),
    "pattern": _each(_pattern),
    "required": _each(_missing),
    "type": _each(_wrong_type),
}
