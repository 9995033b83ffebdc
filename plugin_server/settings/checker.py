"""The whole check of a settings JSON: is it JSON, does it fit the schema, can it work."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from plugin_server.settings.findings import Finding, Severity, shown
from plugin_server.settings.positions import Document, NotJson, line_and_column, parse
from plugin_server.settings.rules import ANYONES, CHECKS, Check, Context
from plugin_server.settings.schema import Schema, bundled
from plugin_server.settings.sidebar import nodes


@dataclass(frozen=True)
class Located:
    """A finding with its line and column, both from 1."""

    finding: Finding
    line: int
    column: int


@dataclass(frozen=True)
class Report:
    """What was found in one text, in its order.

    ``findings`` are against the current schema and everything that no schema can say;
    ``published`` is what only the older schema that Kit prints would refuse. ``definition`` is
    the parsed JSON, ``None`` when the text is not JSON.
    """

    text: str
    definition: object
    findings: tuple[Located, ...]
    published: tuple[Located, ...] = ()

    def count(self, severity: Severity) -> int:
        """Return how many findings are of a severity."""
        return sum(located.finding.severity is severity for located in self.findings)

    @classmethod
    def unreadable(cls, reason: str) -> "Report":
        """Return the report of a file that cannot be read as text, which is a mistake in itself."""
        finding = Finding("not-text", (), reason, "Save it as UTF-8. Nothing else can be checked.")
        return cls("", None, (Located(finding, 1, 1),))

    @property
    def errors(self) -> tuple[Located, ...]:
        """The findings that fail the check."""
        return tuple(each for each in self.findings if each.finding.severity is Severity.ERROR)


def check(
    text: str,
    context: Context = ANYONES,
    *,
    schema: Schema | None = None,
    table: Sequence[Check] = CHECKS,
    published: bool = True,
) -> Report:
    """Check the text of a settings JSON.

    Args:
        text: what a developer would paste in Kit's dashboard.
        context: whose it is.
        schema: instead of the bundled ``current`` one.
        table: the checks of what a schema cannot say.
        published: whether to ask the older schema, too.

    Raises:
        SchemaUnusable: the given schema refers to something that it does not hold.
    """
    try:
        document = parse(text)
    except NotJson as error:
        finding = Finding("not-json", (), str(error), "Nothing else can be checked before it.")
        return Report(text, None, (Located(finding, *line_and_column(text, error.offset)),))
    refused = (schema or bundled("current")).findings(document.value)
    sidebar = list(nodes(document.value))
    found = [*refused, *(each for check_ in table for each in check_(sidebar, context))]
    told = {finding.path for finding in refused}
    older = bundled("published").findings(document.value) if published else []
    return Report(
        text,
        document.value,
        _in_order([*_duplicate_keys(document), *_locate(document, found)]),
        _in_order(_locate(document, (each for each in older if each.path not in told))),
    )


def _locate(document: Document, findings: Iterable[Finding]) -> Iterator[Located]:
    for finding in dict.fromkeys(findings):
        offset = document.offset(finding.path, key=finding.at_key)
        yield Located(finding, *line_and_column(document.text, offset))


def _duplicate_keys(document: Document) -> Iterator[Located]:
    for path, offset in document.duplicates:
        finding = Finding(
            "duplicate-key",
            path,
            f"{shown(path[-1])} is written twice in this object, and only the last one counts",
            "Remove one of them.",
        )
        yield Located(finding, *line_and_column(document.text, offset))


def _in_order(located: Iterable[Located]) -> tuple[Located, ...]:
    return tuple(sorted(located, key=lambda each: (each.line, each.column)))
