"""HTML from outside is sanitized here: to plain text, or to a few tags. The only module that uses bleach.

bleach parses with html5lib, which is slow, and slower than linear for nested formatting tags and
for tags with thousands of attributes. So what is never shown is removed first, by scans that
are linear for any input, and bleach gets short text with bare tags that are not nested deeply.
"""

import html
import re
from collections.abc import Callable, Iterator

import bleach

from plugin_server.rendering.liquid_text import remove_liquid
from plugin_server.rendering.text import one_line
from plugin_server.rendering.urls import parse_link

# How many characters are read: of the source, and of the rest that bleach gets. The first window is usually
# enough; only an email that starts with little text needs the second.
_WINDOWS = ((10_000, 2_000), (500_000, 20_000))

# Elements whose content is not text for a reader. In all but the last four, parsers read everything
# up to the end tag as one string, or up to the end of the document if there is none.
_NON_TEXT = re.compile(
    r"<(!--|(?:script|style|title|textarea|noscript|iframe|noembed|noframes|xmp"
    r"|template|svg|math|select)(?=[\s/>]))",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"<(/?[a-zA-Z][a-zA-Z0-9]{0,29})"
    # A quoted value may contain ">"; none of the loops can pass the next "<", which keeps the scan
    # linear, and the second form matches tags with unbalanced quotes.
    r"(?:(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+>|[^<>]*>?)"
)
# CSS that hides text from readers, above all the preheader, which only an inbox shows.
# Not font-size:0, which layouts set around columns that set their own.
_HIDING = re.compile(
    r"(?:display\s*:\s*none|mso-hide\s*:\s*all|visibility\s*:\s*hidden"
    r"|(?:max-height|opacity)\s*:\s*0(?:px)?\s*(?:[;!\"']|$))",
    re.IGNORECASE,
)
_STYLE = re.compile(r"\sstyle\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]*)", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_HIDDEN = re.compile(r"\shidden(?=[\s=>/])", re.IGNORECASE)
_EMPTY = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
# These end where the next of their kind starts, unless they end before.
_ENDED_BY_NEXT = frozenset({"p", "li"})
# Text nested deeper than this is not read: every parser is slow there. Elements that often have no end tag
# do not count.
_DEEPEST = 200
_SHALLOW = _EMPTY | _ENDED_BY_NEXT | {"dd", "dt", "option", "tbody", "td", "th", "tr"}
_BARE_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)(?: href=\"[^\"<>]*\")?>")
_PARTIAL_TAG = re.compile(r"<[^<>]*\Z")
# bleach puts a space where it drops block elements; these separate words, too.
_SEPARATING = re.compile(r"<(?=/?(?:br|caption|center|img|t[dhr])>)", re.IGNORECASE)
_DECLARATION = re.compile(r"<(?:[!?]|/(?![a-zA-Z]))[^<>]*>?")
# Emails pad their preview text with runs of invisible characters so that nothing else shows there;
# a single one is a soft hyphen or the like inside a word.
_FILLER = re.compile("[\u00ad\u034f\u200b\u200c\u2007\ufeff\\s]{2,}")
_INVISIBLE = re.compile("[\u00ad\u034f\u200b\ufeff]")


def _without_non_text(source: str) -> str:
    """Return ``source`` without comments and the elements whose content is not text."""
    kept: list[str] = []
    position = 0
    while match := _NON_TEXT.search(source, position):
        kept.append(source[position : match.start()])
        name = match[1]
        end = "-->" if name == "!--" else rf"</{name}[\s/>]"
        # Searched from the two dashes on, because "<!-->" is a whole comment.
        closing = re.compile(end, re.IGNORECASE).search(source, match.start() + 2)
        if closing is None:
            return "".join(kept)
        # The end tag stays: parsers ignore a stray one, and it separates words.
        position = closing.end() if name == "!--" else closing.start()
    kept.append(source[position:])
    return "".join(kept)


def _hides(tag: str) -> bool:
    """Return whether a start tag hides its element."""
    if _HIDDEN.search(_QUOTED.sub("", tag)):
        return True
    style = _STYLE.search(tag)
    return style is not None and bool(_HIDING.search(html.unescape(style[1])))


def _without_hidden(source: str) -> str:
    """Return ``source`` without hidden elements, in one pass over its tags."""
    kept: list[str] = []
    position, hidden, depth = 0, "", 0
    for match in _TAG.finditer(source):
        name = match[1].lower()
        if hidden:
            if name == f"/{hidden}" or (name == hidden and hidden in _ENDED_BY_NEXT):
                depth -= 1
            elif name == hidden:
                depth += 1
            if depth:
                continue
            hidden, position = "", match.end() if name[0] == "/" else match.start()
        if name[0] != "/" and name not in _EMPTY and _hides(match[0]):
            kept += (source[position : match.start()], " ")
            hidden, depth = name, 1
    return "".join(kept) if hidden else "".join((*kept, source[position:]))


def _bare(source: str) -> str:
    """Return ``source`` with tags that are reduced to their names."""
    return _SEPARATING.sub(" <", _TAG.sub(r"<\1>", _DECLARATION.sub("", source)))


def _not_too_deep(bare: str) -> str:
    """Return ``bare`` up to the first element that is nested too deeply."""
    depth = 0
    for match in _BARE_TAG.finditer(bare):
        if match[2].lower() not in _SHALLOW:
            depth = max(0, depth - 1) if match[1] else depth + 1
        if depth > _DEEPEST:
            return bare[: match.start()]
    return bare


