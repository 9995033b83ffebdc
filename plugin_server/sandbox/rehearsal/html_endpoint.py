"""The HTML endpoint of each plugin: what it does with any settings, and how quickly."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from plugin_server.sandbox.checks.contract import SLOW, SLOWNESS, TOO_SLOW, html_findings
from plugin_server.sandbox.rehearsal.calls import Call, milliseconds
from plugin_server.sandbox.rehearsal.check import (
    HTML,
    Flaw,
    Flaws,
    Skipped,
    fail,
    flaws_of,
    group_of,
    note,
    warn,
)
from plugin_server.sandbox.rehearsal.sources import (
    BLOCKS,
    COMPONENTS,
    CONFIGURATION,
)
from plugin_server.sandbox.rehearsal.subject import NOTHING_SET
from plugin_server.sandbox.rehearsal.tested_plugin import (
    TestedPlugin,
    each_without,
    in_words,
    is_stress,
)

_NAMES = re.compile(r"<style\b.*?</style>|\b(?:class|id)\s*=\s*(?:\"[^\"]*\"|'[^']*')", re.S | re.I)
# Offsets from UTC in hours within which a picked day is certain, and beyond.
_ZONES = (-11, -8, -5, -3, 0, 1, 4, 5.5, 9, 12)
_FAR_ZONES = (13, 14)
_DAY = datetime(2026, 10, 8)
_UNKNOWN: Mapping[str, Any] = {
    "rehearsal_unknown": "x",
    "__proto__": {"polluted": True},
    "constructor": [1, 2],
    "toString": None,
}
_WRONG_TYPES: Mapping[str, Any] = {
    "numbers": 17,
    "strings": "x",
    "arrays": ["x", 1, None],
    "objects": {"x": {"y": 1}},
    "null": None,
    "booleans": True,
}


def crash_flaws(call: Call, what: str) -> Iterator[Flaw]:
    """Yield a flaw if a request that may get errors gets no proper response at all."""
    body = call.member
    if call.problem:
        yield fail(f"{what}: {call.problem}", call)
    elif call.status is not None and call.status >= 500:
        yield fail(f"{what}: {call.came}", call)
    elif not body:
        yield fail(f"{what}: the response is not a JSON object", call)
    elif not (isinstance(body.get("html"), str) or body.get("errors")):
        yield fail(f'{what}: the response has neither "html" nor "errors"', call)


def _shown(call: Call) -> bool:
    """Return whether a response has a block, which Kit may refuse: another check says so."""
    html = call.member.get("html")
    return isinstance(html, str) and bool(html.strip()) and not call.member.get("errors")


def _must_show(call: Call, what: str) -> Iterator[Flaw]:
    yield from crash_flaws(call, what)
    if call.member.get("errors"):
        yield fail(f"{what}: {' '.join(call.errors)}", call)


def _examples(tested: TestedPlugin) -> Iterator[Flaw]:
    for name, call in tested.rendered.items():
        findings = [each for each in html_findings(call) if each.code != SLOWNESS]
        yield from flaws_of(findings, call, in_words(name))
        if call.member.get("errors") and not call.problem and not is_stress(name):
            yield fail(
                f"{in_words(name)}: the block responds with errors: {' '.join(call.errors)}", call
            )
    if not tested.blocks:
        advice = "Give examples of its settings with --examples."
        yield warn("No example shows a block", next(iter(tested.rendered.values()), None), advice)


def _missing(tested: TestedPlugin) -> Iterator[Flaw]:
    yield from crash_flaws(tested.post(NOTHING_SET), "Without any setting")
    yield from crash_flaws(tested.post({"styles": {}}), "Without settings")
    _require_block(tested)
    optional = [each["name"] for each in tested.settings if not each.get("required")]
    for name, settings in each_without(tested.fullest, optional):
        if tested.hides_required(settings):
            continue
        yield from _must_show(tested.html(settings), f"Without the optional setting {name}")


def _require_block(tested: TestedPlugin) -> None:
    if not _shown(tested.html(tested.typical)):
        raise Skipped("There is no example that shows a block.")


def _unknown(tested: TestedPlugin) -> Iterator[Flaw]:
    _require_block(tested)
    plain = tested.html(tested.typical)
    call = tested.html({**tested.typical, **_UNKNOWN})
    yield from _must_show(call, "With unknown settings")
    if (
        _shown(call)
        and _seen(call) != _seen(plain)
        and _seen(plain) == _seen(tested.html(tested.typical))
    ):
        yield warn("Unknown settings change the block", call)


def _seen(call: Call) -> str:
    """Return what readers see of a block: its class names may be made of the request."""
    return _NAMES.sub("", str(call.member.get("html", "")))


def _stale(tested: TestedPlugin) -> Iterator[Flaw]:
    gone = "value-that-is-gone"
    for setting in tested.settings:
        if setting["type"] in ("select", "radioGroup", "search"):
            value = [gone] if setting.get("multiselect") else gone
            call = tested.html({**tested.fullest, setting["name"]: value})
            yield from crash_flaws(call, f"With a value of {setting['name']} that is gone")
    renamed = {f"{name}_before": value for name, value in tested.fullest.items()}
    yield from crash_flaws(tested.html(renamed), "With settings that were all renamed")


def _types(tested: TestedPlugin) -> Iterator[Flaw]:
    for what, value in _WRONG_TYPES.items():
        settings = dict.fromkeys((each["name"] for each in tested.settings), value)
        call = tested.post({"settings": settings, "styles": {}})
        yield from crash_flaws(call, f"With {what} in all settings")


def _styles(tested: TestedPlugin) -> Iterator[Flaw]:
    _require_block(tested)
    settings = tested.visible(tested.typical)
    for what, body in {
        "Without styles": {"settings": settings},
        "With styles that are null": {"settings": settings, "styles": None},
        "With empty styles": {"settings": settings, "styles": {}},
        "With styles of a paragraph alone": {"settings": settings, "styles": {"p": {}}},
        "With styles of an unknown element": {
            "settings": settings,
            "styles": {"figcaption": {"color": "rgb(1, 2, 3)"}},
        },
    }.items():
        yield from _must_show(tested.post(body), what)


def _same(tested: TestedPlugin) -> Iterator[Flaw]:
    _require_block(tested)
    first, second = tested.html(tested.fullest), tested.html(tested.fullest)
    if first.member.get("html") != second.member.get("html"):
        yield fail("The same request gives different HTML", second)


def _zones(tested: TestedPlugin) -> Iterator[Flaw]:
    dates = [each["name"] for each in tested.settings if each["type"] == "date"]
    if not dates:
        raise Skipped("It has no setting of the type date.")
    _require_block(tested)
    for name in dates:
        base = {**tested.fullest, name: _midnight(0)}
        expected = tested.html(base)
        if not _shown(expected):
            continue
        for hours in (*_ZONES, *_FAR_ZONES):
            call = tested.html({**base, name: _midnight(hours)})
            if _seen(call) != _seen(expected):
                zone = f"UTC{hours:+g}"
                message = f"{name}: 8 October, picked in {zone}, shows something else than in UTC"
                yield fail(message, call) if hours in _ZONES else warn(message, call)


def _midnight(hours: float) -> str:
    local = _DAY.replace(tzinfo=timezone(timedelta(hours=hours)))
    return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def time_flaws(calls: list[Call]) -> Iterator[Flaw]:
    """Yield what is wrong with the times of calls, the first of which may have been a cold start."""
    if not calls:
        raise Skipped("Nothing was requested.")
    median, slowest = milliseconds(calls)
    worst = max(calls, key=lambda call: call.ms)
    yield note(f"Median {median} ms, slowest {slowest} ms, first {calls[0].ms} ms", worst)
    if median > TOO_SLOW:
        yield fail(f"Half of the responses took longer than {median / 1000:.1f} s", worst)
    elif median > SLOW:
        yield warn(f"Half of the responses took longer than {median / 1000:.1f} s", worst)
    elif slowest > TOO_SLOW:
        yield warn(f"The slowest response took {slowest / 1000:.1f} s", worst)


def _time(tested: TestedPlugin) -> Flaws:
    return time_flaws(tested.calls)


_check = group_of(HTML)
CHECKS = (
    _check(
        "html-examples",
        "Every example and straining value gives a block",
        BLOCKS,
        'Respond {"code": 200, "html": "<div>…</div>"}, or {"code": 404, "errors": ["What the creator'
        ' can do."]}.',
        _examples,
    ),
    _check(
        "html-missing-settings",
        "Settings may be missing",
        BLOCKS,
        "Use defaults for optional settings, and say in errors which required one to choose.",
        _missing,
    ),
    _check(
        "html-unknown-settings",
        "Unknown settings are ignored",
        BLOCKS,
        "Read the settings that you know: creators hold values of settings that were removed.",
        _unknown,
    ),
    _check(
        "html-stale-settings",
        "Values may be stale",
        BLOCKS,
        "Use a default, or say in errors what to choose: options, posts and products get deleted.",
        _stale,
    ),
    _check(
        "html-wrong-types",
        "Values may have any type",
        BLOCKS,
        'Respond {"code": 422, "errors": ["…"]}, or use a default; never fail.',
        _types,
    ),
    _check(
        "html-styles",
        "Styles are optional",
        BLOCKS,
        "Give each style that you read a default.",
        _styles,
    ),
    _check(
        "html-same",
        "The same request gives the same HTML",
        BLOCKS,
        "Derive ids and classes from the settings, not from the time or from chance.",
        _same,
    ),
    _check(
        "html-dates",
        "A picked date is that day in every time zone",
        COMPONENTS,
        "Kit sends the creator's local midnight in UTC: round it to the nearest midnight.",
        _zones,
    ),
    _check(
        "html-time",
        "Blocks come quickly",
        CONFIGURATION,
        "Respond within a second: Kit requests the block at every change of a setting.",
        _time,
    ),
)
