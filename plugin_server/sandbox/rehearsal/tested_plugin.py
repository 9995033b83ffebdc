"""One plugin of the app, and the requests that Kit's editor sends it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from plugin_server.examples.example_files import ExampleSettings
from plugin_server.sandbox.dashboard.settings_json import (
    defaults,
    dependencies,
    leaves,
    read_settings,
)
from plugin_server.sandbox.editor.block_pages import STYLES
from plugin_server.sandbox.liquid.rendering import Sent
from plugin_server.sandbox.records import Plugin
from plugin_server.sandbox.rehearsal.calls import Call
from plugin_server.sandbox.rehearsal.subject import Subject
from plugin_server.settings.sidebar import ANYTHING, Condition, Node, meant, nodes

Settings = Mapping[str, Any]

_STRESS = "stress_"
EMAIL_STYLES: Mapping[str, Any] = next(iter(STYLES.values()))


class TestedPlugin:
    """A plugin with settings that can be tried; the responses to its examples are requested once."""

    def __init__(self, subject: Subject, plugin: Plugin) -> None:
        """Take the app and one of its plugins."""
        self.subject, self.plugin = subject, plugin
        settings_json = read_settings(plugin.settings_json)
        self.settings: list[Mapping[str, Any]] = [*leaves(settings_json)]
        self.searches = [each for each in self.settings if each["type"] == "search"]
        self.calls: list[Call] = []
        self.search_calls: dict[str, list[Call]] = {}
        self._nodes = {node.name: node for node in nodes(settings_json)}
        self._defaults = defaults(settings_json)
        self._offers: dict[str, list[str]] = {}

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.plugin.name

    @property
    def own_examples(self) -> list[ExampleSettings]:
        """The examples of the plugin's developer."""
        return [each for each in self._examples if not each.name.startswith(_STRESS)]

    @cached_property
    def typical(self) -> dict[str, Any]:
        """Settings of a creator who has filled in what is required."""
        examples = self.own_examples or [each for each in self._examples if "empty" in each.name]
        return self.usable(examples[0].settings if examples else self._defaults)

    @cached_property
    def fullest(self) -> dict[str, Any]:
        """The example with the most settings, of those that the plugin has today."""
        known = {each["name"] for each in self.settings}
        examples = self.own_examples or self._examples
        found = [{n: v for n, v in each.settings.items() if n in known} for each in examples]
        return self.usable(max(found, key=len, default={}))

    @cached_property
    def rendered(self) -> dict[str, Call]:
        """The responses to every example and straining value, by name."""
        return {each.name: self.html(self.usable(each.settings)) for each in self._examples}

    @cached_property
    def blocks(self) -> dict[str, str]:
        """The HTML of those that have any."""
        found = ((name, call.member.get("html")) for name, call in self.rendered.items())
        return {name: html for name, html in found if isinstance(html, str) and html.strip()}

    def sent(self, html: str) -> Mapping[str, Sent]:
        """Return what each reader gets of a dynamic plugin's HTML, by the names of ``READERS``."""
        return self.subject.readers.sent(self.plugin, html)

    def html(self, settings: Settings, styles: object = EMAIL_STYLES) -> Call:
        """Request the block with settings, of which those that are hidden are not sent."""
        return self.post({"settings": self.visible(settings), "styles": styles})

    def post(self, body: object) -> Call:
        """Post any body to the HTML endpoint."""
        call = self.subject.post(self.plugin, self.plugin.html_url, body)
        self.calls.append(call)
        return call

    def search(self, setting: Settings, search: object, values: Settings | None = None) -> Call:
        """Request options; ``values`` are those of what the search depends on."""
        given = given_to(setting, self.typical) if values is None else values
        return self.post_search(setting, {**given, "search": search})

    def post_search(self, setting: Settings, body: object) -> Call:
        """Post any body to a search endpoint."""
        call = self.subject.post(self.plugin, setting["request_url"], body, kind="search")
        self.search_calls.setdefault(setting["name"], []).append(call)
        return call

    def usable(self, settings: Settings) -> dict[str, Any]:
        """Return settings whose search results exist in this creator's account."""
        found = dict(settings)
        for setting in self.searches:
            name, values = setting["name"], given_to(setting, found)
            given = found.get(name)
            if not given and not setting.get("required"):
                continue
            if given and self._exists(setting, given, values):
                continue
            offered = self._offered(setting, values)
            if offered:
                found[name] = offered[:2] if setting.get("multiselect") else offered[0]
        return found

    def _exists(self, setting: Settings, given: Any, values: Settings) -> bool:
        chosen = given if isinstance(given, list) else [given]
        if all(value in self._offered(setting, values) for value in chosen):
            return True
        found = values_in(self.search(setting, given, values))
        return all(value in found for value in chosen)

    def _offered(self, setting: Settings, values: Settings) -> list[str]:
        """Return the values that a search offers before something is typed."""
        key = json.dumps([setting["name"], values], sort_keys=True)
        if key not in self._offers:
            self._offers[key] = values_in(self.search(setting, "", values))
        return self._offers[key]

    def visible(self, settings: Settings) -> dict[str, Any]:
        """Return the settings that Kit sends: hidden ones have no value."""
        return {name: value for name, value in settings.items() if self._is_visible(name, settings)}

    def hides_required(self, settings: Settings) -> bool:
        """Return whether a required setting with a value would be hidden: then Kit requests nothing."""
        required = {each["name"] for each in self.settings if each.get("required")}
        return bool(required & (settings.keys() - self.visible(settings).keys()))

    def _is_visible(self, name: str, settings: Settings, above: tuple[str, ...] = ()) -> bool:
        node = self._nodes.get(name)
        if node is None or name in above:
            return True
        return all(
            self._holds(condition, settings, (*above, name))
            for each in (node, *node.groups)
            for condition in each.own_conditions()
        )

    def _holds(self, condition: Condition, settings: Settings, above: tuple[str, ...]) -> bool:
        other = self._nodes.get(condition.field)
        value = settings.get(condition.field)
        if not self._is_visible(condition.field, settings, above):
            value = None
        if condition.value is None:
            return value in (None, "", [], False)
        if condition.value is ANYTHING:
            return value not in (None, "", [], False)
        return bool(value == meant(condition.value, other.type if isinstance(other, Node) else ""))

    @property
    def _examples(self) -> Sequence[ExampleSettings]:
        return self.subject.examples.get(self.plugin.id, ())


def given_to(setting: Settings, settings: Settings) -> dict[str, Any]:
    """Return what Kit sends with a search: the values of the settings that it depends on."""
    return {name: settings[name] for name in dependencies(setting) if name in settings}


def options_in(call: Call) -> list[Mapping[str, Any]]:
    """Return the options in a search response that have a label and a value."""
    data = call.member.get("data")
    rows = data if isinstance(data, list) else []
    return [row for row in rows if isinstance(row, dict) and "label" in row and "value" in row]


def values_in(call: Call) -> list[str]:
    """Return the values of these options."""
    return [row["value"] for row in options_in(call) if isinstance(row["value"], str)]


def is_stress(name: str) -> bool:
    """Return whether an example is one of those that strain a block."""
    return name.startswith(_STRESS)


def in_words(name: str) -> str:
    """Return the name of an example as the start of a sentence."""
    if not is_stress(name):
        return f"Example {name}"
    return f"Made-up example “{ExampleSettings(name.removeprefix(_STRESS), {}).title}”"


def each_without(settings: Settings, names: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield settings without one of several names, for each of them."""
    for name in names:
        if name in settings:
            yield name, {other: value for other, value in settings.items() if other != name}
