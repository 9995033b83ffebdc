"""The Liquid of dynamic plugins: what the lint finds in it, and what comes of it for sample subscribers."""

from collections.abc import Iterator

from plugin_server.findings.finding import Finding, Severity
from plugin_server.findings.wording import listed
from plugin_server.lint.liquid.linter import lint_liquid
from plugin_server.sandbox.liquid.readers import FULL, READERS
from plugin_server.sandbox.liquid.rendering import Sent
from plugin_server.sandbox.rehearsal.calls import Call
from plugin_server.sandbox.rehearsal.check import (
    HTML,
    Flaw,
    Skipped,
    fail,
    flaws_of,
    group_of,
    note,
    warn,
)
from plugin_server.sandbox.rehearsal.sources import LIQUID
from plugin_server.sandbox.rehearsal.tested_plugin import TestedPlugin

STATIC = "It is not a dynamic block."
_GIVE_FIELDS = "Give the account at the sandbox the custom fields that the Liquid names."


def _each_template(tested: TestedPlugin) -> Iterator[tuple[str, str, Call]]:
    if not tested.plugin.dynamic:
        raise Skipped(STATIC)
    if not tested.blocks:
        raise Skipped("There is no example that shows a block.")
    for name, html in tested.blocks.items():
        yield name, html, tested.rendered[name]


def _linted(tested: TestedPlugin) -> Iterator[Flaw]:
    known = tested.subject.readers.knowledge(tested.plugin)
    seen = set()
    infos: dict[str, str] = {}
    for name, html, call in _each_template(tested):
        for finding in lint_liquid(html, known):
            key = (finding.code, finding.advice)
            if finding.severity is Severity.INFO:
                infos.setdefault(finding.code, _noted(finding))
            elif key not in seen:
                seen.add(key)
                yield from flaws_of([finding], call, f"Example {name}")
    yield from map(note, infos.values())


def _noted(finding: Finding) -> str:
    return f"line {finding.place.line}: {finding.message}. {finding.advice}".rstrip(" .")


def _sent(tested: TestedPlugin) -> Iterator[Flaw]:
    found: dict[str, Flaw] = {}
    shown: set[str] = set()
    for name, html, call in _each_template(tested):
        for reader, sent in tested.sent(html).items():
            if sent.html.strip():
                shown.add(reader)
            for key, flaw in _of_reader(f"Example {name}", reader, sent, call):
                found.setdefault(key, flaw)
    yield from found.values()
    failed = any(each.finding.severity is Severity.ERROR for each in found.values())
    if FULL.name not in shown and not failed:
        whom = FULL.words if shown else "anybody"
        yield warn(f"No example shows anything to {whom}", advice=_GIVE_FIELDS)
    hidden = [reader.words for reader in READERS.values() if reader.name not in shown]
    if shown and hidden:
        yield note(f"The block vanishes for {listed(hidden, 'and')}")


def _of_reader(what: str, reader: str, sent: Sent, call: Call) -> Iterator[tuple[str, Flaw]]:
    """Yield what is wrong with what a reader gets, each with a key that other examples share."""
    words = READERS[reader].words
    if sent.problem:
        yield str(sent.problem), fail(f"{what}, for {words}: {sent.problem}", call)
    elif reader == FULL.name:
        for empty in sent.empties:
            message = f"{what}, line {empty.line}: {empty.source} prints nothing for {words}"
            yield empty.source, warn(message, call)


_check = group_of(HTML)
CHECKS = (
    _check(
        "html-liquid",
        "The Liquid is as Kit recommends",
        LIQUID,
        "Guard the entire block, escape each value for its place, and give it a default.",
        _linted,
    ),
    _check(
        "html-liquid-sent",
        "Kit can render the Liquid for every subscriber",
        LIQUID,
        "Send Liquid that runs with any data, and shows the block to a subscriber who has all.",
        _sent,
    ),
)
