"""Checks of a settings JSON beyond its schema: names, options, ranges, defaults and URLs.

Each check takes the whole sidebar and yields its findings; ``CHECKS`` is the table of all of them.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from urllib.parse import SplitResult, urlsplit

from plugin_server.config.hosts import is_host, is_loopback, why_not_public
from plugin_server.findings.finding import Finding, Place, Severity, error, json_path, warning
from plugin_server.findings.wording import listed, shown
from plugin_server.settings import conditions
from plugin_server.settings.sidebar import Node

_RADIO_LABELS = 28
_LONGEST_NAME = 64
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNUSABLE = re.compile(r"^\s|\s$|[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Context:
    """Whose settings JSON is checked.

    Attributes:
        block: the block of this server that it belongs to; ``None``: anyone's. A block's own file
            holds ``request_url``s as paths of this server.
        base_url: this server's public URL.
        endpoints: the paths of this server's search endpoints; a URL of this server must be
            one of them.
        loopback: accept ``http`` URLs of this machine, as the sandbox does.
    """

    block: str | None = None
    base_url: str | None = None
    endpoints: frozenset[str] = frozenset()
    loopback: bool = False


ANYONES = Context()
Check = Callable[[Sequence[Node], Context], Iterator[Finding]]


def check_names(sidebar: Sequence[Node], context: Context) -> Iterator[Finding]:
    """Names that two settings share, that break a request, or that are awkward in code."""
    seen: dict[str, Node] = {}
    for node in sidebar:
        if not node.name:
            continue
        place = Place(path=(*node.path, "name"))
        if node.name in seen:
            first = json_path(seen[node.name].path)
            yield error(
                "duplicate-name",
                place,
                f"{shown(node.name)} is already the name of {first}",
                "Give each its own name, across groups too: their values share one object.",
            )
        seen.setdefault(node.name, node)
        if len(node.name) > _LONGEST_NAME:
            yield warning(
                "long-name",
                place,
                f"a name of {len(node.name)} characters is hard to work with",
                f"Use at most {_LONGEST_NAME}.",
            )
        if _UNUSABLE.search(node.name):
            yield error(
                "unusable-name",
                place,
                f"{shown(node.name)} has spaces around it, or invisible characters",
                "Use letters, digits and underscores.",
            )
        elif not _NAME.fullmatch(node.name):
            better = re.sub(r"\W+", "_", node.name, flags=re.ASCII).strip("_").lower()
            yield warning(
                "awkward-name",
                place,
                f"{shown(node.name)} is not a name that code and templates can use unchanged",
                f"Use letters, digits and underscores, such as {shown(better or 'title')}.",
            )


def check_options(sidebar: Sequence[Node], context: Context) -> Iterator[Finding]:
    """Options with the same value, or with labels that a creator cannot distinguish."""
    for node in sidebar:
        for member, severity, code in (
            ("value", Severity.ERROR, "duplicate-option"),
            ("label", Severity.WARNING, "duplicate-label"),
        ):
            seen: set[str] = set()
            for index, option in node.objects("options"):
                text = option.get(member)
                if not isinstance(text, str):
                    continue
                if text in seen:
                    yield Finding(
                        code,
                        severity,
                        Place(path=(*node.path, "options", index, member)),
                        f"another option of this setting has the {member} {shown(text)} too",
                        f"Give each option its own {member}.",
                    )
                seen.add(text)


def check_radio_labels(sidebar: Sequence[Node], context: Context) -> Iterator[Finding]:
    """Radio buttons that do not fit in one row of Kit's sidebar."""
    for node in sidebar:
        if node.type != "radioGroup":
            continue
        labels = [option.get("label") for _, option in node.objects("options")]
        total = sum(len(label) for label in labels if isinstance(label, str))
        if total > _RADIO_LABELS:
            yield error(
                "radio-labels",
                Place(path=(*node.path, "options")),
                f"the labels have {total} characters together; Kit takes {_RADIO_LABELS}",
                "Shorten them, or use a select. Kit says nothing but 422.",
            )


def check_ranges(sidebar: Sequence[Node], context: Context) -> Iterator[Finding]:
    """Limits in the wrong order, and steps that do not lead from one limit to the other."""
    for node in sidebar:
        low, high, step = node.number("min"), node.number("max"), node.number("step")
        if low is None or high is None:
            continue
        slides = node.type == "slider"
        if low > high or (slides and low == high):
            yield error(
                "empty-range",
                Place(path=(*node.path, "max")),
                f"the largest value, {high}, is not above the smallest, {low}",
                f'Write a "max" above {low}, or a lower "min".',
            )
        elif slides and step and step > 0 and not _on_grid(high, low, step):
            yield warning(
                "uneven-step",
                Place(path=(*node.path, "step")),
                f"steps of {step} from {low} do not arrive at {high}",
                "Write a step that divides the range, or creators cannot choose the largest value.",
            )


