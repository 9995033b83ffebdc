"""Rules on accessibility: screen readers, headings, languages and text direction; images have their own."""

from collections.abc import Iterator

from plugin_server.findings.finding import Finding, error, info, warning
from plugin_server.lint.page import HIDDEN, Element, Page
from plugin_server.rendering.text import direction

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LAYOUT = frozenset({"presentation", "none"})
_LISTS = frozenset({"menu", "ol", "ul"})
_IN_LISTS = frozenset({"li", "script", "template"})
_TABLE_PARTS = frozenset({"th", "caption"})
# Texts without meaning in a list of links, as screen readers offer it.
_VAGUE = frozenset(
    {"click", "click here", "click this", "here", "link", "this", "this link", "more", "tap here"}
)


def link_texts(page: Page) -> Iterator[Finding]:
    """Find links that do not say where they lead."""
    for element in page.of("a"):
        if "href" not in element.attributes:
            continue
        said, has_image = _spoken(element)
        if not said and has_image:
            yield error(
                "image-alt-link",
                element.place,
                "a linked image without a text of its own",
                "Say in its alt where the link leads.",
            )
        elif not said:
            yield error("link-empty", element.place, "a link without text", "Say where it leads.")
        elif said.lower().strip(" .!→»>") in _VAGUE:
            yield warning(
                "link-vague",
                element.place,
                f'a link that says "{said}"',
                "Say where it leads: screen readers list links without the words around them.",
            )


def _spoken(link: Element) -> tuple[str, bool]:
    """Return the text that a screen reader speaks for a link, and whether it holds an image."""
    texts = [link.get("aria-label"), link.get("title")]
    has_image = False
    for child in link.descendants():
        if isinstance(child, str):
            texts.append(child)
        elif child.tag == "img":
            has_image = True
            texts.append(child.get("alt"))
    return " ".join(" ".join(texts).split()), has_image


def table_roles(page: Page) -> Iterator[Finding]:
    """Find tables that are read out as data although they are layout, or the reverse."""
    data = _data_tables(page)
    for element in page.of("table"):
        is_layout = element.get("role").lower().strip() in _LAYOUT
        if is_layout and element in data:
            yield warning(
                "table-layout-data",
                element.place,
                "a layout table with a heading cell, a caption or a summary",
                "Remove them, or the role when it really is a table of data.",
            )
        elif not is_layout and element not in data:
            yield warning(
                "table-role",
                element.place,
                'a layout table without role="presentation"',
                "Add it: screen readers count the rows and columns of every table else.",
            )


def _data_tables(page: Page) -> set[Element]:
    """Return the tables that hold what only a table of data has."""
    found: set[Element] = set()
    outside: Element | None = None
    around = page.inherited(outside, lambda each, above: each if each.tag == "table" else above)
    for element, table in around:
        if table and (element.tag in _TABLE_PARTS or "summary" in element.attributes):
            found.add(table)
    return found


def headings(page: Page) -> Iterator[Finding]:
    """Find headings that break the outline of the email around."""
    last = 0
    for element in page.of(*_HEADINGS):
        level = int(element.tag[1])
        if level == 1 and not page.is_whole:
            yield warning(
                "heading-first", element.place, "a block with an h1", "Use h2: h1 is the email's."
            )
        elif last and level > last + 1:
            yield warning(
                "heading-skipped",
                element.place,
                f"{element.tag} after h{last}",
                f"Use h{last + 1}: readers who jump between headings look for it.",
            )
        last = level


def lists(page: Page) -> Iterator[Finding]:
    """Find lists that are read out without their number of items, and items that are in no list."""
    for element in page.elements:
        above = element.parent.tag if element.parent else ""
        if element.tag == "li" and above not in _LISTS:
            yield warning(
                "list-item",
                element.place,
                "an <li> outside of a list",
                "Put it directly into a <ul> or <ol>: screen readers say how many items a list has.",
            )
        elif above in _LISTS and element.tag not in _IN_LISTS:
            yield warning(
                "list-content",
                element.place,
                f"a <{element.tag}> between the items of a list",
                "Put it into an <li>: lists consist of items, and of nothing else.",
            )


def text_directions(page: Page) -> Iterator[Finding]:
    """Find right-to-left text that nothing says is right-to-left."""
    for element, given in page.inherited("", _direction):
        text = "" if element.tag in HIDDEN else element.own_text
        if given not in ("rtl", "auto") and direction(text) == "rtl":
            yield warning(
                "text-direction",
                element.place,
                f'right-to-left text without dir="rtl" in <{element.tag}>',
                "Add it to the element or to one around: full stops and numbers move otherwise.",
            )


def _direction(element: Element, above: str) -> str:
    return element.get("dir").lower().strip() or above


def languages(page: Page) -> Iterator[Finding]:
    """Find whole emails that do not say in which language they are."""
    for element in page.of("html"):
        if page.is_whole and not element.get("lang").strip():
            yield warning(
                "language",
                element.place,
                "an email without lang",
                'Add it to <html>, such as lang="en": screen readers choose a voice by it.',
            )
        if page.is_whole and not element.get("dir").strip():
            yield info(
                "direction",
                element.place,
                "an email without dir",
                'Add dir="ltr" or dir="rtl" to <html>.',
            )
