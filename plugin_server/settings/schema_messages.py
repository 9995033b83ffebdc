"""What a JSON Schema complains of, in words: what is wrong, and what to write instead.

A schema that offers branches (``anyOf``) complains of all of them at once. Here the branch is
chosen first, by the ``type`` of the setting, and only what it refuses is told.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jsonschema.exceptions import ValidationError

from plugin_server.settings.findings import Finding, kind, listed, shown, suggestion

# The types that take a default, for the one mistake that Kit answers with nothing but a status.
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
    "request_url": "the address of its search endpoint",
    "name": "the key under which Kit sends its value",
    "label": "what the creator reads",
    "type": "the component that the sidebar shows",
    "field": "the name of another setting",
    "value": "what Kit sends when this is chosen",
}


def explain(error: ValidationError) -> Iterator[Finding]:
    """Yield a schema's complaint in words; one about branches becomes that of the branch meant."""
    if error.validator in ("anyOf", "oneOf"):
        yield from _explain_branches(error)
    else:
        yield from _EXPLANATIONS.get(str(error.validator), _other)(error)


def _explain_branches(error: ValidationError) -> Iterator[Finding]:
    if all(branch.keys() == {"required"} for branch in _branches(error)):
        yield _one_of(error, [name for branch in _branches(error) for name in branch["required"]])
        return
    branches: dict[Any, list[ValidationError]] = defaultdict(list)
    for inner in error.context or []:
        branches[inner.relative_schema_path[0]].append(inner)
    meant = [group for group in branches.values() if not any(map(_is_about_type, group))]
    if len(meant) == 1:
        for inner in meant[0]:
            yield from explain(inner)
    elif not meant and branches:
        yield _unknown_type(error, branches.values())
    else:
        yield from _other(error)


def _branches(error: ValidationError) -> list[Mapping[str, Any]]:
    branches: Any = error.validator_value
    return [branch if isinstance(branch, dict) else {} for branch in branches]


def _is_about_type(error: ValidationError) -> bool:
    return error.validator in ("enum", "const") and list(error.relative_path) == ["type"]


def _unknown_type(error: ValidationError, branches: Iterable[list[ValidationError]]) -> Finding:
    known: list[str] = []
    for inner in (each for branch in branches for each in branch if _is_about_type(each)):
        value: Any = inner.validator_value
        known += value if isinstance(value, list) else [value]
    given = error.instance.get("type") if isinstance(error.instance, dict) else None
    return _not_among(error, given, known, (*error.absolute_path, "type"))


def _one_of(error: ValidationError, names: list[str]) -> Finding:
    instance: Any = error.instance
    given = [name for name in names if name in instance]
    both = listed([shown(name) for name in names], "and")
    return Finding(
        "one-of",
        tuple(error.absolute_path),
        f"has {both} at once" if given else f"has none of {both}",
        f"Keep one of {both}." if given else f"Write exactly one of {both}.",
    )


def _missing(error: ValidationError) -> Finding:
    wanted: Any = error.validator_value
    # The library reports each name by itself, and says which only within its message.
    name = next(each for each in wanted if error.message.startswith(repr(each)))
    return Finding(
        "missing-property",
        tuple(error.absolute_path),
        f"{shown(name)} is missing",
        f"Add {shown(name)}: {_wanted(error.schema, name)}.",
    )


def _wanted(schema: Any, name: str) -> str:
    kinds = schema.get("properties", {}).get(name, {}) if isinstance(schema, dict) else {}
    expected = kinds.get("type") if isinstance(kinds, dict) else None
    return _DESCRIBED.get(name) or _TYPES.get(str(expected), "its value")


def _unknown(error: ValidationError) -> Iterator[Finding]:
    properties = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    instance: Any = error.instance
    for name in instance:
        if name not in properties:
            yield _unknown_property(tuple(error.absolute_path), name, instance, list(properties))


