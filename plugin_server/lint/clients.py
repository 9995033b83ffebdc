"""Rules on mail clients: features that a page uses and some clients do not support."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from plugin_server.findings.finding import Finding, Place, Severity, warning
from plugin_server.lint.advice import advice
from plugin_server.lint.compat import Feature, Support, compat
from plugin_server.lint.features import uses
from plugin_server.lint.page import Element, Page
from plugin_server.lint.styles import Declaration, declarations, inline, pixels, tokens

# What every email should have although some clients ignore it: nothing is lost there, so a finding
# is no reason to change anything.
_RIGHT_ANYWAY = frozenset({"html-body", "html-dir", "html-lang", "html-role", "html-target"})
_CELLS = frozenset({"td", "th"})
_PADDING = re.compile("padding(?:-(?:top|right|bottom|left))?")
_BORDER = re.compile("border(?:-(?:top|right|bottom|left))?(?:-width)?")
_THICKEST = 8
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
    if "outlook" in clients:
        yield from _ignored_by_word(page)


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


def _ignored_by_word(page: Page) -> Iterator[Finding]:
    """Find what classic Outlook, which draws by Word, ignores where it stands: once for each kind of it.

    https://www.caniemail.com/features/css-padding/ (note 1),
    https://www.caniemail.com/features/css-border/ (notes 1 and 2)
    """
    found: dict[tuple[str, str, str], list[Place]] = {}
    for element in page.elements:
        for declaration in inline(element.get("style")):
            for kind in _word_ignores(element, declaration):
                found.setdefault(kind, []).append(element.place)
    for (slug, what, instead), places in found.items():
        times = f", used {len(places)} times" if len(places) > 1 else ""
        yield Finding(
            "client-ignores",
            Severity.WARNING,
            places[0],
            f"classic Outlook ignores {what}{times}",
            instead,
            slug,
            "outlook",
            compat().features[slug].url,
        )


def _word_ignores(element: Element, declaration: Declaration) -> Iterator[tuple[str, str, str]]:
    """Yield a feature, what of it is ignored here, and what to write instead."""
    sizes = [pixels(word) or 0 for word in declaration.words]
    tag = element.tag
    if _PADDING.fullmatch(declaration.name) and any(sizes) and not _has_padding_in_word(element):
        what = f"padding on <{tag}>"
        yield "css-padding", what, "Put it on a table cell around it, or write margin."
    if _BORDER.fullmatch(declaration.name) and any(sizes):
        if tag in ("div", "p"):
            what = f"some borders on <{tag}>"
            yield "css-border", what, "Put the border on a table cell around it."
        if max(sizes) > _THICKEST:
            what = f"what is over {_THICKEST} px of a border"
            yield "css-border", what, f"Use at most {_THICKEST} px, or a cell with a background."


def _has_padding_in_word(element: Element) -> bool:
    """Return whether an element is a cell, or a button in a cell that has the same padding for Word."""
    around = inline(element.parent.get("style")) if element.parent else ()
    return element.tag in _CELLS or any(each.name == "mso-padding-alt" for each in around)


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
