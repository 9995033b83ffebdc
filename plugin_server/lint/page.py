"""A page to lint: the tree that mail clients would parse from a source, with places."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from selectolax.lexbor import LexborHTMLParser, LexborNode

from plugin_server.findings.finding import START, Place
from plugin_server.findings.lines import Lines
from plugin_server.rendering.source.structure import MAX_DEPTH, is_whole
from plugin_server.rendering.source.tokens import Token, tokenize

# Elements that end by themselves, or have no content: they do not make a tree deeper.
_SHALLOW = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source"}
    | {"track", "wbr", "p", "li", "dt", "dd", "option", "td", "th", "tr", "tbody", "thead", "tfoot"}
)

# Elements whose text is not shown.
HIDDEN = frozenset({"head", "script", "style", "template", "title"})

State = TypeVar("State")


@dataclass(eq=False)
class Element:
    """An element; attributes without a value have the value ``""``."""

    tag: str
    attributes: Mapping[str, str]
    place: Place
    parent: "Element | None" = None
    children: "list[Element | str]" = field(default_factory=list)

    def get(self, name: str) -> str:
        """Return an attribute's value, ``""`` when it is absent."""
        return self.attributes.get(name, "")

    @property
    def own_text(self) -> str:
        """The text that is directly inside, on one line."""
        return " ".join(self.source.split())

    @property
    def source(self) -> str:
        """The text of a style element, as written."""
        return "".join(child for child in self.children if isinstance(child, str))

    def descendants(self) -> "Iterator[Element | str]":
        """Yield elements and texts inside, in order."""
        stack = list(reversed(self.children))
        while stack:
            child = stack.pop()
            yield child
            if isinstance(child, Element):
                stack.extend(reversed(child.children))


@dataclass(frozen=True)
class Page:
    """A block, or a whole email.

    Attributes:
        source: as it was given.
        is_whole: it has a doctype, or an html, head or body element of its own.
        elements: all of them, in the order of the tree.
        is_too_deep: too many elements inside each other; ``elements`` is empty then.
        names: of all elements, as far as their tags are written.
        written: the tree as its parser writes it.
    """

    source: str
    is_whole: bool
    elements: tuple[Element, ...]
    is_too_deep: bool = False
    names: frozenset[str] = frozenset()
    written: str = ""

    def of(self, *names: str) -> Iterator[Element]:
        """Yield the elements with one of these names."""
        return (element for element in self.elements if element.tag in names)

    def inherited(
        self, initial: State, step: Callable[[Element, State], State]
    ) -> Iterator[tuple[Element, State]]:
        """Yield every element with its state, which ``step`` derives from that of its parent."""
        states: dict[Element, State] = {}
        for element in self.elements:
            above = states[element.parent] if element.parent else initial
            states[element] = step(element, above)
            yield element, states[element]


def read(source: str) -> Page:
    """Parse any text as a page, however broken."""
    # Lone surrogates have no UTF-8, which the parser needs; escaped files may hold them.
    source = source.encode("utf-8", "replace").decode("utf-8")
    written = list(tokenize(source))
    whole = is_whole(written)
    names = frozenset(token.name for token in written if token.kind == "start")
    if _depth(written) > MAX_DEPTH:
        return Page(source, whole, (), is_too_deep=True, names=names)
    parser = LexborHTMLParser(source, is_fragment=not whole)
    elements = tuple(_elements(parser, _Places(source, written)))
    return Page(source, whole, elements, names=names, written=parser.html or "")


def written_tags(source: str) -> Iterator[tuple[str, int]]:
    """Yield the name of each start tag as it is written, in lower case, and its offset."""
    return ((token.name, token.offset) for token in tokenize(source) if token.kind == "start")


def _depth(written: list[Token]) -> int:
    depth = deepest = 0
    for token in written:
        if token.kind in ("start", "end") and token.name not in _SHALLOW:
            depth = max(0, depth - 1) if token.kind == "end" else depth + 1
            deepest = max(deepest, depth)
    return deepest


class _Places:
    """The places of start tags: the nth of a name is that of the nth such element.

    Exact as long as the source is well-formed. Otherwise parsers add, drop and move elements, and a
    place is a hint.
    """

    def __init__(self, source: str, written: list[Token]) -> None:
        self._lines = Lines(source)
        self._waiting: defaultdict[str, deque[int]] = defaultdict(deque)
        for token in written:
            if token.kind == "start":
                self._waiting[token.name].append(token.offset)

    def of(self, name: str, parent: Element | None) -> Place:
        if self._waiting[name]:
            return Place(*self._lines.position(self._waiting[name].popleft()))
        return parent.place if parent else START


def _elements(parser: LexborHTMLParser, places: _Places) -> Iterator[Element]:
    """Yield the elements of a tree in order, without recursion: anyone's HTML may be deep."""
    stack: list[tuple[LexborNode | None, Element | None]] = [(parser.root, None)]
    while stack:
        node, parent = stack.pop()
        if node is None:
            continue
        stack.append((node.next, parent))
        if node.is_text_node and parent:
            parent.children.append(node.text_content or "")
        elif node.is_element_node:
            tag = node.tag or ""
            attributes = {name: value or "" for name, value in node.attributes.items()}
            element = Element(tag, attributes, places.of(tag, parent), parent)
            if parent:
                parent.children.append(element)
            yield element
            stack.append((_first_inside(node), element))


def _first_inside(node: LexborNode) -> LexborNode | None:
    """Return an element's first child; a template keeps its content beside the tree."""
    fragments = node.template_fragments() if node.tag == "template" else []
    return fragments[0].first_child if fragments else node.first_child