def _on_grid(value: float, low: float, step: float) -> bool:
    # By way of text: 0.3 is three steps of 0.1 for a creator, but not in binary.
    # As fractions: a decimal's remainder raises once the quotient has more than 28 digits.
    exact = [Fraction(str(number)) for number in (value, low, step)]
    return (exact[0] - exact[1]) % exact[2] == 0


def check_defaults(sidebar: Sequence[Node], context: Context) -> Iterator[Finding]:
    """Defaults that a creator could not have entered."""
    for node in sidebar:
        default = node.members.get("default")
        problem = None
        if node.type == "radioGroup" and isinstance(default, str):
            problem = _not_an_option(default, node.option_values())
        elif node.type == "slider" and (number := node.number("default")) is not None:
            problem = _off_the_slider(number, node)
        elif node.type == "textarea" and isinstance(default, str):
            limit = node.number("max_length")
            if limit is not None and len(default) > limit:
                problem = (
                    f'has {len(default)} characters, over the "max_length" of {limit}',
                    f"Shorten it to {limit} characters.",
                )
        if problem:
            yield error("default-impossible", Place(path=(*node.path, "default")), *problem)


def _not_an_option(default: str, values: Sequence[str]) -> tuple[str, str] | None:
    if default in values or not values:
        return None
    return (
        f"{shown(default)} is not the value of an option",
        f"Write one of {listed([shown(value) for value in values])}.",
    )


def _off_the_slider(default: float, node: Node) -> tuple[str, str] | None:
    low, high, step = node.number("min"), node.number("max"), node.number("step")
    if low is None or high is None or low >= high:
        return None
    if not low <= default <= high:
        return f"{default} is not within {low} and {high}", f"Write a number from {low} to {high}."
    if step and step > 0 and not _on_grid(default, low, step):
        return (
            f"{default} is not on a step: they go from {low} by {step}",
            f"Write {low} plus a multiple of {step}.",
        )
    return None


def check_request_urls(sidebar: Sequence[Node], context: Context) -> Iterator[Finding]:
    """Search URLs that Kit cannot call, or that are not a search endpoint of this server."""
    for node in sidebar:
        url = node.members.get("request_url")
        if node.type == "search" and isinstance(url, str) and url.strip():
            problem = (
                _own_path(url, node, context) if context.block else _absolute(url, node, context)
            )
            place = Place(path=(*node.path, "request_url"))
            hidden = "" if problem or context.block else _why_unreachable(url)
            if problem:
                yield error("request-url", place, *problem)
            elif hidden and not context.loopback:
                yield warning(
                    "private-request-url",
                    place,
                    f"{shown(url)} {hidden}, where Kit's servers cannot call it",
                    "Write the URL at which your server is reached from everywhere.",
                )


def _own_path(url: str, node: Node, context: Context) -> tuple[str, str] | None:
    endpoint = f"/blocks/{context.block}/search/{node.name}"
    if url == endpoint:
        return None
    return f"{shown(url)} is not the search endpoint of this setting", f"Write {shown(endpoint)}."


def _absolute(url: str, node: Node, context: Context) -> tuple[str, str] | None:
    parts = _split(url)
    local = parts is not None and parts.scheme == "http" and is_loopback(parts.hostname or "")
    if parts is None or not (parts.scheme == "https" or (local and context.loopback)):
        sandbox = " The sandbox accepts it: check with --sandbox." if local else ""
        return (
            f"{shown(url)} is not an absolute https URL",
            f'Write where Kit finds your server, such as "https://blocks.example.com/…".{sandbox}',
        )
    own = _split(context.base_url or "")
    if own is None or _origin(parts) != _origin(own):
        return None
    path = parts.path.removeprefix(own.path.rstrip("/"))
    fitting = sorted(each for each in context.endpoints if each.endswith(f"/search/{node.name}"))
    if path in fitting and not (parts.query or parts.fragment):
        return None
    base = (context.base_url or "").rstrip("/")
    return (
        f"{shown(url)} leads to this server, but not to a search endpoint of this setting",
        f"Write {listed([shown(base + each) for each in fitting])}."
        if fitting
        else f"No block of this server has a search setting named {shown(node.name)}.",
    )


def _origin(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, parts.port or {"http": 80}.get(parts.scheme, 443)


def _why_unreachable(url: str) -> str:
    parts = _split(url)
    return why_not_public(parts.hostname or "") if parts else ""


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        usable = is_host(parts.hostname or "") and parts.port != 0 and not re.search(r"[\s\\]", url)
    except ValueError:
        return None
    return parts if usable else None


def check_conditions(sidebar: Sequence[Node], context: Context) -> Iterator[Finding]:
    """Dependencies that cannot be met."""
    for check in conditions.CHECKS:
        yield from check(sidebar)


CHECKS: tuple[Check, ...] = (
    check_names,
    check_options,
    check_radio_labels,
    check_ranges,
    check_defaults,
    check_request_urls,
    check_conditions,
)
