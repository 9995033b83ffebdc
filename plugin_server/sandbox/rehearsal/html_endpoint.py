"""The HTML endpoint of each plugin: what it does with any settings, and what is in its HTML."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from plugin_server.findings.finding import Finding
from plugin_server.lint.linter import lint
from plugin_server.lint.page import read
from plugin_server.lint.styles import rules
from plugin_server.sandbox.checks.contract import SLOW, SLOWNESS, TOO_SLOW, html_findings
from plugin_server.sandbox.checks.kit_rules import find_refusals
from plugin_server.sandbox.rehearsal.bench import Bench, each_without, is_stress
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
    RECOMMENDATIONS,
    SECURITY,
)

# The lint's codes by the check that they belong to; those of Kit's refusals have rules of their own.
_RECOMMENDED = {"style-not-inline", "selector-not-own", "too-wide", "style-nested"}
_LINKS = {"link-target", "link-address", "link-fragment"}
_PICTURES = {"image-alt", "image-alt-file", "image-alt-link", "image-address", "image-width"}
_SIZES = {"size", "style-size", "long-line", "too-deep"}
_ELSEWHERE = _RECOMMENDED | _LINKS | _PICTURES | _SIZES

# Offsets from UTC in hours where a picked day can be told, and beyond.
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
_NAMES = re.compile(r"<style\b.*?</style>|\b(?:class|id)\s*=\s*(?:\"[^\"]*\"|'[^']*')", re.S | re.I)
_CLASS = re.compile(r"\.([\w-]+)")


def crash_flaws(call: Call, what: str) -> Iterator[Flaw]:
    """Yield a flaw if a request that may be answered with errors has no proper answer at all."""
    body = call.member
    if call.problem:
        yield fail(f"{what}: {call.problem}", call)
    elif call.status is not None and call.status >= 500:
        yield fail(f"{what}: {call.answer}", call)
    elif not body:
        yield fail(f"{what}: the response is not a JSON object", call)
    elif not (isinstance(body.get("html"), str) or body.get("errors")):
        yield fail(f'{what}: the response has neither "html" nor "errors"', call)


def _shown(call: Call) -> bool:
    """Return whether a response has a block to show."""
    return call.html()[0] != ""


def _must_show(call: Call, what: str) -> Iterator[Flaw]:
    yield from crash_flaws(call, what)
    if call.member.get("errors"):
        yield fail(f"{what}: {' '.join(call.errors)}", call)


def _examples(bench: Bench) -> Iterator[Flaw]:
    for name, call in bench.rendered.items():
        findings = [each for each in html_findings(call) if each.code != SLOWNESS]
        yield from flaws_of(findings, call, f"Example {name}")
        if call.member.get("errors") and not call.problem:
            message = f"Example {name}: the block responds with errors: {' '.join(call.errors)}"
            if not is_stress(name):
                yield fail(message, call)
    if not bench.blocks:
        advice = "Give examples of its settings with --examples."
        call = next(iter(bench.rendered.values()), None)
        yield warn("No example shows a block", call, advice)


def _missing(bench: Bench) -> Iterator[Flaw]:
    for what, body in {
        "Without any setting": {"settings": {}, "styles": {}},
        "Without settings": {"styles": {}},
    }.items():
        yield from crash_flaws(bench.post(body), what)
    _require_block(bench)
    optional = [each["name"] for each in bench.settings if not each.get("required")]
    for name, settings in each_without(bench.fullest, optional):
        if bench.hides_required(settings):
            continue
        yield from _must_show(bench.html(settings), f"Without the optional setting {name}")


def _require_block(bench: Bench) -> None:
    if not _shown(bench.html(bench.typical)):
        raise Skipped("There is no example that shows a block.")


def _unknown(bench: Bench) -> Iterator[Flaw]:
    _require_block(bench)
    plain = bench.html(bench.typical)
    call = bench.html({**bench.typical, **_UNKNOWN})
    yield from _must_show(call, "With unknown settings")
    if (
        _shown(call)
        and _seen(call) != _seen(plain)
        and _seen(plain) == _seen(bench.html(bench.typical))
    ):
        yield warn("Unknown settings change the block", call)


def _seen(call: Call) -> str:
    """Return what readers see of a block: its class names may be made of the request."""
    return _NAMES.sub("", str(call.member.get("html", "")))


def _stale(bench: Bench) -> Iterator[Flaw]:
    gone = "value-that-is-gone"
    for setting in bench.settings:
        if setting["type"] in ("select", "radioGroup", "search"):
            value = [gone] if setting.get("multiselect") else gone
            call = bench.html({**bench.fullest, setting["name"]: value})
            yield from crash_flaws(call, f"With a value of {setting['name']} that is gone")
    renamed = {f"{name}_before": value for name, value in bench.fullest.items()}
    yield from crash_flaws(bench.html(renamed), "With settings that were all renamed")


def _types(bench: Bench) -> Iterator[Flaw]:
    for what, value in _WRONG_TYPES.items():
        settings = dict.fromkeys((each["name"] for each in bench.settings), value)
        call = bench.post({"settings": settings, "styles": {}})
        yield from crash_flaws(call, f"With {what} in all settings")


def _styles(bench: Bench) -> Iterator[Flaw]:
    _require_block(bench)
    settings = bench.visible(bench.typical)
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
        yield from _must_show(bench.post(body), what)


def _each_block(bench: Bench) -> Iterator[tuple[str, str, Call]]:
    if not bench.blocks:
        raise Skipped("There is no example that shows a block.")
    for name, html in bench.blocks.items():
        yield name, html, bench.rendered[name]


def _refused(bench: Bench) -> Iterator[Flaw]:
    found = (
        (finding, name, call)
        for name, html, call in _each_block(bench)
        for finding in find_refusals(html)
    )
    yield from _first_of_each(found, lambda finding: finding.message, ", Kit refuses")


def _first_of_each(
    found: Iterable[tuple[Finding, str, Call]], key: Callable[[Finding], object], then: str = ""
) -> Iterator[Flaw]:
    """Yield the first finding of each kind with its example: examples repeat each other's."""
    seen = set()
    for finding, name, call in found:
        if key(finding) not in seen:
            seen.add(key(finding))
            yield from flaws_of([finding], call, f"Example {name}{then}")