def _beginning(bare: str, size: int) -> str:
    """Return the first ``size`` characters or a few less, without a partial tag or entity at the end."""
    if len(bare) <= size:
        return bare
    end = max(bare.rfind(" ", 0, size), bare.rfind(">", 0, size) + 1, size - 50)
    return _PARTIAL_TAG.sub("", bare[:end])


def _windows(source: str, bare: Callable[[str], str]) -> Iterator[str]:
    """Yield the beginning of ``source`` for bleach, then a longer one, unless the first is all there is.

    Args:
        source: any HTML.
        bare: reduces tags.
    """
    markup = _without_non_text(source[: _WINDOWS[-1][0]])
    for max_markup, max_bare in _WINDOWS:
        reduced = bare(_without_hidden(markup[:max_markup]))
        yield _not_too_deep(_beginning(reduced, max_bare))
        if len(markup) <= max_markup and len(reduced) <= max_bare:
            return


def readable(text: str) -> str:
    """Return ``text`` without invisible characters and the fillers of preview texts."""
    return _INVISIBLE.sub("", _FILLER.sub(" ", text))


def shown_texts(source: str) -> Iterator[str]:
    """Yield the text at the beginning of any HTML, on one line, then a longer beginning, if there is more.

    It is text, not markup: it still has to be escaped where it is printed.
    """
    for window in _windows(source, _bare):
        # This makes a new Cleaner for each call: one that threads share mixes up their texts.
        escaped = bleach.clean(window, tags=frozenset(), attributes={}, strip=True)
        yield one_line(remove_liquid(one_line(readable(html.unescape(escaped)))))


# The tags of small markup, by the names that are read as such; all others are dropped, their text remains.
_KEPT = {
    **{name: name for name in ("a", "br", "em", "li", "ol", "s", "strong", "u", "ul")},
    **{"b": "strong", "i": "em", "del": "s", "strike": "s", "ins": "u", "menu": "ul"},
    **dict.fromkeys(
        ("address", "article", "aside", "blockquote", "caption", "center", "dd", "div", "dl", "dt")
        + ("figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr")
        + ("main", "nav", "p", "pre", "section", "table", "td", "th", "tr"),
        "p",
    ),
}
SMALL_TAGS = frozenset(_KEPT.values())
_ATTRIBUTE = re.compile(r"\s([a-zA-Z-]+)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]*)")
# Characters of the URLs of a source, and what a link takes besides; of any more links, the words remain.
_MAX_URLS, _LINK = 4_000, 200
_ENDS_LINE = re.compile("<(?:br|li|ol|p|ul)>")
_BULLET = re.compile(r"[-*\u2022]\s+(?=\S)")
_NUMBERED = re.compile(r"(\d{1,3})[.)]\s+(?=\S)", re.ASCII)


def small_markups(source: str) -> Iterator[str]:
    """Yield the beginning of any HTML or typed text as markup of ``SMALL_TAGS``, then a longer beginning.

    Tags have no attributes but the ``href`` of a link, a URL as ``urls.parse_link`` returns it. In texts,
    ``<`` and ``&`` are character references. Tags may be nested in any way, and white space is that of
    the source.

    In a source without tags that end a line, such as ``<p>``, its line breaks do, and lines that begin
    with ``- `` or are numbered from ``1. `` on are lists.
    """
    for window in _windows(source, _small):
        marked = window if _ENDS_LINE.search(window) else _marked_lines(window)
        # Without these, no tag is the source's own. Most typed texts have none, and bleach is slow.
        if "<" not in window and "&" not in window:
            yield marked
            continue
        yield bleach.clean(
            marked,
            tags=SMALL_TAGS,
            attributes={"a": ["href"]},
            protocols={"http", "https", "mailto"},
            strip=True,
        )


def _small(source: str) -> str:
    """Return ``source`` with no tags but ``SMALL_TAGS``."""
    room = _MAX_URLS

    def reduced(tag: re.Match[str]) -> str:
        name = tag[1].lower().removeprefix("/")
        kept = _KEPT.get(name)
        if kept is None:
            return ""
        if kept != "a":
            return f"<{'/' if tag[1][0] == '/' and name != 'br' else ''}{kept}>"
        if tag[1][0] == "/":
            return "</a>"
        nonlocal room
        url = parse_link(_href(tag[0]))
        if url is None or len(url) + _LINK > room:
            return "<a>"
        room -= len(url) + _LINK
        return f'<a href="{html.escape(url)}">'

    return _TAG.sub(reduced, _DECLARATION.sub("", source))


def _href(tag: str) -> str:
    found = (each for each in _ATTRIBUTE.finditer(tag) if each[1].lower() == "href")
    href = next(found, None)
    return html.unescape(href[2].strip("\"'")) if href else ""


def _marked_lines(text: str) -> str:
    """Return a typed text with tags for its paragraphs, lines and lists."""
    written: list[str] = []
    # What the line before belongs to: a paragraph or a kind of list, in which it has a number.
    before, number, is_apart = "", 0, False
    for line in map(str.strip, text.splitlines()):
        if not line:
            is_apart = True
            continue
        bullet, numbered = _BULLET.match(line), _NUMBERED.match(line)
        # Only what counts from 1 is a list, so that "2026. What a year" remains a sentence.
        counted = int(numbered[1]) if numbered else 0
        restarts = counted == 1 and number > 0
        number = counted if counted in (1, number + 1) else 0
        item = bullet or (numbered if number else None)
        kind = "p" if item is None else "ul" if item is bullet else "ol"
        if kind != before or restarts or (kind == "p" and is_apart):
            written += (f"</{before}>" if before else "", f"<{kind}>")
        elif kind == "p":
            written.append("<br>")
        written.append(f"<li>{line[item.end() :]}</li>" if item else line)
        before, is_apart = kind, False
    return "".join(written)
