"""What is in the HTML of each plugin: what Kit refuses, what it recommends, and what readers need."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from plugin_server.findings.finding import Finding, Severity
from plugin_server.lint.linter import lint
from plugin_server.lint.page import read
from plugin_server.lint.styles import rules
from plugin_server.sandbox.checks.kit_rules import find_refusals
from plugin_server.sandbox.liquid.readers import FULL, KIT, READERS
from plugin_server.sandbox.rehearsal.calls import Call
from plugin_server.sandbox.rehearsal.check import (
    HTML,
    Flaw,
    Flaws,
    Skipped,
    flaws_of,
    group_of,
    note,
    warn,
)
from plugin_server.sandbox.rehearsal.sources import RECOMMENDATIONS, SECURITY
from plugin_server.sandbox.rehearsal.tested_plugin import TestedPlugin, in_words

# The lint's codes by the check that they belong to; those of Kit's refusals have rules of their own.
_RECOMMENDED = {"style-not-inline", "selector-not-own", "too-wide", "style-nested"}
_LINKS = {"link-target", "link-address", "link-fragment"}
_PICTURES = {"image-alt", "image-alt-file", "image-alt-link", "image-address", "image-width"}
_SIZES = {"size", "style-size", "long-line", "too-deep"}
_ELSEWHERE = _RECOMMENDED | _LINKS | _PICTURES | _SIZES

# What a reader's texts cause, of which a plugin knows nothing: their length and direction.
_OF_VALUES = {"long-line", "text-direction"}
# Those who have what Kit's editor shows.
_USUAL = {KIT.name, FULL.name}

_CLASS = re.compile(r"\.([\w-]+)")


class _Block(NamedTuple):
    """A block that an example gives, or that a reader gets of a dynamic one.

    ``is_strained`` where it shows a reader's odd data, which no editor of Kit has.
    """

    name: str
    html: str
    call: Call
    is_strained: bool = False


def _each_block(tested: TestedPlugin) -> Iterator[_Block]:
    """Yield all blocks; those with odd data come last."""
    if not tested.blocks:
        raise Skipped("There is no example that shows a block.")
    if not tested.plugin.dynamic:
        for name, html in tested.blocks.items():
            yield _Block(in_words(name), html, tested.rendered[name])
        return
    for readers in (_USUAL, READERS.keys() - _USUAL):
        for name, html in tested.blocks.items():
            for reader, sent in tested.sent(html).items():
                if reader in readers and sent.html.strip():
                    title = f"{in_words(name)} for {READERS[reader].words}"
                    yield _Block(title, sent.html, tested.rendered[name], reader not in _USUAL)


def _of_block(block: _Block, findings: Iterable[Finding]) -> Iterator[tuple[Finding, str, Call]]:
    """Yield the findings in a block; what only odd data causes is a warning."""
    for finding in findings:
        if block.is_strained:
            if finding.code in _OF_VALUES:
                continue
            if finding.severity is Severity.ERROR:
                finding = replace(finding, severity=Severity.WARNING)
        yield finding, block.name, block.call


def _refused(tested: TestedPlugin) -> Iterator[Flaw]:
    found = (
        each
        for block in _each_block(tested)
        for each in _of_block(block, find_refusals(block.html))
    )
    yield from _first_of_each(found, lambda finding: finding.message, " (Kit refuses it)")


def _first_of_each(
    found: Iterable[tuple[Finding, str, Call]], key: Callable[[Finding], object], then: str = ""
) -> Iterator[Flaw]:
    """Yield the first finding of each kind with its example: examples repeat each other's."""
    seen = set()
    for finding, name, call in found:
        if key(finding) not in seen:
            seen.add(key(finding))
            yield from flaws_of([finding], call, f"{name}{then}")


@lru_cache(maxsize=128)
def _linted(html: str) -> tuple[Finding, ...]:
    return tuple(each for each in lint(html, ()) if not each.code.startswith("kit-"))


def _lint(keep: Callable[[str], bool]) -> Callable[[TestedPlugin], Flaws]:
    def run(tested: TestedPlugin) -> Flaws:
        found = (
            each
            for block in _each_block(tested)
            for each in _of_block(block, _linted(block.html))
            if keep(each[0].code)
        )
        return _first_of_each(found, lambda finding: (finding.code, finding.advice))

    return run


def _among(codes: Collection[str]) -> Callable[[str], bool]:
    return codes.__contains__


def _readers(tested: TestedPlugin) -> Iterator[Flaw]:
    for flaw in _lint(lambda code: code not in _ELSEWHERE)(tested):
        # Kit does not check it.
        finding = flaw.finding
        yield warn(finding.message, flaw.call, finding.advice)


def _classes(tested: TestedPlugin) -> Iterator[Flaw]:
    declared: dict[str, str] = {}
    for name, html, call, _ in _each_block(tested):
        for _, rule in rules(read(html)):
            selector = "".join(token.serialize() for token in rule.prelude)
            for word in () if rule.keyword else _CLASS.findall(selector):
                text = f"{selector} {rule.declarations!r} {rule.inside}"
                before = declared.setdefault(f"{word} {selector} {rule.inside}", text)
                if before != text:
                    message = f"{name}: the class {word} has other styles than in another example"
                    yield warn(message, call, "Two blocks in one email would style each other.")
                    return
                if word.isalpha() and word.islower():
                    message = f"{name}: the class {word} may be one of the email's"
                    yield warn(message, call, "Start it with your app's name.")
                    return


def _size(tested: TestedPlugin) -> Iterator[Flaw]:
    blocks = [*_each_block(tested)]
    if not blocks:
        raise Skipped("No reader gets anything.")
    largest = max(blocks, key=lambda each: len(each.html.encode()))
    size = len(largest.html.encode())
    yield note(f"The largest: {largest.name}, {size:,} bytes", largest.call)
    yield from _lint(_among(_SIZES))(tested)


_check = group_of(HTML)
CHECKS = (
    _check(
        "html-refused",
        "The HTML contains nothing that Kit refuses",
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
)