def _unknown_property(path: Any, name: str, instance: Any, known: list[str]) -> Finding:
    of_type = f" of type {shown(instance['type'])}" if "type" in instance else ""
    hint = suggestion(name, known) or f"Remove it, or use one of {listed(known)}."
    if name == "default" and of_type:
        hint = f"Remove it: only {_WITH_DEFAULT} have one, and Kit answers others with a bare 422."
    elif name == "required" and "settings" in instance:
        hint = "Remove it: a group has no value. Make the settings within it required."
    return Finding(
        "unknown-property",
        (*path, name),
        f"{shown(name)} is no property {of_type.strip() or 'here'}",
        hint,
        at_key=True,
    )


def _wrong_type(error: ValidationError) -> Finding:
    expected: Any = error.validator_value
    names = [_TYPES[name] for name in ([expected] if isinstance(expected, str) else expected)]
    path = tuple(error.absolute_path)
    hint = f"Write {listed(names)}."
    if isinstance(error.instance, str) and len(path) > 1 and path[-2] == "dependencies":
        hint = f"Write {shown({'field': error.instance})}: bare names are for a search only, and not mixed."
    elif expected == "string" and isinstance(error.instance, int | float):
        hint = f'Write it with quotes: "{shown(error.instance)}".'
    return Finding("wrong-type", path, f"is {kind(error.instance)}, not {listed(names)}", hint)


def _not_among(error: ValidationError, given: object, known: list[Any], path: Any) -> Finding:
    is_type = bool(path) and path[-1] == "type"
    if is_type and isinstance(given, str) and given in _ELSEWHERE:
        told, hint = _ELSEWHERE[given]
        return Finding("type-of-other-plugins", path, f"{shown(given)} {told}", hint)
    words = [str(each) for each in known]
    close = suggestion(given, words) if isinstance(given, str) else ""
    return Finding(
        "unknown-type" if is_type else "unknown-value",
        path,
        f"{shown(given)} is no {'type of setting' if is_type else 'value that fits here'}",
        close or f"Write one of {listed(words)}.",
    )


def _enum(error: ValidationError) -> Finding:
    value: Any = error.validator_value
    known = value if isinstance(value, list) else [value]
    return _not_among(error, error.instance, known, tuple(error.absolute_path))


def _pattern(error: ValidationError) -> Finding:
    path = tuple(error.absolute_path)
    if not str(error.instance).strip():
        return Finding("empty", path, "is empty", "Write something that can be read.")
    return Finding(
        "pattern", path, f"does not match {error.validator_value}", "Write it in that form."
    )


def _too_long(error: ValidationError) -> Finding:
    length, limit = len(str(error.instance)), int(str(error.validator_value))
    return Finding(
        "too-long",
        tuple(error.absolute_path),
        f"has {length} characters, {length - limit} more than the {limit} allowed",
        f"Shorten it to {limit} characters.",
    )


def _limit(words: str) -> Callable[[ValidationError], Finding]:
    def explain(error: ValidationError) -> Finding:
        told = f"{words} {shown(error.validator_value)}"
        return Finding(
            "out-of-range",
            tuple(error.absolute_path),
            f"{shown(error.instance)} is not {told}",
            f"Write a number that is {told}.",
        )

    return explain


def _not_a_multiple(error: ValidationError) -> Finding:
    unit: Any = error.validator_value
    told = "a whole number" if unit == 1 else f"a multiple of {shown(unit)}"
    return Finding(
        "out-of-range",
        tuple(error.absolute_path),
        f"{shown(error.instance)} is not {told}",
        f"Write {told}.",
    )


def _no_items(error: ValidationError) -> Finding:
    return Finding("empty", tuple(error.absolute_path), "is empty", "List at least one.")


def _other(error: ValidationError) -> Iterator[Finding]:
    # A keyword that our own schemas do not use; the library's sentence is better than none.
    yield Finding(
        "schema", tuple(error.absolute_path), error.message[:200], "Follow the schema here."
    )


def _each(explain: Callable[[ValidationError], Finding]) -> Callable[[ValidationError], Any]:
    return lambda error: iter([explain(error)])


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
