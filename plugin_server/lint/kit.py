"""Rules of Kit: HTML that it rejects, and what it recommends.

https://developers.kit.com/plugins/content-blocks/plugin-security
https://developers.kit.com/plugins/content-blocks/plugin-recommendations

A block of this server must pass the much stricter ``rendering/gate.py``. These rules are for
anybody's HTML, and name no more than Kit does.
"""

import re
from collections.abc import Iterator

from plugin_server.findings.finding import Finding, error, info, warning
from plugin_server.lint.page import Element, Page
from plugin_server.lint.styles import Rule, declarations, inline, pixels, rules, sheet, tokens
from plugin_server.lint.urls import scheme
from plugin_server.rendering.limits import KIT_REJECTED_ELEMENTS

# The widest that Kit's emails are.
MAX_WIDTH = 600

_EVENT = re.compile(r"on[a-z]+")
_URL_ATTRIBUTES = frozenset(
    {"href", "src", "action", "formaction", "background", "poster", "data", "cite", "longdesc"}
    | {"xlink:href", "lowsrc", "dynsrc"}
)
_WIDTH = re.compile(r"\s*(\d+)(?:px)?\s*", re.ASCII)


def rejected_elements(page: Page) -> Iterator[Finding]:
    """Find the elements that Kit names."""
    for element in page.of(*KIT_REJECTED_ELEMENTS):
        yield error(
            "kit-element",
            element.place,
            f"Kit rejects HTML with <{element.tag}>",
            "Link to a page that has it.",
        )


def event_handlers(page: Page) -> Iterator[Finding]:
    """Find attributes such as ``onclick``, which are scripts."""
    for element in page.elements:
        for name in filter(_EVENT.fullmatch, element.attributes):
            yield error(
                "kit-event-handler",
                element.place,
                f"{name} on <{element.tag}> is a script, which Kit rejects",
                "Remove the attribute: no mail client runs it.",
            )


def scripting_urls(page: Page) -> Iterator[Finding]:
    """Find URLs that hold a program or a file instead of leading to one."""
    for element in page.elements:
        for name in _URL_ATTRIBUTES & element.attributes.keys():
            if (found := scheme(element.get(name))) in ("javascript", "vbscript", "data"):
                yield error(
                    "kit-address",
                    element.place,
                    f"{name} of <{element.tag}> is a {found}: URL, which Kit rejects",
                    "Put the file on a server and write its https URL."
                    if found == "data"
                    else "Write the https URL of a page.",
                )


def external_styles(page: Page) -> Iterator[Finding]:
    """Find style sheets that would have to be fetched."""
    advice = "Write the styles in style attributes."
    for element in page.of("link"):
        if "stylesheet" in element.get("rel").lower().split():
            yield error(
                "kit-external-css", element.place, "Kit rejects linked style sheets", advice
            )
    for element, rule in rules(page):
        if rule.keyword == "import":
            yield error("kit-external-css", element.place, "Kit rejects @import", advice)


def css_urls(page: Page) -> Iterator[Finding]:
    """Find ``url()`` in any CSS."""
    for element, declaration in declarations(page):
        if any(_is_url(token) for token in tokens(declaration.tokens)):
            yield error(
                "kit-css-url",
                element.place,
                f"{declaration.name} holds url(), which Kit rejects",
                "Use a color, or an image in an <img>.",
            )


def _is_url(token: object) -> bool:
    kind = getattr(token, "type", "")
    return (
        kind == "url"
        or (kind == "function" and getattr(token, "lower_name", "") == "url")
        or (kind == "error" and getattr(token, "kind", "") == "bad-url")
    )


def style_elements(page: Page) -> Iterator[Finding]:
    """Find rules in style elements that style attributes could hold: Gmail may drop the former."""
    for element in page.of("style"):
        plain = [r for r in sheet(element.source) if not r.keyword and not r.inside]
        if plain:
            yield warning(
                "style-not-inline",
                element.place,
                "a <style> holds rules outside a media query",
                "Write them in style attributes, as Kit recommends: some mail clients drop <style>.",
            )


def far_reaching_selectors(page: Page) -> Iterator[Finding]:
    """Find selectors in a block that would style the email around it."""
    if page.is_whole:
        return
    for element, rule in rules(page):
        if rule.keyword or not _reaches_out(rule):
            continue
        yield warning(
            "selector-not-own",
            element.place,
            "a selector without a class styles the whole email",
            "Give the element a class of its own, and select by it.",
        )


def _reaches_out(rule: Rule) -> bool:
    selectors: list[list[object]] = [[]]
    for part in rule.prelude:
        if part == ",":
            selectors.append([])
        else:
            selectors[-1].append(part)
    return not all("." in selector for selector in selectors)


def link_targets(page: Page) -> Iterator[Finding]:
    """Find links that do not open a page of their own."""
    for element in page.of("a", "area"):
        if "href" in element.attributes and element.get("target").lower() != "_blank":
            yield warning(
                "link-target",
                element.place,
                'a link without target="_blank"',
                "Add it, as Kit recommends: readers come back to the email.",
            )


def fixed_widths(page: Page) -> Iterator[Finding]:
    """Find elements that are wider than any email."""
    for element in page.elements:
        widest = max(_widths(element), default=0)
        if widest > MAX_WIDTH:
            yield warning(
                "too-wide",
                element.place,
                f"<{element.tag}> is {widest:g} px wide",
                f"Stay within {MAX_WIDTH} px, and use max-width, so that it fits on a phone.",
            )


def _widths(element: Element) -> Iterator[float]:
    if match := _WIDTH.fullmatch(element.get("width")[:20]):
        yield float(match[1])
    for declaration in inline(element.get("style")):
        if declaration.name in ("width", "min-width") and len(declaration.words) == 1:
            yield pixels(declaration.words[0]) or 0


def root_backgrounds(page: Page) -> Iterator[Finding]:
    """Find a block's root with a background of its own."""
    for element in page.elements:
        if page.is_whole or element.parent:
            continue
        names = {each.name for each in inline(element.get("style"))}
        if "bgcolor" in element.attributes or names & {"background", "background-color"}:
            yield info(
                "root-background",
                element.place,
                "the block's root has a background",
                "Leave it to the creator, as Kit recommends: the email has a background already.",
            )


def ids(page: Page) -> Iterator[Finding]:
    """Find ids in a block, which stand twice in an email that holds the block twice."""
    for element in page.elements:
        if "id" in element.attributes and not page.is_whole:
            yield info(
                "id",
                element.place,
                f"<{element.tag}> has an id",
                "Use a class: a block may stand twice in one email.",
            )
