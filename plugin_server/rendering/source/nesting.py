"""Builds the tree of a source as a parser does, and reports where a parser would have to guess.

A parser is never at a loss: it adds, drops and moves tags until there is a tree. What it does is the
same in every browser, but is not what the author wrote, and in an email it may take in what stands
around the block. After a mistake this goes on as the author probably meant it, so that one mistake is
one finding.

Source: https://html.spec.whatwg.org/multipage/parsing.html#tree-construction
"""

from collections import Counter
from collections.abc import Collection

from plugin_server.findings.finding import Finding, Place, Severity, error, warning
from plugin_server.findings.lines import Lines
from plugin_server.rendering.source import elements as of
from plugin_server.rendering.source.document import Document
from plugin_server.rendering.source.open_elements import Open, OpenElements
from plugin_server.rendering.source.tokens import Token

# What follows the first few mistakes of a page is rarely worth reading.
MAX_FINDINGS = 100
_CLOSE_IT = "Close it, or remove its start tag."
# What is around the parts of a table, from the outside.
_AROUND_PARTS = {
    "col": ("colgroup",),
    "td": ("tbody", "tr"),
    "th": ("tbody", "tr"),
    "tr": ("tbody",),
}


class Nesting:
    """Processes tokens one by one, then the end of the source.

    Attributes:
        errors: in the order of finding, ``MAX_FINDINGS`` at most.
        warnings: legal HTML that is less robust than it could be, as many at most.
        elements: those that are open, and the tree so far. Without errors, it is exactly what a
            parser that follows the standard makes of the source.
    """

    def __init__(self, lines: Lines, *, is_whole: bool) -> None:
        """Start a whole document, or else a piece of one that will stand in a ``<div>``."""
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []
        self.elements = self._open = OpenElements()
        self._lines = lines
        self._document = Document(self._error) if is_whole else None
        # End tags of elements that were reported and are no longer open.
        self._forgiven: Counter[str] = Counter()
        # What closed the last element of a name.
        self._ended_by: dict[str, str] = {}
        # Parsers of documents without a doctype let tables stand in paragraphs.
        self._is_quirky = is_whole

    def take(self, token: Token) -> None:
        """Process the next token."""
        for finding in token.findings:
            self._note(finding)
        self._open.at = token.offset
        match token.kind:
            case "start":
                self._start(token)
            case "end":
                self._end(token)
            case "text":
                self._text(token)
            case "comment":
                self._open.emit("!")
            case "doctype":
                self._doctype(token)

    def finish(self) -> None:
        """Process the end of the source."""
        self._close_to(0, "the end", of.OPTIONAL_END)

    # Kinds of tokens.

    def _text(self, token: Token) -> None:
        if not token.is_blank:
            if self._document and not (self._open.top and self._open.top.name in of.HEAD):
                self._document.content(token.offset, "text")
            self._leave_colgroup()
            if self._open.top and self._open.top.name in of.TABLE_FRAME:
                self._misplaced(token.offset, "text")
            self._open.emit("#")

    def _doctype(self, token: Token) -> None:
        is_late = any(name != "!" for name, _ in self._open.events)
        if not self._document or is_late or self._document.has_doctype:
            message = "a doctype that is not at the beginning: parsers drop it"
            self._error("html-misplaced", token.offset, message, "Remove it.")
        else:
            self._document.has_doctype = True
            # https://html.spec.whatwg.org/multipage/parsing.html#the-initial-insertion-mode
            self._is_quirky = "//dtd html 3.2" in token.name or (
                "//dtd html 4" in token.name and "http://" not in token.name
            )

    def _start(self, token: Token) -> None:
        name = token.name
        if self._document and self._document.start(token):
            return
        if self._open.top and self._open.top.is_foreign and self._stays_foreign(token):
            return
        if name in of.TABLE_PARTS:
            self._table_part(token)
        elif name == "table":
            self._table(token)
        elif self._may_stand(token):
            self._make_room(name)
            if not self._is_refused(token):
                self._insert(token)

    def _end(self, token: Token) -> None:
        name = token.name
        if name in of.DOCUMENT:
            if not self._document or not self._document.end(token):
                self._stray(token)
        elif name in of.VOID:
            what = "adds a line break" if name == "br" else "is dropped"
            message = f"</{name}> {what}: <{name}> has no end tag"
            self._error("html-stray-end", token.offset, message, "Remove it.")
        elif (index := self._open.opened_by(name)) is None:
            self._stray(token)
        elif name in of.ENDS_WHAT_IS_INSIDE:
            self._end_block(index, token)
        else:
            self._end_inline(index, token)

    # Elements.

    def _insert(self, token: Token) -> None:
        if token.name in of.VOID:
            self._open.emit(token.name, token.attributes)
            return
        pushed = self._open.push(token.name, token.attributes)
        pushed.is_foreign = token.name in of.FOREIGN
        if token.is_self_closing and pushed.is_foreign:
            self._open.pop()
        elif token.is_self_closing:
            message = f"<{token.name}/> is read as <{token.name}>: it stays open"
            advice = f"Write <{token.name}></{token.name}>."
            self._error("html-self-closing", token.offset, message, advice)
            pushed.is_reported = True

    def _close_to(self, size: int, cause: str, optional: Collection[str]) -> None:
        """Close elements until that many are open; note those that needed an end tag."""
        while len(self._open) > size:
            popped = self._open.pop()
            if popped.is_reported:
                self._forgiven[popped.name] += 1
            elif popped.is_implied:
                continue
            elif popped.name in optional:
                self._ended_by[popped.name] = cause
                message = f"<{popped.name}> without </{popped.name}>: {cause} ends it"
                advice = f"Write </{popped.name}>: editors and simple parsers may not add it."
                place = Place(offset=popped.offset)
                self._note(warning("html-end-omitted", place, message, advice))
            else:
                if popped.name in of.FORMATTING:
                    self._forgiven[popped.name] += 1
                self._ended_by[popped.name] = cause
                message = f"<{popped.name}> is never closed: {cause} comes first"
                self._error("html-unclosed", popped.offset, message, _CLOSE_IT)

    def _end_block(self, index: int, token: Token) -> None:
        name, opened = token.name, self._open[index]
        in_table = name in of.TABLE_PARTS or name in ("table", "template")
        cause = f"</{name}> in line {self._line(token.offset)}"
        self._close_to(index + 1, cause, of.OPTIONAL_END_IN_TABLES if in_table else of.OPTIONAL_END)
        self._open.pop()
        if opened.name != name:
            message = f"</{name}> closes {self._described(opened)}"
            advice = f"Write </{opened.name}>, or <{name}> where it begins."
            self._error("html-misnested", token.offset, message, advice)

    def _end_inline(self, index: int, token: Token) -> None:
        """Close an element that does not close what is inside: only what is left open is a mistake."""
        own = self._open[index]
        while token.name not in of.FORMATTING and self._open[-1] is not own:
            if self._open[-1].name not in of.OPTIONAL_END - of.SPECIAL:
                break
            self._close_to(len(self._open) - 1, f"</{token.name}>", of.OPTIONAL_END)
        inner = self._open[-1]
        if inner is own:
            self._open.pop()
            return
        if not inner.is_reported:
            message = f"</{token.name}> comes while {self._described(inner)} is still open"
            advice = f"Write </{inner.name}> before it."
            self._error("html-misnested", token.offset, message, advice)
        inner.is_reported = True
        self._open.remove(index)

    # Where elements may stand.

    def _make_room(self, name: str) -> None:
        """Close the elements that such a start tag closes implicitly."""
        cause = f"<{name}>"
        if name in ("li", "dd", "dt"):
            self._end_item({name} if name == "li" else {"dd", "dt"}, cause)
        if name in of.ENDS_PARAGRAPH:
            self._end_paragraph(cause)
        if name in ("option", "optgroup"):
            self._end_top({"option"} if name == "option" else {"option", "optgroup"}, cause)
        if name in ("rb", "rtc", "rp", "rt"):
            self._end_top({"rb", "rp", "rt"} | (set() if name in ("rp", "rt") else {"rtc"}), cause)

    def _end_top(self, names: set[str], cause: str) -> None:
        while self._open.top and self._open.top.name in names:
            self._close_to(len(self._open) - 1, cause, of.OPTIONAL_END)

    def _end_paragraph(self, cause: str) -> None:
        index = self._open.find(("p",), of.BUTTON_SCOPE)
        if index is not None:
            self._close_to(index, cause, of.OPTIONAL_END)

    def _end_item(self, names: set[str], cause: str) -> None:
        if not any(self._open.named(name) for name in names):
            return
        for index in range(len(self._open) - 1, -1, -1):
            name = self._open[index].name
            if name in names:
                self._close_to(index, cause, of.OPTIONAL_END)
                return
            if name in of.SPECIAL - {"address", "div", "p"}:
                return

    def _is_refused(self, token: Token) -> bool:
        """Note an element that cannot stand in itself, or nowhere; return whether it is dropped."""
        name = token.name
        if name in ("frame", "frameset") or name in of.DOCUMENT:
            self._dropped(token, f"<{name}> has no place here: parsers drop it", "Remove it.")
            return True
        if name == "image":
            message, advice = "<image> is read as <img>", "Write <img>."
            self._error("html-misplaced", token.offset, message, advice)
            return True
        if name == "plaintext":
            message = "<plaintext> makes text of everything after it, and nothing can end it"
            self._error("html-misplaced", token.offset, message, "Remove it.")
            # It has no end tag that could be missing.
            self._open.push(token.name, token.attributes).is_reported = True
            return True
        alike = of.HEADINGS if name in of.HEADINGS else (name,)
        if name in of.HEADINGS:
            top = self._open.top
            outer = len(self._open) - 1 if top and top.name in of.HEADINGS else None
        elif name in ("a", "nobr", "button", "select"):
            outer = self._open.find(alike, of.SCOPE - {"table"} if name == "a" else of.SCOPE)
        elif name == "form":
            outer = self._open.find(alike, {"template"})
        else:
            return False
        if outer is not None:
            return self._end_nested(token, outer)
        # Browsers nest them where a table is between them, other parsers end the outer one.
        if name == "a" and (outer := self._open.find(alike, ())) is not None:
            message = f"<a> inside {self._described(self._open[outer])}: links cannot be nested"
            self._error("html-misplaced", token.offset, message, "Write </a> before it.")
        return False

    def _end_nested(self, token: Token, outer: int) -> bool:
        name, opened = token.name, self._open[outer]
        message = f"<{name}> inside {self._described(opened)}"
        if name == "form":
            self._dropped(token, f"{message}: parsers drop it", "Close the first one before it.")
            return True
        message = f"{message}, which it ends"
        advice = f"Write </{opened.name}> before it."
        self._error("html-misplaced", token.offset, message, advice)
        # The outer one ends here; its end tag may follow all the same.
        self._forgiven[opened.name] += 1
        self._open.remove(outer)
        return False

    def _may_stand(self, token: Token) -> bool:
        """Return whether an element may stand here; directly in a table's frame it may not."""
        self._leave_colgroup()
        top = self._open.top
        if top and top.name in of.TABLE_FRAME and token.name not in of.ANYWHERE_IN_TABLES:
            self._misplaced(token.offset, f"<{token.name}>")
            if token.name not in of.VOID:
                self._open.push(token.name, token.attributes).is_reported = True
            return False
        return True

    def _misplaced(self, offset: int, what: str) -> None:
        frame = self._described(self._open[-1])
        message = f"{what} directly in {frame}: it is shown before the table"
        advice = "Put it into a cell: <tr><td>...</td></tr>."
        self._error("html-misplaced", offset, message, advice)

    def _leave_colgroup(self) -> None:
        if self._open.top and self._open.top.name == "colgroup":
            self._close_to(len(self._open) - 1, "what follows", of.OPTIONAL_END_IN_TABLES)

    # Tables.

    def _table(self, token: Token) -> None:
        if self._open.top and self._open.top.in_frame:
            outer = self._open.find(("table",), of.TABLE_SCOPE - {"table"}) or 0
            self._misplaced(token.offset, "<table>")
            for each in self._open.inside(outer):
                each.is_reported = True
            self._close_to(outer, "<table>", ())
        elif not self._is_quirky:
            self._end_paragraph("<table>")
        self._insert(token)

    def _table_part(self, token: Token) -> None:
        name = token.name
        around = self._open.find(("table", "template"), ())
        if around is None:
            what = f"<{name}> outside a table: parsers drop the tag"
            self._dropped(token, what, "Put a <table> around it.")
            return
        if self._open[around].name == "template":
            self._insert(token)
            return
        self._close_to(
            around + 1 + self._kept(name, around), f"<{name}>", of.OPTIONAL_END_IN_TABLES
        )
        for place in _AROUND_PARTS.get(name, ())[len(self._open) - around - 1 :]:
            # HTML allows to leave out <tbody> and <colgroup>, and most people do.
            if place == "tr":
                message = f"<{name}> without a <tr> around it: parsers add one"
                self._error("html-misplaced", token.offset, message, "Write <tr>.")
            self._open.push(place).is_implied = True
        self._insert(token)

    def _kept(self, name: str, table: int) -> int:
        """Return how many of the elements in a table stay open around a new part of it."""
        kept = 0
        for place, each in zip(
            _AROUND_PARTS.get(name, ()), self._open.inside(table + 1), strict=False
        ):
            if each.name != place and not (place == "tbody" and each.name in of.SECTIONS):
                break
            kept += 1
        return kept

    # SVG and MathML.

    def _stays_foreign(self, token: Token) -> bool:
        top = self._open[-1]
        if top.name in of.HTML_IN_FOREIGN:
            return False
        if token.name not in of.ENDS_FOREIGN:
            pushed = self._open.push(token.name, token.attributes)
            pushed.is_foreign = True
            if token.is_self_closing:
                self._open.pop()
            return True
        cause = f"<{token.name}> in line {self._line(token.offset)}"
        while (
            self._open.top
            and self._open.top.is_foreign
            and self._open.top.name not in of.HTML_IN_FOREIGN
        ):
            self._close_to(len(self._open) - 1, cause, ())
        return False

    # Findings.

    def _line(self, offset: int) -> int:
        return self._lines.position(offset)[0]

    def _described(self, each: Open) -> str:
        return f"the <{each.name}> of line {self._line(each.offset)}"

    def _error(self, code: str, offset: int, message: str, advice: str) -> None:
        self._note(error(code, Place(offset=offset), message, advice))

    def _note(self, finding: Finding) -> None:
        findings = self.errors if finding.severity is Severity.ERROR else self.warnings
        if len(findings) < MAX_FINDINGS:
            findings.append(finding)

    def _dropped(self, token: Token, message: str, advice: str) -> None:
        self._error("html-misplaced", token.offset, message, advice)
        self._forgiven[token.name] += 1

    def _stray(self, token: Token) -> None:
        name = token.name
        if self._forgiven[name]:
            self._forgiven[name] -= 1
            return
        index = self._open.find(of.SCOPE, ())
        around = None if index is None else self._open[index]
        where = f" inside {self._described(around)}" if around else ""
        message = f"</{name}> closes nothing: no <{name}> is open{where or ' here'}"
        if name == "p":
            message = f"</p> adds an empty paragraph: no <p> is open{where or ' here'}"
        if name in self._ended_by:
            message = f"{message}, {self._ended_by[name]} ended the last"
        self._error("html-stray-end", token.offset, message, "Remove it, or write its start tag.")
