"""The rules on data: variables that exist, and what is printed where they have no value.

Source: https://developers.kit.com/plugins/content-blocks/dynamic-blocks/liquid-templates
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice

from plugin_server.findings.finding import Finding, Place, error, info, warning
from plugin_server.findings.wording import listed, shown, suggestion
from plugin_server.lint.liquid.expressions import Used
from plugin_server.lint.liquid.flow import SUBSCRIBER, Flow, Printed, has_data
from plugin_server.lint.liquid.knowledge import EMAIL_NAMES, KIT_FIELDS, Knowledge
from plugin_server.lint.liquid.template import Template
from plugin_server.lint.liquid.values import ITEM, UNKNOWN, DataPath

AUTOMATION = "automation"
# Roots that templates of other systems have.
_OTHER_ROOTS = frozenset(
    {"cart", "collection", "contact", "customer", "event", "order", "page", "person", "product"}
    | {"profile", "settings", "shop", "site", "user"}
)
_VARIABLE = re.compile(r"[\w.-]{1,100}")
_TEST_EMAIL = "See how it looks in a test email, as Kit advises."
_MOST_ITEMS, _MOST_NAMES = 50, 8


def written(path: DataPath) -> str:
    """Return a path as it is written in Liquid; items of lists are ``[0]``."""
    names = "".join("[0]" if name == ITEM else f".{name}" for name in path)
    return names.removeprefix(".")


def unknown_data(flow: Flow, known: Knowledge) -> dict[DataPath, Finding]:
    """Return what is wrong with variables that nothing gives a value, by path.

    All paths of an event that does not exist have the finding of the first.
    """
    found: dict[DataPath, Finding] = {}
    events: dict[DataPath, Finding] = {}
    for used in flow.reading.used:
        if used.path in found:
            continue
        finding = events.get(used.path[:3]) or _unknown(used, known, sorted(flow.reading.assigned))
        if finding:
            found[used.path] = finding
            if used.path[0] == AUTOMATION and not _is_member(used.path, known):
                events[used.path[:3]] = finding
    return found


def _is_member(path: DataPath, known: Knowledge) -> bool:
    """Return whether a path leads into the sample data, as far as its event goes."""
    app, event = (*path[1:3], UNKNOWN, UNKNOWN)[:2]
    return known.app in (None, app) and event in (UNKNOWN, known.event)


def _unknown(used: Used, known: Knowledge, assigned: Sequence[str]) -> Finding | None:
    head = used.path[0]
    if head == SUBSCRIBER:
        return _unknown_field(used, known)
    if head == AUTOMATION:
        return _unknown_event(used, known)
    if head == UNKNOWN or head in EMAIL_NAMES:
        return None
    return _unknown_root(used, known, assigned)


def _unknown_field(used: Used, known: Knowledge) -> Finding | None:
    key = used.path[1] if len(used.path) > 1 else UNKNOWN
    fields = known.custom_fields
    if fields is None or key == UNKNOWN or key in fields or key in KIT_FIELDS:
        return None
    message = f"{shown(written(used.path[:2]))}: the account has no custom field {shown(key)}"
    advice = suggestion(key, [*fields, *KIT_FIELDS]) or (
        "Print a field that creators have, or let them choose one."
    )
    if key == "email":
        advice = f"Write {SUBSCRIBER}.email_address."
    return warning("liquid-variable", Place(offset=used.offset), message, advice)


def _unknown_event(used: Used, known: Knowledge) -> Finding | None:
    place = Place(offset=used.offset)
    app, event = (*used.path[1:3], UNKNOWN, UNKNOWN)[:2]
    expected = f"Write {AUTOMATION}.{known.app or '<app>'}.{known.event or '<event>'}.<field>."
    if known.event == "":
        problem = "the block is linked to no event plugin, so it is empty"
        expected = "Link the block to one in Kit's dashboard, or use subscriber."
    elif known.app is not None and app not in (UNKNOWN, known.app):
        problem = f"the app's identifier is {shown(known.app)}, not {shown(app)}"
    elif event in (UNKNOWN, known.event):
        return _unknown_member(used, known)
    elif event == known.identifier:
        problem = f"{event} is the block's own identifier, and the path has that of the linked event plugin"
    elif known.event is not None:
        problem = f"the linked event plugin is {shown(known.event)}, not {shown(event)}"
    else:
        return None
    return error("liquid-variable", place, f"{shown(written(used.path))}: {problem}", expected)


def _unknown_member(used: Used, known: Knowledge) -> Finding | None:
    fields = used.path[3:]
    missing = _first_missing(known.sample, fields) if known.sample is not None else None
    if missing is None:
        return None
    number, names = missing
    where = f" in {written(fields[:number])}" if number else ""
    message = f"{shown(written(used.path))}: the sample data has no {fields[number]}{where}"
    has = listed(names[:_MOST_NAMES], "and") if names else "no members"
    advice = suggestion(fields[number], names) or f"It has {has} there."
    # An event may have more inside a field than its sample shows, but no other fields.
    make = warning if number else error
    return make("liquid-variable", Place(offset=used.offset), message, advice)


def _first_missing(sample: object, fields: DataPath) -> tuple[int, Sequence[str]] | None:
    """Return the number of the first name that the sample lacks, and the names that are there."""
    values = [sample]
    for number, name in enumerate(fields):
        if name == UNKNOWN or any(value is None for value in values):
            return None
        found = [each for value in values for each in _members(value, name)]
        if name == "size" and number == len(fields) - 1:
            return None
        if not found:
            lists = [value for value in values if isinstance(value, list)]
            if name == ITEM and lists:
                return None  # an empty list shows nothing of its items
            return number, [
                each for value in values if isinstance(value, Mapping) for each in value
            ]
        values = found
    return None


def _members(value: object, name: str) -> Iterator[object]:
    if isinstance(value, list) and name in (ITEM, "first", "last"):
        yield from islice(value, _MOST_ITEMS)
    elif isinstance(value, Mapping) and name in value:
        yield value[name]
    elif isinstance(value, Mapping) and name == ITEM:
        # A loop over an object has its names and values.
        yield None


def _unknown_root(used: Used, known: Knowledge, assigned: Sequence[str]) -> Finding:
    head = used.path[0]
    place = Place(offset=used.offset)
    message = f"{shown(written(used.path))}: nothing gives {shown(head)} a value, so it is empty"
    fields = {*(known.custom_fields or ()), *KIT_FIELDS}
    if head in known.settings:
        message = (
            f"{shown(written(used.path))}: {head} is a setting, which no subscriber's email knows"
        )
        advice = "Print its value from your server."
    elif known.sample is not None and head in known.sample:
        app, event = known.app or "<app>", known.event or "<event>"
        advice = f"Write {AUTOMATION}.{app}.{event}.{written(used.path)}."
    elif head in fields:
        advice = f"Write {SUBSCRIBER}.{head}."
    elif head in _OTHER_ROOTS:
        advice = f"Kit has {SUBSCRIBER}.<field> and {AUTOMATION}.<app>.<event>.<field>."
    else:
        advice = suggestion(head, [SUBSCRIBER, AUTOMATION, *assigned]) or (
            f"Begin it with {SUBSCRIBER} or {AUTOMATION}, or assign it before."
        )
    return warning("liquid-variable", place, message, advice)


def missing_defaults(
    template: Template, flow: Flow, unknown: Collection[DataPath]
) -> Iterator[Finding]:
    """Find values that are printed without a default, and without a condition around that they are there.

    Paths that are wrong, ``unknown``, are left out.
    """
    for printed in flow.printed:
        value = printed.value
        if not value.origins or value.is_present or has_data(value, printed.guards):
            continue
        if not value.origins.isdisjoint(unknown):
            continue
        name = name_of(template, printed)
        message = f"{shown(name)} may be empty: nothing is printed then"
        if _is_beside(printed):
            message = (
                f"{shown(name)} is not among what the condition around tests: an event may lack it"
            )
            yield info("liquid-default", Place(offset=printed.offset), message, _default(name))
        else:
            yield warning("liquid-default", Place(offset=printed.offset), message, _default(name))


def name_of(template: Template, printed: Printed) -> str:
    """Return how a printed variable is written, or else the path of the data that it is made of."""
    piece = template.piece_at(printed.offset)
    name = piece.code.partition("|")[0].strip() if piece and not piece.tag else ""
    return name if _VARIABLE.fullmatch(name) else written(sorted(printed.value.origins)[0])


def _default(name: str) -> str:
    return (
        f'Write {{{{ {name} | default: "…" }}}}, or put '
        f"{{% if {name} != blank %}} … {{% endif %}} around the sentence."
    )


def _is_beside(printed: Printed) -> bool:
    """Return whether a condition around tests other data of the same event."""
    events = {guard[:3] for guard in printed.guards if guard[0] == AUTOMATION and len(guard) > 3}
    return all(path[:3] in events for path in printed.value.origins)


def empty_texts(flow: Flow) -> Iterator[Finding]:
    """Find conditions that hold for an empty text, too."""
    for tested in flow.tested:
        value, place = tested.value, Place(offset=tested.offset)
        fields = [path for path in sorted(value.origins) if path[0] == SUBSCRIBER]
        if not fields or value.is_present:
            continue
        name = written(fields[0])
        advice = "Write != blank after it."
        if value.path is None:
            message = f"a filter has made a text of {shown(name)}, and every text is true, an empty one too"
            yield warning("liquid-truth", place, message, advice)
        else:
            message = f"{shown(name)} is true when it is an empty text, too"
            yield info("liquid-truth", place, message, advice)


def preview_gaps(flow: Flow) -> Iterator[Finding]:
    """Find what Kit's preview leaves empty, which has no subscriber; each variable once."""
    seen: set[DataPath] = set()
    for unseen in flow.unseen:
        paths = sorted(unseen.paths - seen)
        seen.update(paths)
        if paths:
            message = f"Kit's preview shows nothing here: it has no {shown(written(paths[0]))}"
            advice = f"Show something in {{% else %}}. {_TEST_EMAIL}"
            yield info("liquid-preview", Place(offset=unseen.offset), message, advice)
    for printed in flow.printed:
        value = printed.value
        paths = [
            path for path in sorted(value.origins) if path[0] == SUBSCRIBER and path not in seen
        ]
        if paths and not value.is_present and not printed.is_hidden:
            seen.update(paths)
            message = f"Kit's preview leaves this empty: it has no {shown(written(paths[0]))}"
            yield info("liquid-preview", Place(offset=printed.offset), message, _TEST_EMAIL)
