"""Tokenizes HTML source as the HTML standard does, and keeps the place of every token.

Everything that parsers of HTML have to guess at within a token is a finding of it, placed by its
offset. Time is linear in the size of the source.

Source: https://html.spec.whatwg.org/multipage/parsing.html#tokenization
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from plugin_server.findings.finding import Finding, Place, error, warning
from plugin_server.rendering.source.elements import RAW

_SPACE = "\t\n\f\r "
# A tag in the one spelling of templates: small letters, every value in double quotes.
_PLAIN = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:[\t\n\f\r ]++[a-z]+="[^"<>]*+")*+)[\t\n\f\r ]*+>')
_PLAIN_NAME = re.compile(r'([a-z]+)="[^"]*"')
_TAG = re.compile(rf"<(/?)([a-zA-Z][^{_SPACE}/>]*+)")
_BEGINS_MARKUP = re.compile(r"<(?:/?[a-zA-Z]|[!?]|/(?s:.))")
_SPACES = re.compile(rf"[{_SPACE}]*+")
_NAME = re.compile(rf"[^{_SPACE}/>][^{_SPACE}/>=]*+")
_UNQUOTED = re.compile(rf"[^{_SPACE}>]++")
_COMMENT_END = re.compile(r"--(!?)>")
_RAW_END = {name: re.compile(rf"</{name}(?=[{_SPACE}/>])", re.IGNORECASE) for name in RAW}
# What Outlook's conditions look like to other clients: a comment that tells Outlook where HTML for
# it, or for all others, begins or ends.
_REVEALED = re.compile(r"<!\[(?:if\s[^>\]]*|endif)\]>", re.IGNORECASE)
_CONDITION = re.compile(r"\s*\[if\s[^\]]*\]>", re.IGNORECASE)
_CONDITION_END = re.compile(r"<!\[endif\]\s*\Z", re.IGNORECASE)
# What may follow a condition that begins HTML for all others: <!--[if !mso]>-->, <!--[if !mso]><!-->
# and <!--[if !mso]><!-- -->, which XML can read, too.
_OPENS_FOR_OTHERS = ("", "<!", "<!--")
# What word processors make of quotes.
_TYPOGRAPHIC = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb\u2033"
_NO_QUOTES = (
    "its quotes are typographic, and parsers take them for a part of the value",
    'Write straight ones, name="value".',
)
# XML's declaration, and what Outlook writes to name a namespace.
_XML = re.compile(r"<\?xml\b[^<>]*[?/]>", re.IGNORECASE)
CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]+")


class Token(NamedTuple):
    """One token.

    Attributes:
        kind: ``start``, ``end``, ``text``, ``comment`` or ``doctype``.
        offset: where it begins, in characters from 0.
        name: of a tag, in lower case; of a doctype, all that stands in it.
        attributes: how many different ones a start tag has.
        is_self_closing: a tag that ends in ``/>``.
        is_blank: a text of white space only.
        findings: what parsers have to guess at within it.
    """

    kind: str
    offset: int
    name: str = ""
    attributes: int = 0
    is_self_closing: bool = False
    is_blank: bool = False
    findings: tuple[Finding, ...] = ()


def tokenize(source: str) -> Iterator[Token]:
    """Yield all tokens of a source in order, down to the one that never ends, if any."""
    position, size = 0, len(source)
    while position < size:
        if source[position] == "<" and (found := _markup(source, position)):
            token, position = found
            yield token
            if token.kind == "start" and (token.name in RAW or token.name == "plaintext"):
                end = _raw_end(source, position, token.name)
                if end > position:
                    yield _text(source, position, end, is_raw=True)
                position = end
        else:
            # A "<" that begins nothing is text, and so is what follows.
            begins = _BEGINS_MARKUP.search(source, position + 1)
            end = begins.start() if begins else size
            yield _text(source, position, end)
            position = end


def _raw_end(source: str, position: int, name: str) -> int:
    ended = _RAW_END[name].search(source, position) if name in RAW else None
    return ended.start() if ended else len(source)


def _text(source: str, start: int, end: int, *, is_raw: bool = False) -> Token:
    text = source[start:end]
    findings = list(_control_characters(text, start)) if CONTROL.search(text) else []
    if "<" in text and not is_raw:
        findings.append(
            warning(
                "html-less-than",
                Place(offset=start + text.index("<")),
                "a < that begins no tag: it is shown as text",
                "Write &lt; when it is meant, and no space after it when a tag is meant.",
            )
        )
    return Token("text", start, is_blank=not text.strip(_SPACE), findings=tuple(findings))


def _control_characters(text: str, start: int) -> Iterator[Finding]:
    for match in CONTROL.finditer(text):
        yield error(
            "html-control",
            Place(offset=start + match.start()),
            f"a control character, U+{ord(match[0][0]):04X}, which has no place in HTML",
            "Remove it. If there are many, save the file as UTF-8.",
        )


def _markup(source: str, start: int) -> tuple[Token, int] | None:
    """Return the token that begins with a ``<`` and its end; ``None`` when it is text."""
    if plain := _PLAIN.match(source, start):
        names = _PLAIN_NAME.findall(plain[3]) if plain[3] else ()
        if not names or (not plain[1] and len(names) == len(set(names))):
            kind = "end" if plain[1] else "start"
            return Token(kind, start, plain[2], len(names)), plain.end()
    if match := _TAG.match(source, start):
        return _Tag(source, match).read()
    following = source[start + 1 : start + 2]
    if following == "!":
        return _declaration(source, start)
    if following == "?" or (following == "/" and len(source) > start + 2):
        return _bogus(source, start)
    return None


def _declaration(source: str, start: int) -> tuple[Token, int]:
    if source.startswith("<!--", start):
        return _comment(source, start)
    if source[start : start + 9].lower() == "<!doctype":
        end = source.find(">", start)
        stop = len(source) if end < 0 else end
        return Token("doctype", start, source[start + 9 : stop].strip().lower()), stop + 1
    if revealed := _REVEALED.match(source, start):
        return Token("comment", start), revealed.end()
    return _bogus(source, start)


def _comment(source: str, start: int) -> tuple[Token, int]:
    for short in ("<!-->", "<!--->"):
        if source.startswith(short, start):
            message = f"{short} is a whole comment to some parsers, and the start of one to others"
            return _odd_comment(start, message), start + len(short)
    match = _COMMENT_END.search(source, start + 4)
    if not match:
        advice = "Write --> where it ends."
        message = "a comment that never ends: everything after it is lost"
        return _odd_comment(start, message, advice), len(source)
    text, problem = source[start + 4 : match.start()], ""
    condition = _CONDITION.match(text)
    rest = text[condition.end() :].strip() if condition else text
    if match[1]:
        problem = "a comment that ends in --!>, which some parsers take for its text"
    elif condition and rest in _OPENS_FOR_OTHERS:
        problem = ""
    elif "<!--" in text:
        problem = "a comment inside a comment: both end at the first -->, and the rest is shown"
    elif condition and not _CONDITION_END.search(text):
        problem = "a condition for Outlook without <![endif]-->"
    if problem:
        return _odd_comment(start, problem), match.end()
    return Token("comment", start), match.end()


def _odd_comment(
    start: int, message: str, advice: str = "Write <!-- where it begins and --> where it ends."
) -> Token:
    found = error("html-comment", Place(offset=start), message, advice)
    return Token("comment", start, findings=(found,))


def _bogus(source: str, start: int) -> tuple[Token, int]:
    """Read what parsers turn into a comment, although it is not one, up to the next ``>``."""
    if xml := _XML.match(source, start):
        message = "<?xml is for XML: parsers of HTML drop it"
        found = warning("html-comment", Place(offset=start), message, "Remove it.")
        return Token("comment", start, findings=(found,)), xml.end()
    end = source.find(">", start)
    begins = source[start : start + 2]
    message = f"{begins} begins no tag here: parsers drop everything up to the next >"
    if end < 0:
        message = f"{begins} begins no tag here, and no > follows: everything after it is lost"
    return _odd_comment(start, message, "Remove it, or write &lt; for the <."), (
        len(source) if end < 0 else end + 1
    )


class _Tag:
    """Reads a tag in any spelling."""

    def __init__(self, source: str, begun: re.Match[str]) -> None:
        self._source = source
        self._start = begun.start()
        self._is_end = bool(begun[1])
        self._name = begun[2].lower()
        self._position = begun.end()
        self._names: set[str] = set()
        self._finding: Finding | None = None

    def read(self) -> tuple[Token, int]:
        """Return the token, which is a comment's when the tag never ends: parsers drop it."""
        is_self_closing = False
        while True:
            self._position = self._after_spaces()
            following = self._source[self._position : self._position + 1]
            if not following:
                return self._endless("no > ends it"), len(self._source)
            if following == ">":
                break
            if following != "/":
                if not self._attribute():
                    return self._endless("a quote in it is never closed"), len(self._source)
            elif self._source.startswith("/>", self._position):
                is_self_closing = True
                self._position += 1
                break
            else:
                self._odd("a / stands among its attributes")
                self._position += 1
        if self._is_end and (self._names or is_self_closing):
            self._odd("an end tag has nothing but its name", "Is the > missing?")
        if "<" in self._name:
            self._odd("a < stands in its name", "Write the missing >.")
        findings = (self._finding,) if self._finding else ()
        kind, count = ("end", 0) if self._is_end else ("start", len(self._names))
        token = Token(
            *(kind, self._start, self._name, count),
            is_self_closing=is_self_closing,
            findings=findings,
        )
        return token, self._position + 1

    @property
    def _written(self) -> str:
        return f"<{'/' if self._is_end else ''}{self._name.partition('<')[0][:40]}>"

    def _endless(self, why: str) -> Token:
        message = f"{self._written} is cut off, {why}: everything after it is lost"
        found = error("html-tag", Place(offset=self._start), message, "Write what is missing.")
        return Token("comment", self._start, findings=(found,))

    def _odd(self, what: str, advice: str = 'Write it as name="value".') -> None:
        """Record the first odd thing only: one missing quote makes much of what follows odd."""
        message = f"{self._written}: {what}"
        place = Place(offset=self._start)
        self._finding = self._finding or error("html-attribute", place, message, advice)

    def _after_spaces(self) -> int:
        spaces = _SPACES.match(self._source, self._position)
        return spaces.end() if spaces else self._position

    def _attribute(self) -> bool:
        """Read one attribute; return ``False`` when its value never ends."""
        written = _NAME.match(self._source, self._position)
        name = written[0] if written else ""
        self._position += len(name)
        if "<" in name:
            self._odd("a < stands among its attributes", "Write the missing > or quote before it.")
        elif any(quote in name for quote in "\"'"):
            self._odd("its quotes do not pair up", "Write the missing quote.")
        elif any(quote in name for quote in _TYPOGRAPHIC):
            self._odd(*_NO_QUOTES)
        elif name.startswith("="):
            self._odd("an = without a name before it")
        if name.lower() in self._names:
            self._odd(
                f"{name.lower()[:40]} stands twice, and parsers keep one or the other",
                "Remove one.",
            )
        self._names.add(name.lower())
        after = self._after_spaces()
        if not self._source.startswith("=", after):
            return True
        self._position = after + 1
        self._position = self._after_spaces()
        return self._value()

    def _value(self) -> bool:
        quote = self._source[self._position : self._position + 1]
        if quote and quote in "\"'":
            end = self._source.find(quote, self._position + 1)
            if end < 0:
                return False
            self._position = end + 1
            following = self._source[self._position : self._position + 1]
            if following and following not in f"{_SPACE}/>":
                self._odd("its quotes do not pair up", "Write the missing quote or space.")
        elif unquoted := _UNQUOTED.match(self._source, self._position):
            self._position = unquoted.end()
            if any(odd in unquoted[0] for odd in "\"'<"):
                self._odd("a value without quotes holds a quote or a <", "Write the quotes.")
            elif any(quote in unquoted[0] for quote in _TYPOGRAPHIC):
                self._odd(*_NO_QUOTES)
        else:
            self._odd("an = without a value after it")
        return True
