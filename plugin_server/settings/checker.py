"""Validates a settings JSON: whether it is JSON, fits the schema, and can work."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from plugin_server.findings.finding import START, Finding, Place, Severity, error
from plugin_server.findings.lines import Lines
from plugin_server.findings.wording import shown
from plugin_server.settings.json_parser import Document, NotJson, parse
from plugin_server.settings.rules import ANYONES, CHECKS, Check, Context
from plugin_server.settings.schema import Schema, bundled
from plugin_server.settings.sidebar import nodes


@dataclass(frozen=True)
class Report:
    """The findings in one text, in its order.

    ``findings`` are against the current schema and everything that no schema can say;
    ``published`` is what only the older schema that Kit prints would refuse. ``definition`` is
    the parsed JSON, ``None`` when the text is not JSON.
    """

    text: str
    definition: object
    findings: tuple[Finding, ...]
    published: tuple[Finding, ...] = ()

    @classmethod
    def unreadable(cls, reason: str) -> "Report":
        """Return the report of a file that cannot be read as text, which is a mistake in itself."""
        place, advice = replace(START, path=()), "Save it as UTF-8. Nothing else can be checked."
        return cls("", None, (error("not-text", place, reason, advice),))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that fail the check."""
        return tuple(each for each in self.findings if each.severity is Severity.ERROR)


def check(
    text: str,
    context: Context = ANYONES,
    *,
    schema: Schema | None = None,
    table: Sequence[Check] = CHECKS,
    published: bool = True,
) -> Report:
    """Validate the text of a settings JSON.

    Args:
        text: what a developer would paste in Kit's dashboard.
        context: whose it is.
        schema: instead of the bundled ``current`` one.
        table: the checks of what a schema cannot say.
        published: whether to validate against the older schema, too.

    Raises:
        SchemaUnusable: the given schema refers to something that it does not hold.
    """
    try:
        document = parse(text)
    except NotJson as wrong:
        advice = "Nothing else can be checked before it."
        not_json = error("not-json", Place(path=()), str(wrong), advice)
        return Report(text, None, (Lines(text).locate(not_json, wrong.offset),))
    refused = (schema or bundled("current")).findings(document.value)
    sidebar = list(nodes(document.value))
    found = [*refused, *(each for check_ in table for each in check_(sidebar, context))]
    reported = {finding.place.path for finding in refused}
    older = bundled("published").findings(document.value) if published else []
    return Report(
        text,
        document.value,
        _located(document, [*_duplicate_keys(document), *found]),
        _located(document, (each for each in older if each.place.path not in reported)),
    )


def _located(document: Document, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, each once, with their lines and columns, in the order of the text."""
    lines = Lines(document.text)
    # No finding but a repeated key has an offset yet.
    located = [
        each
        if each.place.file  # it is in the block's module or template
        else lines.locate(each, each.place.offset or document.offset(each.place))
        for each in dict.fromkeys(findings)
    ]
    return tuple(sorted(located, key=_order))


def _order(finding: Finding) -> tuple[bool, str, int, int]:
    """Sort findings in the block's module and template before those in the settings JSON."""
    place = finding.place
    return not place.file, place.file, place.line, place.column


def _duplicate_keys(document: Document) -> Iterator[Finding]:
    for path, offset in document.duplicates:
        yield error(
            "duplicate-key",
            Place(path=path, offset=offset),
            f"{shown(path[-1])} is written twice in this object, and only the last one counts",
            "Remove one of them.",
        )
