"""Examples of a plugin's settings, for the editor's menu: the developer's files, and stress tests.

The files are in the folders that the sandbox was started with, in one folder for each plugin: its key, or
its name as one word, ``post_list`` for ``Post list``. Where there is only one plugin, its files may be in the
folder itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, jsonify
from flask.wrappers import Response

from plugin_server.examples.example_files import ExampleSettings, InvalidExample, read_examples
from plugin_server.examples.stress_texts import STRESS_TEXTS, TYPED, Field, replace_texts
from plugin_server.sandbox.context import sandbox, visible_plugin
from plugin_server.sandbox.dashboard.settings_json import defaults, leaves, read_settings
from plugin_server.sandbox.records import Plugin

examples = Blueprint("examples", __name__)


@examples.get("/examples/<int:plugin_id>")
def list_examples(plugin_id: int) -> Response:
    """Return ``[{"name", "title", "settings"}, …]`` of a plugin: its files first.

    404 for an unknown plugin; 422 with a message when a file is invalid.
    """
    plugin = visible_plugin(plugin_id)
    try:
        found = examples_of(plugin)
    except InvalidExample as problem:
        abort(422, str(problem))
    return jsonify(
        [{"name": each.name, "title": each.title, "settings": each.settings} for each in found]
    )


def examples_of(plugin: Plugin) -> list[ExampleSettings]:
    """Return a plugin's examples, each with the defaults of the settings that its file leaves out.

    A new block starts with the defaults, so Kit never sends what such a file contains alone.

    Raises:
        InvalidExample: a file cannot be used.
    """
    settings_json = read_settings(plugin.settings_json)
    files = read_examples(folder) if (folder := _folder(plugin)) else []
    start = defaults(settings_json)
    own = [replace(each, settings={**start, **each.settings}) for each in files]
    return [*own, *_straining(settings_json, own)]


def _folder(plugin: Plugin) -> Path | None:
    tops = sandbox().config.examples
    names = dict.fromkeys((plugin.handle, plugin.slug))
    own = next((top / name for name in names for top in tops if (top / name).is_dir()), None)
    if own is None and len(tops) == 1 and len(sandbox().store.find_plugins()) == 1:
        return tops[0]
    return own


def _straining(settings_json: list[Any], own: list[ExampleSettings]) -> Iterator[ExampleSettings]:
    """Yield the fullest example, filled up with made-up values, with texts that strain it."""
    settings = list(leaves(settings_json))
    fullest = max((each.settings for each in own), key=len, default=None)
    base = {**_sample_values(settings), **defaults(settings_json), **(fullest or {})}
    typed = {s["name"] for s in settings if s["type"] in TYPED and not s.get("required")}
    yield ExampleSettings("stress_empty", {name: base[name] for name in base if name not in typed})
    fields = [Field(each["name"], each["type"], each.get("max_length")) for each in settings]
    for name, text in STRESS_TEXTS.items():
        yield ExampleSettings(f"stress_{name}", replace_texts(base, text, fields))


def _sample_values(settings: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a sample value for every setting whose values do not depend on a creator's data."""
    values = {
        "text": "Words",
        "textarea": "Words\n\nand more words",
        "color": "#7a1f3d",
        "fontFamily": {"fontFamily": "Georgia, serif", "fontWeight": 700},
        "date": "2026-10-08T00:00:00.000Z",
    }
    samples = {s["name"]: values[s["type"]] for s in settings if s["type"] in values}
    samples |= {s["name"]: s["options"][0]["value"] for s in settings if s.get("options")}
    samples |= {s["name"]: str(s.get("min", 1)) for s in settings if s["type"] == "numericalInput"}
    return samples | {s["name"]: s["min"] for s in settings if s["type"] == "slider"}
