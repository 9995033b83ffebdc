"""The search endpoints: what they offer, and that they find a stored value again."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from plugin_server.findings.finding import Finding
from plugin_server.sandbox.checks.contract import LABEL, SLOWNESS, search_findings
from plugin_server.sandbox.dashboard.settings_json import dependencies
from plugin_server.sandbox.rehearsal.calls import Call
from plugin_server.sandbox.rehearsal.check import (
    SEARCH,
    Flaw,
    Flaws,
    Skipped,
    fail,
    flaws_of,
    group_of,
    warn,
)
from plugin_server.sandbox.rehearsal.html_endpoint import time_flaws
from plugin_server.sandbox.rehearsal.sources import BLOCKS, COMPONENTS, CONFIGURATION, DEPENDENCIES
from plugin_server.sandbox.rehearsal.tested_plugin import (
    TestedPlugin,
    given_to,
    options_in,
    values_in,
)

_NOWHERE = "zzqx rehearsal finds nothing"
_ODD = ("'", '"', "%", "_", "\\", "(", "[", "*", "<b>", "港 👋", "é", " ", "x" * 2_000)


class TestedSearch:
    """One search setting of a plugin."""

    def __init__(self, tested: TestedPlugin, setting: Mapping[str, Any]) -> None:
        """Take the plugin and the setting."""
        self.tested, self.setting = tested, setting
        self.is_multiselect = bool(setting.get("multiselect"))

    @property
    def name(self) -> str:
        """The plugin's name and the setting's."""
        return f"{self.tested.name}, setting {self.setting['name']}"

    def search(self, search: object, values: Mapping[str, Any] | None = None) -> Call:
        """Request options."""
        return self.tested.search(self.setting, search, values)

    def offered(self) -> list[Mapping[str, Any]]:
        """Return the options before something is typed; raises Skipped without any."""
        options = options_in(self.search(""))
        if not options:
            raise Skipped("Nothing is offered before something is typed.")
        return options


def _contract(call: Call, what: str) -> Iterator[Flaw]:
    """Yield errors against the shape of responses; labels and time have checks of their own."""
    yield from flaws_of(filter(_is_of_shape, search_findings(call)), call, what)
    if call.member.get("errors") and call.ok:
        yield fail(f"{what}: {' '.join(call.errors)}", call)


def _is_of_shape(finding: Finding) -> bool:
    return finding.code not in (SLOWNESS, LABEL)


def _empty(search: TestedSearch) -> Iterator[Flaw]:
    call = search.search("")
    yield from _contract(call, "An empty search")
    if call.ok and call.member.get("data") == []:
        yield warn("Nothing is offered before something is typed", call, "Send sensible defaults.")


def _typed(search: TestedSearch) -> Iterator[Flaw]:
    option = search.offered()[0]
    words = str(option["label"]).split()
    if not words:
        raise Skipped("The first option's label is empty: see the labels.")
    word = max(words, key=len)
    for text in (word, word.upper(), word[: max(3, len(word) // 2)]):
        call = search.search(text)
        yield from _contract(call, f"A search for “{text}”")
        if call.ok and option["value"] not in values_in(call):
            yield warn(f"A search for “{text}” does not find “{option['label']}”", call)
    call = search.search(_NOWHERE)
    yield from _contract(call, "A search that finds nothing")
    if call.ok and option["value"] in values_in(call):
        yield fail("Options come whatever is typed", call)


def _stored(search: TestedSearch) -> Iterator[Flaw]:
    for option in search.offered()[:3]:
        value = option["value"]
        call = search.search([value] if search.is_multiselect else value)
        restored = replace(call, restored=(str(value),))
        yield from _contract(restored, f"A search for the stored value {value}")
        if call.ok and not call.member.get("errors") and len(options_in(call)) > 1:
            message = f"A search for the stored value {value} finds {len(options_in(call))} options"
            yield fail(message, call, "Return that option alone.")
        labels = [each["label"] for each in options_in(call) if each["value"] == value]
        if labels and labels != [option["label"]]:
            yield warn(f"The stored value {value} has another label than in the list", call)


def _several(search: TestedSearch) -> Iterator[Flaw]:
    if not search.is_multiselect:
        raise Skipped("The setting takes one value only.")
    values = [str(each["value"]) for each in search.offered()[:3]]
    if len(values) < 2:
        raise Skipped("Only one option is offered.")
    call = search.search(values)
    yield from _contract(
        replace(call, restored=tuple(values)), "A search for several stored values"
    )
    if values_in(call) and len(values_in(call)) > len(values):
        yield fail("A search for several stored values finds others, too", call)


def _depending(search: TestedSearch) -> Iterator[Flaw]:
    names = dependencies(search.setting)
    if not names:
        raise Skipped("It depends on no other setting.")
    given = given_to(search.setting, search.tested.fullest)
    yield from _contract(search.search("", given), "With values of what it depends on")
    cases: dict[str, dict[str, Any]] = {
        "Without values of what it depends on": {},
        "With null for what it depends on": dict.fromkeys(names),
        "With values that are gone": dict.fromkeys(names, "value-that-is-gone"),
    }
    for what, values in cases.items():
        call = search.search("", values)
        yield from flaws_of(filter(_is_of_shape, search_findings(call)), call, what)


def _labels(search: TestedSearch) -> Flaws:
    call = search.search("")
    if not options_in(call):
        raise Skipped("Nothing is offered before something is typed.")
    return flaws_of((each for each in search_findings(call) if each.code == LABEL), call)


def _odd(search: TestedSearch) -> Iterator[Flaw]:
    for text in _ODD:
        call = search.search(text)
        shown = text if len(text) < 20 else f"{text[:10]}… ({len(text):,} characters)"
        yield from _contract(call, f"A search for {shown}")


def _time(search: TestedSearch) -> Flaws:
    return time_flaws(search.tested.search_calls.get(search.setting["name"], []))


_check = group_of(SEARCH)
CHECKS = (
    _check(
        "search-empty",
        "Options are offered before something is typed",
        BLOCKS,
        'Respond to {"search": ""} with {"data": [{"label": "…", "value": "…"}]}, the newest for example.',
        _empty,
    ),
    _check(
        "search-typed",
        "Typed text finds options",
        BLOCKS,
        "Return the options whose labels hold the text, in any case; none when there are none.",
        _typed,
    ),
    _check(
        "search-stored",
        "A stored value finds its option alone",
        BLOCKS,
        "Compare the search with your values first: Kit sends it when a saved draft is opened.",
        _stored,
    ),
    _check(
        "search-several",
        "Several stored values find their options",
        COMPONENTS,
        'Take an array: {"search": ["1", "2"]}, and return these options.',
        _several,
    ),
    _check(
        "search-dependencies",
        "Values of other settings narrow the search",
        DEPENDENCIES,
        "Read them from the top level of the body, and do without them.",
        _depending,
    ),
    _check(
        "search-labels",
        "Labels are short, plain and distinct",
        BLOCKS,
        "Write each on one line of about 100 characters at most, without HTML.",
        _labels,
    ),
    _check(
        "search-odd",
        "Any text can be typed",
        BLOCKS,
        "Take the text as text, not as a pattern or a part of a query.",
        _odd,
    ),
    _check(
        "search-time",
        "Options come quickly",
        CONFIGURATION,
        "Respond within a second: Kit searches while the creator types.",
        _time,
    ),
)
