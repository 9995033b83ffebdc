"""Everything that the Checks tab says about a block's last answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from plugin_server.lint.findings import Severity
from plugin_server.lint.linter import lint
from plugin_server.sandbox.checks.contract import html_faults, search_faults
from plugin_server.sandbox.checks.findings import Remark, error
from plugin_server.sandbox.checks.kit_rules import find_refusals
from plugin_server.sandbox.client.exchange import Exchange

# Gmail cuts an email off near here, and what it cuts off counts as unread.
GMAIL_CLIPS = 102 * 1024

# The lint's codes on who cannot read or use a block; the others are on mail clients and addresses.
_ACCESSIBILITY = frozenset(
    {"contrast", "direction", "font-size", "heading-first", "heading-skipped", "image-alt"}
    | {"image-alt-link", "language", "link-empty", "link-vague", "table-layout-data"}
    | {"table-role", "text-direction"}
)


@dataclass(frozen=True)
class Group:
    """The remarks on one subject, what is said without any, and whether they are on mail clients."""

    title: str
    remarks: tuple[Remark, ...]
    good: str = "Nothing to mend."
    of_clients: bool = False

    @property
    def loud(self) -> list[Remark]:
        """Errors first, then warnings."""
        found = [each for each in self.remarks if each.severity is not Severity.INFO]
        return sorted(found, key=lambda each: each.severity is Severity.WARNING)

    @property
    def quiet(self) -> list[Remark]:
        """What is good to know."""
        return [each for each in self.remarks if each.severity is Severity.INFO]


@dataclass(frozen=True)
class Size:
    """How much of what Gmail shows is used; all in bytes."""

    block: int
    email: int
    limit: int = GMAIL_CLIPS

    @property
    def share(self) -> int:
        """The email's part of the limit, in percent."""
        return round(self.email * 100 / self.limit)


def groups(answers: dict[str, Exchange], clients: Sequence[str]) -> list[Group]:
    """Return what there is to say about a block's last answers, by subject.

    Args:
        answers: by role, as ``ExchangeHistory.of_block`` returns them.
        clients: names of the mail clients that matter, keys of ``compat().clients``.
    """
    found: list[Group] = []
    if (html := answers.get("html")) is not None:
        found += _of_html(html, tuple(clients))
    for role, exchange in answers.items():
        if role != "html":
            found.append(_of_search(role, exchange))
    return found


def _of_html(exchange: Exchange, clients: tuple[str, ...]) -> list[Group]:
    contract = Group("Answer", tuple(html_faults(exchange)), "It has the shape that Kit asks for.")
    html = source_of(exchange)
    if html is None:
        return [contract]
    refused = tuple(
        error(f"Kit refuses {each.what}", each.hint, each.line) for each in find_refusals(html)
    )
    linted = _linted(html, clients)
    structure = tuple(remark for code, remark in linted if code.startswith("html-"))
    return [
        Group("Kit", refused, "Kit refuses nothing of it."),
        contract,
        Group("HTML", structure, "Every tag has its place and its end."),
        Group("Accessibility", tuple(remark for code, remark in linted if code in _ACCESSIBILITY)),
        Group(
            "Mail clients",
            tuple(
                remark
                for code, remark in linted
                if code not in _ACCESSIBILITY and not code.startswith("html-")
            ),
            of_clients=True,
        ),
    ]


@lru_cache(maxsize=32)
def _linted(html: str, clients: tuple[str, ...]) -> tuple[tuple[str, Remark], ...]:
    # What Kit refuses is told by the sandbox's own rules.
    return tuple(
        (finding.code, Remark.of(finding))
        for finding in lint(html, clients)
        if not finding.code.startswith("kit-")
    )


def _of_search(name: str, exchange: Exchange) -> Group:
    return Group(f"Search of {name}", tuple(search_faults(exchange)))


def source_of(exchange: Exchange) -> str | None:
    """Return the HTML that an answer holds, refused or not; ``None`` when it holds none."""
    html = exchange.response_json.get("html") if isinstance(exchange.response_json, dict) else None
    return html if isinstance(html, str) else None