@lru_cache(maxsize=128)
def _linted(html: str) -> tuple[Finding, ...]:
    return tuple(each for each in lint(html, ()) if not each.code.startswith("kit-"))


def _lint(keep: Callable[[str], bool]) -> Callable[[Bench], Flaws]:
    def run(bench: Bench) -> Flaws:
        found = (
            (finding, name, call)
            for name, html, call in _each_block(bench)
            for finding in _linted(html)
            if keep(finding.code)
        )
        return _first_of_each(found, lambda finding: (finding.code, finding.advice))

    return run


def _among(codes: Collection[str]) -> Callable[[str], bool]:
    return codes.__contains__


def _readers(bench: Bench) -> Iterator[Flaw]:
    for flaw in _lint(lambda code: code not in _ELSEWHERE)(bench):
        # Kit does not check it.
        finding = flaw.finding
        yield warn(finding.message, flaw.call, finding.advice)


def _classes(bench: Bench) -> Iterator[Flaw]:
    declared: dict[str, str] = {}
    for name, html, call in _each_block(bench):
        for element, rule in rules(read(html)):
            selector = "".join(token.serialize() for token in rule.prelude)
            for word in () if rule.keyword else _CLASS.findall(selector):
                text = f"{selector} {rule.declarations!r} {rule.inside}"
                before = declared.setdefault(f"{word} {selector} {rule.inside}", text)
                if before != text:
                    message = (
                        f"Example {name}: the class {word} has other styles than in another example"
                    )
                    yield warn(message, call, "Two blocks in one email would style each other.")
                    return
                if word.isalpha() and word.islower():
                    message = f"Example {name}: the class {word} may be one of the email's"
                    yield warn(message, call, "Start it with your app's name.")
                    return
            del element


def _size(bench: Bench) -> Iterator[Flaw]:
    largest = max(_each_block(bench), key=lambda each: len(each[1].encode()))
    name, html, call = largest
    yield note(f"The largest is {name} with {len(html.encode()):,} bytes", call)
    yield from _lint(_among(_SIZES))(bench)


def _same(bench: Bench) -> Iterator[Flaw]:
    _require_block(bench)
    first, second = bench.html(bench.fullest), bench.html(bench.fullest)
    if first.member.get("html") != second.member.get("html"):
        yield fail("The same request gives different HTML", second)


def _zones(bench: Bench) -> Iterator[Flaw]:
    dates = [each["name"] for each in bench.settings if each["type"] == "date"]
    if not dates:
        raise Skipped("It has no setting of the type date.")
    _require_block(bench)
    for name in dates:
        base = {**bench.fullest, name: _midnight(0)}
        expected = bench.html(base)
        if not _shown(expected):
            continue
        for hours in (*_ZONES, *_FAR_ZONES):
            call = bench.html({**base, name: _midnight(hours)})
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
    if slowest > TOO_SLOW:
        yield fail(f"The slowest response took {slowest / 1000:.1f} s", worst)
    elif median > SLOW:
        yield warn(f"Half of the responses took longer than {median / 1000:.1f} s", worst)


def _time(bench: Bench) -> Flaws:
    return time_flaws(bench.calls)


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
        "html-refused",
        "Kit refuses nothing in the HTML",
        SECURITY,
        "No scripts, frames, forms, media, event handlers, external styles, or url() in CSS.",
        _refused,
    ),
    _check(
        "html-recommended",
        "The styles are as Kit recommends",
        RECOMMENDATIONS,
        "Write style attributes; a <style> only for media queries, with a class of its own.",
        _lint(_among(_RECOMMENDED)),
    ),
    _check(
        "html-classes",
        "Classes are unique",
        RECOMMENDATIONS,
        "Give the classes in a <style> a name that no other block or email has.",
        _classes,
    ),
    _check(
        "html-size",
        "The block is small",
        RECOMMENDATIONS,
        "Stay below 20,000 bytes: Gmail cuts the whole email off near 102 KB.",
        _size,
    ),
    _check(
        "html-same",
        "The same request gives the same HTML",
        BLOCKS,
        "Derive ids and classes from the settings, not from the time or from chance.",
        _same,
    ),
    _check(
        "html-links",
        "Links are absolute and open in a new tab",
        RECOMMENDATIONS,
        'Write <a href="https://…" target="_blank">.',
        _lint(_among(_LINKS)),
    ),
    _check(
        "html-pictures",
        "Pictures are absolute and have an alt",
        RECOMMENDATIONS,
        'Write <img src="https://…" alt="What it shows" width="600">.',
        _lint(_among(_PICTURES)),
    ),
    _check(
        "html-readers",
        "The HTML is well-formed, and everybody can read it",
        RECOMMENDATIONS,
        "See each finding.",
        _readers,
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
