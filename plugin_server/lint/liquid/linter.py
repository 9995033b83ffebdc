"""The lint of a Liquid template: every rule, in the order of the source.

For the HTML of anybody's dynamic block. The HTML that becomes of it is another lint's:
``lint/linter.py`` checks what Liquid renders.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.tags.case_tag import CaseNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.tablerow_tag import TablerowNode
from liquid.builtin.tags.unless_tag import UnlessNode

from plugin_server.findings.finding import START, Finding, Place, error, info, warning
from plugin_server.findings.lines import Lines
from plugin_server.findings.wording import shown, suggestion
from plugin_server.lint.liquid import data_rules, place_rules
from plugin_server.lint.liquid import vocabulary as known_names
from plugin_server.lint.liquid.flow import Flow, follow, prints
from plugin_server.lint.liquid.knowledge import NOTHING_KNOWN, Knowledge
from plugin_server.lint.liquid.places import Places
from plugin_server.lint.liquid.syntax import parse, tag_findings
from plugin_server.lint.liquid.template import Template, masked, split

_CONDITIONS = (IfNode, UnlessNode, CaseNode, ForNode, TablerowNode)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def lint_liquid(source: str, known: Knowledge = NOTHING_KNOWN) -> list[Finding]:
    """Return the findings in a dynamic block's HTML as it is sent to Kit, in the order of the source.

    Args:
        source: any text; where its syntax is wrong, that alone is found.
        known: what the template's variables are compared with.
    """
    template = split(source)
    try:
        found = [*_findings(template, known)]
    except RecursionError:
        message = "this is nested too deeply to be read"
        found = [error("liquid-syntax", Place(offset=0), message, "Write less inside each other.")]
    lines = Lines(source)
    placed = (_placed(each, lines) for each in dict.fromkeys(found))
    return sorted(placed, key=lambda each: (each.place.line, each.place.column))


def _placed(finding: Finding, lines: Lines) -> Finding:
    located = finding if finding.place.line else lines.locate(finding, finding.place.offset)
    return replace(located, source_line=lines[located.place.line])


def _findings(template: Template, known: Knowledge) -> Iterator[Finding]:
    if template.findings:
        yield from template.findings
        return
    wrong = [*tag_findings(template)]
    if any(each.code == "liquid-syntax" for each in wrong):
        yield from wrong
        return
    nodes, unparsed = parse(template)
    yield from wrong
    yield from unparsed
    if unparsed:
        return
    if not template.pieces:
        message = "there is no Liquid: every subscriber gets the same"
        advice = "Print a subscriber's data, or make it a static block."
        yield info("liquid-none", START, message, advice)
        return
    flow = follow(nodes)
    places = Places(masked(template))
    yield from _unguarded(nodes)
    unknown = data_rules.unknown_data(flow, known)
    yield from unknown.values()
    yield from data_rules.missing_defaults(template, flow, unknown)
    yield from data_rules.empty_texts(flow)
    yield from data_rules.preview_gaps(flow)
    yield from place_rules.unescaped(template, places, flow)
    yield from place_rules.in_tags(template, places)
    yield from place_rules.in_tables(template, places)
    yield from place_rules.broken_markup(template, places)
    yield from _filters(flow)
    yield from _recent_tags(template)


def _unguarded(nodes: Sequence[Node]) -> Iterator[Finding]:
    """Find what is printed outside a condition around the whole block."""
    for node in nodes:
        if isinstance(node, _CONDITIONS) or not prints([node]):
            continue
        offset = node.token.start_index
        if isinstance(node, ContentNode):
            text = _COMMENT.sub(lambda match: " " * len(match[0]), node.text)
            if not text.strip():
                continue
            offset += len(text) - len(text.lstrip())
        message = "this stands outside a condition: the block does not vanish where data is missing"
        advice = (
            "Guard the entire block, as Kit says: {% if … != blank %} before its first element, and "
            "{% endif %} after its last."
        )
        yield warning("liquid-unguarded", Place(offset=offset), message, advice)
        return


def _filters(flow: Flow) -> Iterator[Finding]:
    for used in flow.reading.filters:
        name, place = used.name, Place(offset=used.offset)
        if name in known_names.STANDARD_FILTERS:
            if name in known_names.RECENT_FILTERS:
                yield _recent(f"the filter {name}", known_names.RECENT_FILTERS[name], place)
            if name == "date" and used.text.strip().lower() in ("now", "today"):
                message = (
                    f"{shown(used.text)} is when Kit renders: now in the preview, later in emails"
                )
                advice = "Write the date that you mean, or take one from the data."
                yield warning("liquid-now", place, message, advice)
            continue
        message = f"Liquid has no filter {shown(name)}, and leaves the value as it is"
        if name in known_names.STOREFRONT_FILTERS:
            message = f"{shown(name)} is a filter of Shopify's storefront, which Kit does not have"
        close = suggestion(name, sorted(known_names.STANDARD_FILTERS - {"h"}))
        advice = known_names.instead_of_filter(name) or close or "Remove it."
        yield error("liquid-filter", place, message, advice)
    for offset in flow.reading.escaped_twice:
        message = "this is escaped already: readers would see &amp; instead of &"
        advice = "Write escape once, as the last filter."
        yield warning("liquid-escape-twice", Place(offset=offset), message, advice)


def _recent_tags(template: Template) -> Iterator[Finding]:
    for piece in template.pieces:
        if piece.tag in known_names.RECENT_TAGS:
            version = known_names.RECENT_TAGS[piece.tag]
            yield _recent(f"the tag {piece.tag}", version, Place(offset=piece.start))


def _recent(what: str, version: str, place: Place) -> Finding:
    message = f"{what} came with Liquid {version}, and which version Kit runs is not known"
    return info("liquid-recent", place, message, "Try it in a test email.")
