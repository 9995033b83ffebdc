"""Rules on mail clients: features that a page uses and some clients do not support."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from plugin_server.findings.finding import Finding, Place, Severity, warning
from plugin_server.lint.advice import advice
from plugin_server.lint.compat import Feature, Support, compat
from plugin_server.lint.features import uses
from plugin_server.lint.page import Page
from plugin_server.lint.styles import declarations, tokens

# What every email should have although some clients ignore it: nothing is lost there, so a finding
# is no reason to change anything.
_RIGHT_ANYWAY = frozenset({"html-body", "html-dir", "html-lang", "html-role", "html-target"})
_LEVELS = {
    "n": ("client-unsupported", Severity.WARNING, "does not support {title}"),
    "a": ("client-partial", Severity.INFO, "supports {title} in part"),
    "y": ("client-note", Severity.INFO, "supports {title}, with something to know"),
}


def client_findings(page: Page, clients: Sequence[str]) -> Iterator[Finding]:
    """Find what some clients do not support: once for each feature and client, at its first use."""
    known = compat()
    places: dict[str, list[Place]] = {}
    for slug, place in uses(page):
        if slug in known.features:
            places.setdefault(slug, []).append(place)
    for slug, found in places.items():
        for client in clients:
            yield from _of_client(known.features[slug], client, found)


def _of_client(feature: Feature, client: str, places: Sequence[Place]) -> Iterator[Finding]:
    platforms = sorted(feature.support.get(client, ()), key=lambda each: each.level)
    for level, group in groupby(platforms, key=lambda each: each.level):
        code, severity, said = _LEVELS.get(level, _LEVELS["a"])
        if feature.slug in _RIGHT_ANYWAY:
            severity = Severity.INFO
        supports = tuple(group)
        names = ", ".join(sorted(each.platform for each in supports))
        times = f", used {len(places)} times" if len(places) > 1 else ""
        yield Finding(
            code,
            severity,
            places[0],
            f"{compat().clients[client]} ({names}) {said.format(title=feature.title)}{times} "
            f"(tested {feature.tested})",
            " ".join((*_notes(supports), advice(feature.slug))),
            feature.slug,
            client,
            feature.url,
        )


def _notes(supports: Sequence[Support]) -> Iterator[str]:
    """Yield what was noted of any of the platforms, each once, as a sentence."""
    for note in dict.fromkeys(note for each in supports for note in each.notes):
        yield note if note.endswith((".", "!", "?")) else f"{note}."


def fragile_colors(page: Page) -> Iterator[Finding]:
    """Find spellings of colors over which clients drop more than the color.

    Gmail drops a whole style attribute over spaces within ``rgb()``, Word a declaration with
    ``hsl()``, which caniemail does not cover:
    https://www.caniemail.com/features/css-rgb/ (note 3),
    https://github.com/resend/react-email/issues/2947
    """
    for place, token in _functions(page):
        if token.lower_name in ("hsl", "hsla"):
            yield warning(
                "color-hsl", place, "classic Outlook drops hsl()", "Write colors as #rrggbb."
            )
        elif token.lower_name in ("rgb", "rgba") and "," not in token.arguments:
            yield warning(
                "color-rgb-spaces",
                place,
                "Gmail drops all styles beside a color without commas",
                "Write colors as #rrggbb.",
            )


def _functions(page: Page) -> Iterator[tuple[Place, Any]]:
    for element, declaration in declarations(page):
        for token in tokens(declaration.tokens):
            if token.type == "function":
                yield element.place, token
