"""What Kit's dashboard demands of dynamic plugins: an identifier, and an event plugin for an event's data."""

import json
import re
from collections.abc import Iterator

from plugin_server.sandbox.rehearsal.check import LISTING, Flaw, Skipped, fail, group_of, note
from plugin_server.sandbox.rehearsal.liquid_content import STATIC
from plugin_server.sandbox.rehearsal.sources import DYNAMIC
from plugin_server.sandbox.rehearsal.tested_plugin import TestedPlugin

_AUTOMATION = re.compile(r"\{[{%][^}]*\bautomation\b")


def _identifier(tested: TestedPlugin) -> Iterator[Flaw]:
    plugin, subject = tested.plugin, tested.subject
    if not plugin.dynamic:
        raise Skipped(STATIC)
    if not re.fullmatch(r"[a-z0-9_]+", plugin.identifier):
        yield fail(f'The identifier "{plugin.identifier}" has other characters')
    others = [each.identifier for each in subject.plugins if each.id != plugin.id]
    if plugin.identifier in others:
        yield fail(f'Another plugin has the identifier "{plugin.identifier}"')
    if plugin.identifier in [each.identifier for each in subject.readers.events]:
        yield fail(f'An event plugin has the identifier "{plugin.identifier}"')


def _event(tested: TestedPlugin) -> Iterator[Flaw]:
    plugin, readers = tested.plugin, tested.subject.readers
    if not plugin.dynamic:
        raise Skipped(STATIC)
    event = readers.event_of(plugin)
    if plugin.event and event is None:
        yield fail(f'There is no event plugin with the identifier "{plugin.event}"')
        return
    if event is None:
        uses = [name for name, html in tested.blocks.items() if _AUTOMATION.search(html)]
        if uses:
            message = f"Example {uses[0]}: the Liquid has automation, and no event plugin is linked"
            yield fail(message, tested.rendered[uses[0]])
            return
        raise Skipped("It is linked to no event plugin, and its Liquid uses no event's data.")
    fields = sorted(json.loads(event.sample_data))
    if fields:
        yield note(f"The sample data has {', '.join(fields)}")
    else:
        yield fail(f'The event plugin "{event.identifier}" has no sample data')


_check = group_of(LISTING)
PLUGIN_CHECKS = (
    _check(
        "listing-identifier",
        "A dynamic block has an identifier of its own",
        f"{DYNAMIC}/plugin-configuration",
        "Use lowercase letters, digits and underscores.",
        _identifier,
    ),
    _check(
        "listing-event",
        "A dynamic block that uses an event's data is linked to its event plugin",
        f"{DYNAMIC}/plugin-configuration",
        "Choose the event plugin in the dashboard, and give it sample data with every field.",
        _event,
    ),
)
