"""What is in the HTML of each plugin: what Kit refuses, what it recommends, and what readers need."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache

from plugin_server.findings.finding import Finding
from plugin_server.lint.linter import lint
from plugin_server.lint.page import read
from plugin_server.lint.styles import rules
from plugin_server.sandbox.checks.kit_rules import find_refusals
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

_CLASS = re.compile(r"\.([\w-]+)")


def _each_block(tested: TestedPlugin) -> Iterator[tuple[str, str, Call]]:
    if not tested.blocks:
        raise Skipped("There is no example that shows a block.")
    for name, html in tested.blocks.items():
        yield name, html, tested.rendered[name]


def _refused(tested: TestedPlugin) -> Iterator[Flaw]:
    found = (
        (finding, name, call)
        for name, html, call in _each_block(tested)
        for finding in find_refusals(html)
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
            yield from flaws_of([finding], call, f"{in_words(name)}{then}")


@lru_cache(maxsize=128)
def _linted(html: str) -> tuple[Finding, ...]:
    return tuple(each for each in lint(html, ()) if not each.code.startswith("kit-"))


def _lint(keep: Callable[[str], bool]) -> Callable[[TestedPlugin], Flaws]:
    def run(tested: TestedPlugin) -> Flaws:
        found = (
            (finding, name, call)
            for name, html, call in _each_block(tested)
            for finding in _linted(html)
            if keep(finding.code)
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
    for name, html, call in _each_block(tested):
        for _, rule in rules(read(html)):
            selector = "".join(token.serialize() for token in rule.prelude)
            for word in () if rule.keyword else _CLASS.findall(selector):
                text = f"{selector} {rule.declarations!r} {rule.inside}"
                before = declared.setdefault(f"{word} {selector} {rule.inside}", text)
                if before != text:
                    message = f"{in_words(name)}: the class {word} has other styles than in another example"
                    yield warn(message, call, "Two blocks in one email would style each other.")
                    return
                if word.isalpha() and word.islower():
                    message = f"{in_words(name)}: the class {word} may be one of the email's"
                    yield warn(message, call, "Start it with your app's name.")
                    return


def _size(tested: TestedPlugin) -> Iterator[Flaw]:
    largest = max(_each_block(tested), key=lambda each: len(each[1].encode()))
    name, html, call = largest
    yield note(f"The largest: {in_words(name)}, {len(html.encode()):,} bytes", call)
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
