"""Kit's Liquid in texts of one line, as a reader sees them of whom nothing is known.

Kit fills Liquid in for each subscriber when it sends. A block is the same for all readers, so a subject
such as ``{{ subscriber.first_name | default: "Friend" }}, your notes`` is shown as Kit shows it to a
subscriber without a name: defaults and ``else`` branches apply, everything else prints nothing.

Where nothing is printed, a hole is left in the sentence: ``Hi {{ subscriber.first_name }}, welcome``.
It is closed together with the spaces and commas that belonged to it, as in ``Hi, welcome``. The words
themselves stay as they were written: ``{{ subscriber.first_name }}, your notes`` becomes ``your notes``
and not ``Your notes``, since a first letter to be capitalized depends on the language and the word
(ijs, iPhone), and on the creator's taste.
"""

import html
import logging
import re
from collections.abc import Iterator

from plugin_server.rendering import liquid_engine
from plugin_server.rendering.missing_words import HOLE, close_holes

log = logging.getLogger(__name__)

# Characters of a text that an engine reads; of longer ones, which are no titles, Liquid is removed.
_LONGEST = 5_000
_QUOTED = re.compile(
    r"\"[^\"]*\"|'[^']*'"
    # Typed in a text editor that means well; any of these closes what any of them has opened.
    "|[\u201c\u201d\u201e\u00ab\u00bb][^\u201c\u201d\u201e\u00ab\u00bb{}]*[\u201c\u201d\u201e\u00ab\u00bb]"
    "|[\u2018\u2019\u201a][^\u2018\u2019\u201a{}]*[\u2018\u2019\u201a]"
)
# Quotes may hold delimiters; where that explains nothing, such as after an apostrophe, they do not.
_MARKUP = re.compile(
    rf"\{{(?:"
    rf"\{{(?P<output>(?:{_QUOTED.pattern}|[^\"'{{}}])*+|[^{{}}]*)\}}"
    rf"|%(?P<tag>(?:{_QUOTED.pattern}|[^\"'{{}}%]|%(?!\}}))*+|[^{{}}]*?)%"
    rf")\}}"
)
# Liquid that was cut off, as in a preview text of the first 100 characters. Other braces that are
# never closed are no Liquid, and mean themselves.
_CUT_OFF = re.compile(r"\{(?:\{-?\s*[A-Za-z_][\w.-]*\s*(?:\|[^{}]*)?\}?|%[^{}%]*%?)(?:…|\.\.\.)?\Z")
_NAME = re.compile(r"-?\s*(end)?(\w+)")
_BLOCKS = frozenset(
    {"capture", "case", "comment", "for", "if", "ifchanged", "raw", "tablerow", "unless"}
)
_BRANCHES = frozenset({"else", "elsif", "when"})
# A reader without a name may have none at all, or an empty one: a creator who asks for either means both.
_EMPTY = re.compile(
    r"(?<![\w.\]-])(?P<value>[\w.-]+(?:\[[^\]]*\][\w.-]*)*) ?(?P<sign>==|!=|<>)"
    r" ?(?:blank\b|empty\b|\"\"|'')"
)
_REMOVED = re.compile(r"(?:\s?(?:\{\{[^{}]*\}\}|\{%[^{}]*%\}))+(?P<stop>(?=[,.;:!?]))?")
_REST = re.compile(r"[{}]{2,}|\{%|%\}")
# Noncharacters, which no text may hold, stand for braces and percent signs that delimit nothing.
_ALIASES = str.maketrans("{}%", "\ufdd1\ufdd2\ufdd3")
_NAMES = str.maketrans("\ufdd1\ufdd2\ufdd3", "{}%")
_RESERVED = re.compile("[\ufdd0-\ufdd3]")


def has_liquid(text: str) -> bool:
    """Tell whether there may be any Liquid in a text."""
    return "{{" in text or "{%" in text


