"""The parts of a whole document: its doctype, html, head and body."""

from collections.abc import Callable

from plugin_server.rendering.source import elements as of
from plugin_server.rendering.source.tokens import Token


class Document:
    """Tracks the doctype, html, head and body of a document, and what is misplaced around them."""

    def __init__(self, error: Callable[[str, int, str, str], None]) -> None:
        """Take the function that reports an error: its code, offset, message and advice."""
        self.has_doctype = False
        self._error = error
        self._begun: set[str] = set()
        self._ended: set[str] = set()

    def start(self, token: Token) -> bool:
        """Take a start tag; return whether it is one of the document's own."""
        name = token.name
        if name not in of.DOCUMENT:
            if name not in of.HEAD:
                self.content(token.offset, f"<{name}>")
            return False
        inner = {"html": of.DOCUMENT, "head": {"head", "body"}, "body": {"body"}}[name]
        if self._begun & inner:
            message = f"<{name}> comes too late: parsers drop the tag"
            advice = "Write it once, before everything that is in it."
            self._error("html-misplaced", token.offset, message, advice)
        self._begun.add(name)
        return True

    def end(self, token: Token) -> bool:
        """Return whether an end tag ends one of the document's parts."""
        name = token.name
        if name in self._ended or (
            name == "head" and (name not in self._begun or "body" in self._begun)
        ):
            return False
        self._ended.add(name)
        return True

    def content(self, offset: int, what: str) -> None:
        """Process body content: it starts the body if needed, and is misplaced after its end."""
        self._begun.add("body")
        if self._ended & {"body", "html"}:
            message = f"{what} after the end of the body: parsers move it into the body"
            self._error("html-misplaced", offset, message, "Move it before </body>.")
