"""The findings of the Checks tab: a block's last responses, by subject."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from plugin_server.findings.finding import NOWHERE, Finding, Severity, error
from plugin_server.lint.linter import lint
from plugin_server.lint.liquid.knowledge import NOTHING_KNOWN, Knowledge
from plugin_server.rendering.limits import GMAIL_CLIPS_AT
from plugin_server.sandbox.checks.contract import html_findings, search_findings
from plugin_server.sandbox.checks.kit_rules import find_refusals
from plugin_server.sandbox.checks.liquid import in_sent, liquid_findings
from plugin_server.sandbox.client.exchange import DEVELOPER_ERROR, Exchange
from plugin_server.sandbox.liquid.rendering import Sent

# The lint's codes on who cannot read or use a block; the others are on mail clients and URLs.
_ACCESSIBILITY = frozenset(
    {"contrast", "direction", "font-size", "heading-first", "heading-skipped", "image-alt"}
    | {"image-alt-link", "language", "link-empty", "link-vague", "list-content"}
    | {"list-item", "table-layout-data", "table-role", "text-direction"}
)


@dataclass(frozen=True)
class Group:
    """The findings on one subject, the text without any, and whether they are on mail clients."""

    title: str
    findings: tuple[Finding, ...]
    good: str = "No problems found."
    of_clients: bool = False

    @property
    def problems(self) -> list[Finding]:
        """Errors first, then warnings."""
        found = [each for each in self.findings if each.severity is not Severity.INFO]
        return sorted(found, key=lambda each: each.severity is Severity.WARNING)

    @property
    def infos(self) -> list[Finding]:
        """What is good to know."""
        return [each for each in self.findings if each.severity is Severity.INFO]


@dataclass(frozen=True)
class Size:
    """The size of a block and its email beside Gmail's limit; all in bytes."""

    block: int
    email: int
    limit: int = GMAIL_CLIPS_AT

    @property
    def share(self) -> int:
        """The email's part of the limit, in percent."""
        return round(self.email * 100 / self.limit)


def groups(
    exchanges: dict[str, Exchange],
    clients: Sequence[str],
    sent: Mapping[str, Sent] | None = None,
    known: Knowledge = NOTHING_KNOWN,
) -> list[Group]:
    """Return the findings in a block's last responses, by subject.

    Args:
        exchanges: by role, as ``Exchanges.of_block`` returns them.
        clients: names of the mail clients that matter, keys of ``compat().clients``.
        sent: what each reader gets of a dynamic block, whose HTML is then what is checked, not the Liquid.
        known: what the variables of its Liquid are compared with.
    """
    found: list[Group] = []
    if (html := exchanges.get("html")) is not None:
        found += _of_html(html, tuple(clients), sent, known)
    for role, exchange in exchanges.items():
        if role != "html":
            found.append(_of_search(role, exchange))
    return found


def _of_html(
    exchange: Exchange,
    clients: tuple[str, ...],
    sent: Mapping[str, Sent] | None,
    known: Knowledge,
) -> list[Group]:
    contract = Group(
        "Response", tuple(html_findings(exchange)), "It has the shape that Kit requires."
    )
    html = source_of(exchange)
    if html is None:
        return [*_refused_by_server(exchange), contract]
    refused = find_refusals(html)
    linted: Sequence[Finding] = ()
    liquid = []
    if sent is None:
        linted = _linted(html, clients)
    else:
        found = tuple(liquid_findings(html, sent, known))
        liquid = [Group("Liquid", found, "It can be rendered for every reader.")]
        refused = tuple(dict.fromkeys((*refused, *in_sent(html, sent, find_refusals))))
        linted = in_sent(html, sent, partial(_linted, clients=clients))
    refused = tuple(replace(each, message=f"Kit refuses {each.message}") for each in refused)
    by_title: dict[str, list[Finding]] = {"HTML": [], "Accessibility": [], "Mail clients": []}
    for finding in linted:
        is_structure = finding.code.startswith("html-")
        of_readers = "Accessibility" if finding.code in _ACCESSIBILITY else "Mail clients"
        by_title["HTML" if is_structure else of_readers].append(finding)
    return [
        Group("Kit", refused, "Kit refuses nothing of it."),
        contract,
        *liquid,
        Group("HTML", tuple(by_title["HTML"]), "Every tag has its place and its end."),
        Group("Accessibility", tuple(by_title["Accessibility"])),
        Group("Mail clients", tuple(by_title["Mail clients"]), of_clients=True),
    ]


def _refused_by_server(exchange: Exchange) -> Iterator[Group]:
    """Yield why Kit gets no HTML, if that is because the server's own rules keep it back."""
    if exchange.header(DEVELOPER_ERROR) == "refused":
        sentences = (f"Kit gets no HTML: {each}" for each in exchange.errors)
        yield Group("Kit", tuple(error("kit-refuses", NOWHERE, each) for each in sentences))


@lru_cache(maxsize=64)
def _linted(html: str, clients: tuple[str, ...]) -> tuple[Finding, ...]:
    # What Kit refuses, the sandbox's own rules report.
    return tuple(finding for finding in lint(html, clients) if not finding.code.startswith("kit-"))


def _of_search(name: str, exchange: Exchange) -> Group:
    return Group(f"Search of {name}", tuple(search_findings(exchange)))


def source_of(exchange: Exchange) -> str | None:
    """Return the HTML in a response, refused or not; ``None`` when there is none."""
    html = exchange.response_json.get("html") if isinstance(exchange.response_json, dict) else None
    return html if isinstance(html, str) else None