def render_for_unknown_reader(text: str) -> str:
    """Return a title or description as a reader without data sees it; without Liquid, unchanged.

    Where such a reader would see nothing at all, the words of all branches are better than none.
    Never raises. Time is linear, and small for text of any size. What is returned may still hold
    braces, which are text: it has to be defused where it is printed, like any other.
    """
    if not has_liquid(text):
        return text
    text = _CUT_OFF.sub(HOLE, _RESERVED.sub("", text).rstrip())
    if len(text) > _LONGEST:
        return remove_liquid(close_holes(text))
    template = _template(text)
    read = close_holes(_rendered(template)).strip() if template else ""
    return (read or close_holes(_without_markup(text)).strip()).translate(_NAMES)


def remove_liquid(text: str) -> str:
    """Return ``text`` without Liquid, whatever it would have printed: ``Hi {{ name }}, …`` as ``Hi, …``.

    For text that is cut out of a longer one, where what belongs together may be apart. A space takes
    its place except before punctuation, so that two halves of a delimiter never meet.
    """
    return _REST.sub(" ", _REMOVED.sub(lambda m: " " if m["stop"] is None else "", text))


def _rendered(template: str) -> str:
    """Return what Liquid prints, with ``HOLE`` wherever it may have printed nothing."""
    if not has_liquid(template):
        return template
    try:
        return liquid_engine.render(template)
    except Exception as error:  # of an engine that was given any text at all
        log.debug("A text's Liquid cannot be read: %s", type(error).__name__)
        return ""


def _without_markup(text: str) -> str:
    """Return the words of all branches, with ``HOLE`` for Liquid."""
    return "".join(HOLE if isinstance(piece, re.Match) else piece for piece in _pieces(text))


def _template(text: str) -> str:
    """Return ``text`` so that the engine sees Liquid where Kit does, and nowhere else.

    ``""`` when its blocks are not closed as they were opened: an engine would lose what follows.
    """
    written: list[str] = []
    opened: list[str] = []
    for piece in _pieces(text):
        if isinstance(piece, str):
            written.append(piece)
            continue
        name = _NAME.match(piece["tag"] or "")
        if name and name[1]:
            if not opened or opened.pop() != name[2]:
                return ""
        elif name and name[2] in _BLOCKS:
            opened.append(name[2])
        is_inside = bool(name and not name[1] and name[2] in _BLOCKS | _BRANCHES)
        written += (_markup(piece), "" if is_inside or "capture" in opened else HOLE)
    return "" if opened else "".join(written)


def _pieces(text: str) -> Iterator[str | re.Match[str]]:
    """Yield the words of a text, whose braces delimit nothing, and its Liquid."""
    end = 0
    for match in _MARKUP.finditer(text):
        yield text[end : match.start()].translate(_ALIASES)
        yield match
        end = match.end()
    yield text[end:].translate(_ALIASES)


def _markup(match: re.Match[str]) -> str:
    inner = match["output"] if match["tag"] is None else match["tag"]
    # An editor of HTML may have encoded the quotes, which nothing else in Liquid is made of.
    code = _canonical(html.unescape(inner) if '"' not in inner and "'" not in inner else inner)
    if ".." in _QUOTED.sub("", code):
        return ""  # a range of numbers, of which the last may be any
    return f"{{{{{code}}}}}" if match["tag"] is None else f"{{%{_EMPTY.sub(_or_nil, code)}%}}"


def _or_nil(match: re.Match[str]) -> str:
    value, sign = match["value"], match["sign"]
    either = "or" if sign == "==" else "and"
    return f"({match[0]} {either} {value} {sign} nil)"


def _canonical(inner: str) -> str:
    """Return markup with straight quotes, single spaces, and no delimiter in a quoted text."""
    pieces: list[str] = []
    end = 0
    for match in _QUOTED.finditer(inner):
        pieces += (_code(inner[end : match.start()]), _straight(match[0][1:-1]))
        end = match.end()
    return "".join((*pieces, _code(inner[end:])))


def _code(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("{", "").replace("}", "")


def _straight(text: str) -> str:
    text = text.translate(_ALIASES)
    return f"'{text}'" if '"' in text else f'"{text}"'
