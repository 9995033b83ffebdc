"""Rich text (HTML from outside) is sanitized here to plain text. The only module that uses bleach.

bleach parses with html5lib, which is slow, and slower than linear for nested formatting tags and
for tags with thousands of attributes. So what is never shown is removed first, by scans that
are linear for any input, and bleach gets short text with bare tags that are not nested deeply.
"""

import html
import re

import bleach

from plugin_server.rendering.liquid_text import remove_liquid
from plugin_server.rendering.text import one_line, shorten

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
_BARE_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)>")
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
    return bare[: max(bare.rfind(" ", 0, size), bare.rfind(">", 0, size) + 1, size - 50)]


def _text(source: str) -> str:
    """Return the text of ``source``, which has bare tags only, on one line."""
    # This makes a new Cleaner for each call: one that threads share mixes up their texts.
    escaped = bleach.clean(source, tags=frozenset(), attributes={}, strip=True)
    text = _INVISIBLE.sub("", _FILLER.sub(" ", html.unescape(escaped)))
    return one_line(remove_liquid(one_line(text)))


def excerpt(source: str, limit: int) -> str:
    """Return the first words of any HTML as plain text, ``""`` if it has none.

    Scripts, styles, comments, Liquid and hidden elements are left out. The result is text, not markup:
    it still has to be escaped where it is printed.

    Args:
        source: a fragment or a whole document; only its first 500,000 characters are read.
        limit: the most characters to return; longer text is cut at a word, with an ellipsis.
    """
    markup = _without_non_text(source[: _WINDOWS[-1][0]])
    text = ""
    for max_markup, max_bare in _WINDOWS:
        bare = _bare(_without_hidden(markup[:max_markup]))
        text = _text(_not_too_deep(_beginning(bare, max_bare)))
        if len(text) > limit or (len(markup) <= max_markup and len(bare) <= max_bare):
            break
    return shorten(text, limit)
