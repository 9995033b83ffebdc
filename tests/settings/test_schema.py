"""The two schemas: what each property takes, what each refuses, and in which words."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from plugin_server.findings.finding import Finding, json_path
from plugin_server.settings import schema
from plugin_server.settings.schema import Schema, SchemaUnusable, bundled, read_schema
from plugin_server.settings.setting import FOR_THE_SIDEBAR, Setting

ALL_TYPES = json.loads(Path(__file__).with_name("all_types.json").read_text("utf-8"))
OPTIONS = [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}]
# The least that each type needs beside its name and label.
LEAST: dict[str, dict[str, Any]] = {
    "text": {},
    "textarea": {},
    "color": {},
    "fontFamily": {},
    "date": {},
    "search": {"request_url": "https://x.example/a"},
    "select": {"options": OPTIONS},
    "radioGroup": {"options": OPTIONS},
    "toggle": {},
    "slider": {"min": 0, "max": 10, "step": 1, "default": 5},
    "numericalInput": {"append": "%"},
    "group": {"settings": []},
}
LIMITED = ["textarea", "toggle", "slider", "radioGroup"]


def setting(kind: str, **members: Any) -> dict[str, Any]:
    return {"type": kind, "name": "a", "label": "A", **LEAST[kind], **members}


def current(definition: object) -> list[Finding]:
    return bundled("current").findings(definition)


@pytest.mark.parametrize("kind", LEAST)
def test_the_least_of_every_type_is_accepted(kind: str) -> None:
    assert current([setting(kind)]) == []


@pytest.mark.parametrize(
    "accepted",
    [
        *(setting(kind, required=True) for kind in LEAST if kind != "group"),
        *(setting(kind, help="Why") for kind in LEAST),
        *(setting(kind, dependencies=[{"field": "b"}]) for kind in LEAST),
        *(setting(kind, dependencies=[{"field": "b", "value": "x"}]) for kind in LEAST),
        *(setting(kind, dependencies=[{"field": "b", "value": None}]) for kind in LEAST),
        *(setting(k, placeholder="…") for k in ("text", "textarea", "search", "select")),
        setting("textarea", default="Hello", max_length=5),
        setting("textarea", max_length=None),
        setting("color", allow_transparent=True),
        setting("search", multiselect=True, dependencies=["b"]),
        setting("search", dependencies=[]),
        setting("radioGroup", default="a"),
        setting("toggle", default=True),
        setting("slider", suffix="rem"),
        setting("slider", suffix=None),
        setting("slider", suffix=""),
        {"type": "group", "label": "A", "settings": []},
        {"type": "group", "label": "A", "settings": [setting("text")], "help": "Why"},
        setting("textarea", max_length=1),
        setting("textarea", max_length=280.0),
        setting("slider", min=-0.5, max=0.5, step=0.1, default=0),
        setting("numericalInput", min=0, max=9.5),
        {"type": "numericalInput", "name": "a", "label": "A", "prepend": "CA$"},
        setting("text", label="L" * 500, help="H" * 500),
        *(setting(kind, label="L" * 64, help="H" * 64) for kind in LIMITED),
        setting("group", settings=[setting("group", settings=[setting("text")])]),
    ],
    ids=lambda value: json.dumps(value)[:70],
)
def test_a_property_is_accepted_where_the_component_has_it(accepted: dict[str, Any]) -> None:
    assert current([accepted]) == []


@pytest.mark.parametrize(
    ("refused", "path", "code", "words"),
    [
        (5, "[0]", "wrong-type", "is a number, not an object"),
        ({}, "[0]", "missing-property", '"type" is missing'),
        ({"type": "colour"}, "[0].type", "unknown-type", 'Did you mean "color"?'),
        ({"type": "Fontfamily"}, "[0].type", "unknown-type", 'Did you mean "fontFamily"?'),
        ({"type": "image"}, "[0].type", "unknown-type", "one of text, textarea"),
        ({"type": 3}, "[0].type", "unknown-type", "3 is not a type"),
        ({"type": "text", "name": "a"}, "[0]", "missing-property", '"label" is missing'),
        (setting("text", name=""), "[0].name", "empty", "is empty"),
        (setting("text", label=" "), "[0].label", "empty", "is empty"),
        (setting("text", label=7), "[0].label", "wrong-type", 'Write it with quotes: "7"'),
        (setting("text", required="yes"), "[0].required", "wrong-type", "not true or false"),
        (
            setting("select", options=["en"]),
            "[0].options[0]",
            "wrong-type",
            '{"label": "en", "value": "en"}',
        ),
        (setting("text", default="x"), "[0].default", "unknown-property", "bare 422"),
        (setting("select", default="a"), "[0].default", "unknown-property", "bare 422"),
        (setting("text", labels="x"), "[0].labels", "unknown-property", 'Did you mean "label"?'),
        (
            setting("color", placeholder="x"),
            "[0].placeholder",
            "unknown-property",
            '"color" settings do not support',
        ),
        (setting("date", multiselect=True), "[0].multiselect", "unknown-property", "not support"),
        (setting("text", max_length=5), "[0].max_length", "unknown-property", "not support"),
        (
            setting("text", dependencies=["b"]),
            "[0].dependencies[0]",
            "wrong-type",
            '{"field": "b"}',
        ),
        (
            setting("search", dependencies=["b", {"field": "c"}]),
            "[0].dependencies[0]",
            "wrong-type",
            "not mixed",
        ),
        (setting("text", dependencies="b"), "[0].dependencies", "wrong-type", "an array"),
        (setting("text", dependencies=[{}]), "[0].dependencies[0]", "missing-property", '"field"'),
        (
            setting("text", dependencies=[{"field": "b", "is": 1}]),
            "[0].dependencies[0].is",
            "unknown-property",
            "not supported here",
        ),
        (setting("textarea", max_length=0), "[0].max_length", "out-of-range", "at least 1"),
        (setting("textarea", max_length="9"), "[0].max_length", "wrong-type", "a number or null"),
        (setting("textarea", max_length=1.5), "[0].max_length", "out-of-range", "a whole number"),
        (setting("textarea", max_length=99.99), "[0].max_length", "out-of-range", "whole number"),
        (setting("textarea", max_length=-1), "[0].max_length", "out-of-range", "at least 1"),
        (setting("textarea", max_length=True), "[0].max_length", "wrong-type", "true or false"),
        *(
            (setting("slider", **{name: wrong}), f"[0].{name}", "wrong-type", "not a number")
            for name in ("min", "max", "step", "default")
            for wrong in ("10", True, None, [5])
        ),
        (setting("slider", step=-1), "[0].step", "out-of-range", "more than 0"),
        *(
            (setting("numericalInput", **{name: wrong}), f"[0].{name}", "wrong-type", "a number")
            for name in ("min", "max")
            for wrong in ("10", False, None, {})
        ),
        (
            {"type": "dynamicSelect", "name": "a", "label": "A"},
            "[0].type",
            "type-of-other-plugins",
            "belongs to media source plugins",
        ),
        (
            setting("group", settings=[{"type": "dynamicSelect"}]),
            "[0].settings[0].type",
            "type-of-other-plugins",
            "Use a search",
        ),
        ({"type": "dynamicselects"}, "[0].type", "unknown-type", "not a type of setting"),
        ({"type": "group", "name": "a", "settings": []}, "[0]", "missing-property", '"label"'),
        (setting("group", name=""), "[0].name", "empty", "is empty"),
        (setting("group", name=None), "[0].name", "wrong-type", "is null, not text"),
        (setting("slider", suffix=5), "[0].suffix", "wrong-type", "text or null"),
        (setting("textarea", default=5), "[0].default", "wrong-type", "not text"),
        (setting("toggle", default="true"), "[0].default", "wrong-type", "true or false"),
        (setting("search", request_url=None), "[0].request_url", "wrong-type", "is null"),
        (setting("select", options=[]), "[0].options", "empty", "List at least one"),
        (setting("select", options=["a"]), "[0].options[0]", "wrong-type", "an object"),
        (
            setting("select", options=[{"label": "A"}]),
            "[0].options[0]",
            "missing-property",
            '"value"',
        ),
        (
            setting("radioGroup", options=[{"label": "A", "value": 1}]),
            "[0].options[0].value",
            "wrong-type",
            'Write it with quotes: "1"',
        ),
        (setting("slider", suffix="pixel"), "[0].suffix", "too-long", "2 more than the 3"),
        (setting("slider", step=0), "[0].step", "out-of-range", "more than 0"),
        (setting("slider", min="0"), "[0].min", "wrong-type", "is text, not a number"),
        (setting("numericalInput", prepend="$"), "[0]", "one-of", "at once"),
        (setting("numericalInput", append="percent"), "[0].append", "too-long", "the 5 allowed"),
        (setting("numericalInput", help="h" * 65), "[0].help", "too-long", "1 more than the 64"),
        (setting("group", required=True), "[0].required", "unknown-property", "a group has no"),
        (setting("group", settings={}), "[0].settings", "wrong-type", "an array"),
        (
            setting("group", settings=[setting("group", settings=[{"type": "txt"}])]),
            "[0].settings[0].settings[0].type",
            "unknown-type",
            'Did you mean "text"?',
        ),
        *((setting(k, label="L" * 65), "[0].label", "too-long", "the 64") for k in LIMITED),
        *((setting(k, help="H" * 65), "[0].help", "too-long", "the 64") for k in LIMITED),
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_a_mistake_is_reported_once_with_its_place_and_the_fix(
    refused: object, path: str, code: str, words: str
) -> None:
    [finding] = current([refused])

    assert (json_path(finding.place.path), finding.code) == (path, code)
    assert words in f"{finding.message}. {finding.advice}"


@pytest.mark.parametrize("kind", ["search", "select", "radioGroup", "slider", "group"])
def test_each_missing_property_is_reported_by_name(kind: str) -> None:
    for name in LEAST[kind]:
        bare = {each: value for each, value in setting(kind).items() if each != name}
        [finding] = current([bare])
        assert f'Add "{name}"' in finding.advice


def test_a_number_field_needs_what_stands_beside_it() -> None:
    [finding] = current([{"type": "numericalInput", "name": "a", "label": "A"}])

    assert finding.message == 'has none of "prepend" and "append"'


@pytest.mark.parametrize("kind", ["color", "fontFamily", "search", "select", "text"])
def test_the_published_schema_takes_its_five_types(kind: str) -> None:
    assert bundled("published").findings([setting(kind, required=True)]) == []


@pytest.mark.parametrize(
    ("refused", "path"),
    [
        *(
            (setting(kind), "[0].type")
            for kind in LEAST
            if kind not in {"color", "fontFamily", "search", "select", "text"}
        ),
        (setting("text", help="Why"), "[0].help"),
        (setting("search", multiselect=True), "[0].multiselect"),
        (setting("search", dependencies=["b"]), "[0].dependencies"),
        (setting("color", allow_transparent=True), "[0].allow_transparent"),
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_the_published_schema_refuses_what_is_newer(refused: object, path: str) -> None:
    assert [json_path(each.place.path) for each in bundled("published").findings([refused])] == [
        path
    ]


def test_the_published_schema_requires_nothing_of_options() -> None:
    assert bundled("published").findings([setting("select", options=[{}])]) == []


@pytest.mark.parametrize("name", ["current", "published"])
def test_a_schema_says_when_it_was_compared_with_kits(name: str) -> None:
    assert date.fromisoformat(bundled(name).compared_on) <= date.today()


@pytest.mark.parametrize("name", ["current", "published"])
def test_each_that_comes_with_the_server_is_a_json_schema(name: str) -> None:
    path = Path(schema.__file__).with_name("schemas") / f"{name}.json"
    assert read_schema(path) == bundled(name)


def properties(kind: str) -> set[str]:
    described: dict[str, Any] = bundled("current").document["$defs"][kind]
    return set(described["properties"])


def test_the_example_uses_every_type_and_every_property() -> None:
    used: dict[str, set[str]] = {}

    def walk(settings: list[dict[str, Any]]) -> None:
        for each in settings:
            used.setdefault(each["type"], set()).update(each)
            walk(each.get("settings", []))

    walk(ALL_TYPES)
    assert used.keys() == LEAST.keys()
    common = {"required", "dependencies", "help"}
    for kind, names in used.items():
        assert properties(kind) - common <= names
    assert set().union(*used.values()) == set().union(*map(properties, LEAST))


def test_the_parser_knows_every_property_or_leaves_it_to_the_sidebar() -> None:
    known = set(Setting.__dataclass_fields__) | FOR_THE_SIDEBAR | {"dependencies", "settings"}

    assert set().union(*map(properties, LEAST)) <= known


def branches(*kinds: str, word: str = "anyOf") -> Schema:
    """Return a schema as Kit writes its own: a list of branches, one for each type."""
    options = [
        {
            "type": "object",
            "properties": {"type": {"enum": [kind]}, "name": {"type": "string"}},
            "required": ["type", "name"],
            "additionalProperties": False,
        }
        for kind in kinds
    ]
    return Schema("theirs", "2030-01-01", {"type": "array", "items": {word: options}})


@pytest.mark.parametrize("word", ["anyOf", "oneOf"])
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"type": "text"}, [("[0]", '"name" is missing')]),
        ({"type": "color", "name": 1, "x": 2}, [("[0].x", "not support"), ("[0].name", "number")]),
        ({"type": "colr", "name": "a"}, [("[0].type", 'Did you mean "color"?')]),
    ],
)
def test_of_a_newer_schemas_branches_only_the_one_meant_complains(
    word: str, given: object, words: list[tuple[str, str]]
) -> None:
    findings = branches("text", "color", word=word).findings([given])

    assert sorted(json_path(each.place.path) for each in findings) == sorted(
        path for path, _ in words
    )
    for path, part in words:
        assert any(
            json_path(each.place.path) == path and part in f"{each.message} {each.advice}"
            for each in findings
        )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[", "not JSON"),
        ("[]", "must be an object"),
        ('{"type": "sometimes"}', "not a JSON Schema"),
        ("\udcff", "not text"),
    ],
)
def test_a_file_that_is_no_schema_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "newer.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(SchemaUnusable, match=f"newer.json is {words}|newer.json.*{words}"):
        read_schema(path)


@pytest.mark.parametrize("ref", ["#/$defs/nothing", "https://schemas.example/settings.json"])
def test_a_reference_that_leads_outside_is_refused_and_never_fetched(ref: str) -> None:
    with pytest.raises(SchemaUnusable, match="leads nowhere"):
        Schema("newer", "2030-01-01", {"$ref": ref}).findings([])
