"""Examples of a plugin's settings, for the editor's menu: the developer's files, and stress tests.

The files are in the folders that the sandbox was started with, in one folder for each plugin: its key, or
its name as one word, ``post_list`` for ``Post list``. Where there is only one plugin, its files may be in the
folder itself. What is saved in the editor goes there, too, or to the sandbox's data folder.
"""

import json
import re
from dataclasses import replace
from pathlib import Path

from flask import Blueprint, abort, jsonify, request
from flask.wrappers import Response

from plugin_server.examples.example_files import ExampleSettings, InvalidExample, read_examples
from plugin_server.resources.packages import installed_packages, package_of
from plugin_server.resources.paths import short_path
from plugin_server.resources.text_files import replace_text_file
from plugin_server.sandbox.context import sandbox, visible_plugin
from plugin_server.sandbox.dashboard.settings_json import defaults, leaves, read_settings
from plugin_server.sandbox.editor.straining import straining
from plugin_server.sandbox.records import Plugin, slug_of

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


@examples.post("/examples/<int:plugin_id>")
def save_example(plugin_id: int) -> Response:
    """Save ``{"name": text, "settings": {…}}`` as an example, in the folder of the plugin's examples.

    Returns ``{"name", "title", "file"}``, or ``{"exists": name}`` for one of the same name, which stays
    without ``"replace": true``. 404 for an unknown plugin; 422 when the name cannot be used or the file not
    be written.
    """
    body = request.get_json()
    given = body if isinstance(body, dict) else {}
    settings = given.get("settings")
    if not isinstance(settings, dict):
        abort(400, "settings must be an object.")
    plugin = visible_plugin(plugin_id)
    name = _file_name(given.get("name"))
    file = (_folder(plugin) or _new_folder(plugin)) / f"{name}.json"
    if file.exists() and given.get("replace") is not True:
        return jsonify(exists=name)
    known = [each["name"] for each in leaves(read_settings(plugin.settings_json))]
    ordered = {key: settings[key] for key in [*known, *settings] if key in settings}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_text_file(file, json.dumps(ordered, indent=2, ensure_ascii=False) + "\n")
    except (OSError, UnicodeEncodeError) as problem:
        abort(422, f"{file} cannot be written: {problem}")
    return jsonify(
        name=name, title=ExampleSettings(name, {}).title, file=short_path(file.resolve())
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
    return [*own, *straining(settings_json, own)]


def _folder(plugin: Plugin) -> Path | None:
    """Return the folder of a plugin's examples; ``None`` if there is none yet."""
    given = sandbox().config.examples
    tops = (*given, _data_folder())
    names = dict.fromkeys((plugin.handle, plugin.slug))
    own = next((top / name for name in names for top in tops if (top / name).is_dir()), None)
    if own is None and len(given) == 1 and len(sandbox().store.find_plugins()) == 1:
        return given[0]
    return own


def _new_folder(plugin: Plugin) -> Path:
    """Return where the first example of a plugin goes: to its package, the given folder, or the data."""
    given = sandbox().config.examples
    package = package_of(plugin.handle)
    if package and package.examples in given:
        return package.examples / plugin.handle
    of_packages = {each.examples for each in installed_packages()}
    others = [folder for folder in given if folder not in of_packages]
    return (others[0] if others else _data_folder()) / plugin.handle


def _data_folder() -> Path:
    return sandbox().config.data_dir / "examples"


def _file_name(given: object) -> str:
    """Return an example's name as it is in files: one word of any alphabet, in small letters."""
    name = slug_of(given).strip("_")[:60] if isinstance(given, str) else ""
    if not re.search(r"\w", name) or not name.isprintable():
        abort(422, "Give the example a name, such as: without a picture.")
    if name.startswith("stress_"):
        abort(422, "Names that begin with “stress” are those of the straining examples.")
    return name
