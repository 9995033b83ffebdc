"""Explains to developers why the gate refuses a block: what is wrong, where, and what to write instead.

The gate judges the tree that parsers make of a block, in a form that has no places. This looks at the
source again, by the same rules, to place what the gate found. Whatever it cannot place it reports without
a place, so that no finding of the gate is lost.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape, unescape
from itertools import islice

from jinja2 import Environment
from typing_extensions import override

from plugin_server.errors import BlockRefused
from plugin_server.findings.finding import NOWHERE, Finding, Place, error
from plugin_server.findings.lines import Lines
from plugin_server.rendering import gate
from plugin_server.rendering.blank_placement import ODD_TAG, MisplacedBlank
from plugin_server.rendering.gate_advice import Offence, explain
from plugin_server.rendering.gate_css import Problem, inline_style_problems, style_sheet_problems
from plugin_server.rendering.source.elements import VOID
from plugin_server.rendering.source.nesting import MAX_FINDINGS
from plugin_server.rendering.source.structure import examine
from plugin_server.rendering.source.tokens import Token, tokenize
from plugin_server.rendering.template_places import place_in_template
from plugin_server.rendering.template_trace import TracedHtml

_SPACE = "\t\n\f\r "
_ATTRIBUTE = re.compile(
    rf"""([^\s"'<>/=]+)(?:[{_SPACE}]*=[{_SPACE}]*("[^"]*"|'[^']*'|[^\s"'=<>`]+))?"""
)
# A start tag in the one spelling of blocks; an end tag has nothing but its name.
_SPELT = re.compile(r'<[a-z0-9]+(?:\s+[a-z]+="[^"<>]*")*+\s*>|</[a-z0-9]+\s*>')
_MARKUP = re.compile(r"\{\{|\{%|\}\}|%\}|url\s*\(", re.IGNORECASE)
# Characters of a tag or text that a message repeats.
_SHOWN = 80
# What the gate finds besides, where the structure is broken.
_CONSEQUENCES = {"comment", "mutation", "root", "structure"}


class ExplainedRefusal(BlockRefused):
    """A refusal in tests, commands and the preview; creators read the same sentence as ever.

    Attributes:
        findings: for the developer, each with the line of a template where it is known.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Take the explained findings."""
        self.findings = tuple(findings)
        super().__init__()

    @override
    def __str__(self) -> str:
        return "\n".join(each.explanation for each in self.findings)


def explained(html: str, found: Sequence[Finding]) -> list[Finding]:
    """Return what the gate found in a block, with sentences for developers and with offsets.

    Args:
        html: a block.
        found: what ``gate.check`` returned for it, or other findings with codes of ``gate_advice.RULES``.
    """
    first = dict.fromkeys(islice(_Source(html).findings(), MAX_FINDINGS))
    placed = sorted(first, key=lambda each: each.place.offset)
    codes = {each.code for each in placed}
    if codes:
        codes |= {"filling", "prepared"}
    if any(code.startswith("html-") for code in codes):
        codes |= _CONSEQUENCES
    elif codes & {"comment", "spelling", "table-body"}:
        codes |= {"structure"}
    left = {each.code: each for each in found if each.code not in codes}
    return placed + [_unplaced(html, each) for each in left.values()]


def explained_parts(
    html: str, parts: Sequence[tuple[int, int]], broken_rules: Sequence[Finding]
) -> list[Finding]:
    """Return what is wrong with a block of which several parts are judged, each by itself.

    Args:
        html: what the template printed.
        parts: the start and end of each part; those of a dynamic block are what different subscribers get.
        broken_rules: what was found in all of it.
    """
    if parts == [(0, len(html))]:
        return explained(html, [*gate.check(html), *broken_rules])
    found = [
        _moved(each, start)
        for start, end in parts
        for each in explained(html[start:end], gate.check(html[start:end]))
    ]
    # Whatever else was found follows from what is wrong with the markup.
    return found or explained("", broken_rules)


def _moved(finding: Finding, start: int) -> Finding:
    if finding.place == NOWHERE and not finding.rendered:
        return finding
    return replace(finding, place=replace(finding.place, offset=finding.place.offset + start))


def _unplaced(html: str, finding: Finding) -> Finding:
    place = NOWHERE
    if finding.code in ("css-url", "liquid") and (where := _MARKUP.search(html)):
        place = Place(offset=where.start())
    return _finding(Offence(finding.code, finding.message), place)


def _finding(offence: Offence, place: Place, rendered: str = "") -> Finding:
    sentence, advice = explain(offence)
    return replace(error(offence.code, place, sentence, advice), rendered=rendered)


class _Source:
    """Reads the source of a block from beginning to end."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._tokens = list(tokenize(html))
        starts = [each.offset for each in self._tokens]
        self._ends = [*starts[1:], len(html)][: len(starts)]
        self._open: list[str] = []
        self._roots = self._sheets = 0

    def findings(self) -> Iterator[Finding]:
        for token, end in zip(self._tokens, self._ends, strict=True):
            written = self._html[token.offset : end]
            match token.kind:
                case "start":
                    yield from self._start(token, written)
                case "end":
                    yield from self._end(token, written)
                case "text":
                    yield from self._text(token, written)
                case _:
                    yield self._offence(token.offset, "comment", written=_short(written))
        yield from self._structure()

    def _offence(self, offset: int, code: str, message: str = "", **more: str) -> Finding:
        """Return a finding; ``more`` are fields of an offence."""
        start = self._html.rfind("\n", 0, offset) + 1
        line = self._html[start:].partition("\n")[0]
        return _finding(Offence(code, message, **more), Place(offset=offset), line)

    def _start(self, token: Token, written: str) -> Iterator[Finding]:
        yield from self._place(token)
        yield from self._misspelt(token, written)
        attributes = _attributes(written)
        values = {name: value for name, (value, _) in attributes.items()}
        for problem in gate.tag_problems(token.name, values):
            if not problem.code.startswith("css-"):
                value, at = attributes.get(problem.subject, ("", 0))
                shown = _short(f'{problem.subject}="{value}"')
                yield self._problem(token.offset + at, problem, token.name, shown)
        if "style" in attributes and "style" in gate.ALLOWED.get(token.name, ()):
            value, at = attributes["style"]
            yield from self._style(token.offset + at, token.name, value)
        if token.name == "style" and self._html.startswith("</", token.offset + len(written)):
            yield from self._sheet(token.offset, "")
        if token.name not in VOID:
            self._open.append(token.name)

    def _place(self, token: Token) -> Iterator[Finding]:
        """Find what is wrong with where an element stands."""
        self._roots += not self._open
        if not self._open and self._roots == 2:
            message = f"a block is one element, and <{token.name}> is a second one beside it"
            yield self._offence(token.offset, "root", message)
        if token.name == "tr" and self._open[-1:] == ["table"]:
            yield self._offence(token.offset, "table-body")
        self._sheets += token.name == "style"
        if token.name == "style" and self._sheets == 2:
            yield self._offence(token.offset, "style", "a second <style> element")

    def _misspelt(self, token: Token, written: str) -> Iterator[Finding]:
        # The tokenizer explains tags that are odd, such as one with a quote too many.
        if not token.findings and not _SPELT.fullmatch(written):
            pairs = "".join(
                f' {name}="{escape(value)}"' for name, (value, _) in _attributes(written).items()
            )
            if (spelt := f"<{token.name}{pairs}>") != written:
                shown = _short(spelt)
                yield self._offence(
                    token.offset, "spelling", written=_short(written), subject=shown
                )

    def _end(self, token: Token, written: str) -> Iterator[Finding]:
        spelt = f"</{token.name}>"
        if written != spelt and not _SPELT.fullmatch(written) and not token.findings:
            yield self._offence(token.offset, "spelling", written=_short(written), subject=spelt)
        if token.name in self._open:
            while self._open.pop() != token.name:
                pass

    def _style(self, offset: int, element: str, value: str) -> Iterator[Finding]:
        parts = [each.strip() for each in value.split(";") if each.strip()]
        by_part = [(problem, part) for part in parts for problem in inline_style_problems(part)]
        for problem, part in by_part or [(each, "") for each in inline_style_problems(value)]:
            yield self._problem(offset, problem, element, _short(part))

    def _text(self, token: Token, written: str) -> Iterator[Finding]:
        if self._open[-1:] == ["style"]:
            yield from self._sheet(token.offset, written)
        elif token.is_blank:
            return
        elif not self._open:
            message = f"a block is one element, and the text “{_short(written)}” is beside it"
            yield self._offence(token.offset, "root", message)
        if problem := gate.text_problem("text", unescape(written)):
            found = _MARKUP.search(written)
            at = token.offset + (found.start() if found else 0)
            inside = self._open[-1] if self._open else ""
            yield self._problem(at, problem, inside)

    def _sheet(self, offset: int, sheet: str) -> Iterator[Finding]:
        for problem in style_sheet_problems(sheet):
            yield self._problem(offset, problem, "style")

    def _problem(self, offset: int, problem: Problem, element: str, written: str = "") -> Finding:
        return self._offence(
            offset,
            problem.code,
            problem.message,
            element=element,
            subject=problem.subject,
            written=written,
        )

    def _structure(self) -> Iterator[Finding]:
        lines = Lines(self._html)
        for each in examine(self._html):
            offset = lines.offset(each.place.line, each.place.column)
            if each.code not in ("html-comment", "html-control"):
                line = lines[each.place.line]
                # What is a warning for anybody's HTML is refused in a block.
                yield replace(
                    error(each.code, Place(offset=offset), each.message, each.advice), rendered=line
                )


def _attributes(tag: str) -> dict[str, tuple[str, int]]:
    """Return the decoded attributes of a start tag by name, each with its offset in the tag."""
    found: dict[str, tuple[str, int]] = {}
    name_ends = re.match(rf"<[^{_SPACE}/>]*", tag)
    for attribute in _ATTRIBUTE.finditer(tag, name_ends.end() if name_ends else 0):
        value = attribute[2] or ""
        if value[:1] in ("'", '"'):
            value = value[1:-1]
        found.setdefault(attribute[1].lower(), (unescape(value), attribute.start()))
    return found


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def explained_blank(misplaced: MisplacedBlank) -> Finding:
    """Return the finding of a value that is printed where its kind may not stand."""
    message, _, advice = misplaced.reason.partition(". ")
    return error("placeholder", Place(offset=misplaced.offset), message, advice)


def without_consequences(
    mistakes: Sequence[Finding], misplaced: Sequence[Finding], found: Sequence[Finding]
) -> list[Finding]:
    """Return all kinds of findings, in order, without those that follow from others.

    Args:
        mistakes: what the template uses that does not exist, or is ``None``.
        misplaced: values that are printed where their kind may not stand.
        found: what the gate found.
    """
    spoilt = {_line(each) for each in mistakes}
    found = [each for each in found if _line(each) not in spoilt]
    if mistakes or any(each.code.startswith(("comment", "html-", "spelling")) for each in found):
        # Behind an odd tag, the places of values are not known.
        misplaced = [each for each in misplaced if ODD_TAG not in each.message]
    lines = {_line(each) for each in misplaced}
    more = [
        each
        for each in found
        if _line(each) not in lines
        or not each.code.startswith(("address", "attribute-value", "css-"))
    ]
    return sorted([*mistakes, *misplaced, *more], key=_line)


def _line(finding: Finding) -> tuple[str, int]:
    return finding.place.file, finding.place.line


def located(found: Sequence[Finding], html: TracedHtml, environment: Environment) -> list[Finding]:
    """Return findings with the lines of the templates that wrote what they are about.

    Those of one rule on one line of a template are one.

    Args:
        found: findings with offsets in the HTML; some may have no place at all.
        html: rendered HTML that knows its templates.
        environment: loads the templates.
    """
    unique: dict[tuple[object, ...], Finding] = {}
    for each in found:
        is_placed = each.place != NOWHERE or each.rendered
        lines = html.lines_at(each.place.offset) if is_placed else ()
        placed = place_in_template(each, lines, environment)
        is_known = bool(placed.place.file)
        key = (each.code, each.advice, placed.place if is_known else each.message)
        unique.setdefault(key, placed)
    return list(unique.values())
