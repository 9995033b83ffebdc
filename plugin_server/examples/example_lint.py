"""The lint of our own blocks' examples: of a dynamic block, its Liquid and what subscribers get of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from plugin_server.blocks.base import dynamic_block
from plugin_server.examples.block_examples import Example
from plugin_server.examples.sample_subscribers import sample_subscribers
from plugin_server.findings.finding import NOWHERE, Finding, Place, Severity
from plugin_server.findings.wording import listed
from plugin_server.lint.compat import DEFAULT_CLIENTS
from plugin_server.lint.linter import lint
from plugin_server.lint.liquid.knowledge import Knowledge
from plugin_server.lint.liquid.linter import lint_liquid
from plugin_server.rendering.personal import engine
from plugin_server.rendering.personal.fields import DynamicBlock

# What depends on a subscriber's texts, of which a block knows nothing: their length and direction.
_OF_VALUES = frozenset({"long-line", "text-direction"})
_FIELD = re.compile(r"\bsubscriber\.([a-z0-9_]+)")


def lint_example(
    example: Example, html: str, names: Sequence[str] = DEFAULT_CLIENTS
) -> list[Finding]:
    """Return the findings in the HTML of an example, in the order of the source.

    Args:
        html: as the example renders it.
        names: the clients whose support is looked up, keys of ``compat().clients``.
    """
    dynamic = dynamic_block(example.block)
    if dynamic is None:
        return lint(html, names)
    settings = [each.name for each in example.block.settings.settings]
    found = lint_liquid(html, knowledge_of(dynamic, settings))
    if any(each.severity is Severity.ERROR for each in found):
        return found
    sent = sent_html(html, dynamic)
    return [*found, *_of_every(sent, names)]


def knowledge_of(dynamic: DynamicBlock, settings: Sequence[str] = ()) -> Knowledge:
    """Return what is known of a block of ours; the fields of a creator's account are not."""
    event = dynamic.event
    return Knowledge(
        app=dynamic.app,
        event=event.identifier if event else "",
        sample=event.sample if event else None,
        identifier=dynamic.identifier,
        settings=settings,
    )


def sent_html(html: str, dynamic: DynamicBlock) -> dict[str, str]:
    """Return what each sample subscriber gets of a block of ours, by what is special about its data.

    Raises:
        UnusableLiquid: it is not Liquid of the forms that our blocks have.
    """
    template = engine.parse(html)
    event = dynamic.event
    subscribers = sample_subscribers(
        dict.fromkeys(_FIELD.findall(html)),
        (dynamic.app, event.identifier) if event else None,
        event.sample if event else None,
    )
    return {name: engine.render(template, data) for name, data in subscribers.items()}


def _of_every(sent: Mapping[str, str], names: Sequence[str]) -> Iterator[Finding]:
    """Yield the findings in what subscribers get, each once, with whose they are if not everybody's."""
    shown = {name: html for name, html in sent.items() if html.strip()}
    found: dict[Finding, tuple[Place, list[str]]] = {}
    for name, html in shown.items():
        for finding in lint(html, names):
            _, those = found.setdefault(replace(finding, place=NOWHERE), (finding.place, []))
            those.append(name)
    for finding, (place, those) in found.items():
        message, whose = finding.message, [*dict.fromkeys(those)]
        if len(whose) < len(shown):
            if finding.code in _OF_VALUES:
                continue
            message = f"{message} (for subscribers with {listed(whose, 'and')})"
        yield replace(finding, message=message, place=place)
