"""Renders Liquid in one-line texts, such as subjects, for a reader of whom nothing is known.

Kit renders Liquid for each subscriber when it sends. A block is the same for all readers, so a subject
such as ``{{ subscriber.first_name | default: "Friend" }}, your notes`` is shown as Kit shows it to a
subscriber without a name: defaults and ``else`` branches apply, everything else prints nothing.

Liquid that prints nothing leaves a hole in the sentence, as in ``Hi {{ subscriber.first_name }}, welcome``.
The hole is closed together with the spaces and commas that belonged to it: ``Hi, welcome``. The words
themselves are not changed: ``{{ subscriber.first_name }}, your notes`` becomes ``your notes``
and not ``Your notes``, because whether to capitalize depends on the language and the word
(ijs, iPhone), and on the creator's taste.
"""

import html
import logging
import re
from collections.abc import Iterator

from plugin_server.rendering import liquid_engine
from plugin_server.rendering.missing_words import HOLE, close_holes

log = logging.getLogger(__name__)

# The most characters of a text that is rendered; from longer ones, which are not titles, Liquid is removed.
_LONGEST = 5_000
_QUOTED = re.compile(
    r"\"[^\"]*\"|'[^']*'"
    # Typographic quotes of text editors; any of these closes what any of them opened.
    "|[\u201c\u201d\u201e\u00ab\u00bb][^\u201c\u201d\u201e\u00ab\u00bb{}]*[\u201c\u201d\u201e\u00ab\u00bb]"
    "|[\u2018\u2019\u201a][^\u2018\u2019\u201a{}]*[\u2018\u2019\u201a]"
)
# Quotes may contain delimiters, unless that makes no sense, as after an apostrophe.
_MARKUP = re.compile(
    rf"\{{(?:"
    rf"\{{(?P<output>(?:{_QUOTED.pattern}|[^\"'{{}}])*+|[^{{}}]*)\}}"
    rf"|%(?P<tag>(?:{_QUOTED.pattern}|[^\"'{{}}%]|%(?!\}}))*+|[^{{}}]*?)%"
    rf")\}}"
)
# Liquid that was cut off, as in a preview text of the first 100 characters. Other braces that are
# never closed are not Liquid but text.
_CUT_OFF = re.compile(r"\{(?:\{-?\s*[A-Za-z_][\w.-]*\s*(?:\|[^{}]*)?\}?|%[^{}%]*%?)(?:…|\.\.\.)?\Z")
_NAME = re.compile(r"-?\s*(end)?(\w+)")
_BLOCKS = frozenset(
    {"capture", "case", "comment", "for", "if", "ifchanged", "raw", "tablerow", "unless"}
)
_BRANCHES = frozenset({"else", "elsif", "when"})
# The name of a reader without one may be nil or empty: a comparison with either means both.
_EMPTY = re.compile(
    r"(?<![\w.\]-])(?P<value>[\w.-]+(?:\[[^\]]*\][\w.-]*)*) ?(?P<sign>==|!=|<>)"
    r" ?(?:blank\b|empty\b|\"\"|'')"
)
_REMOVED = re.compile(r"(?:\s?(?:\{\{[^{}]*\}\}|\{%[^{}]*%\}))+(?P<stop>(?=[,.;:!?]))?")
_REST = re.compile(r"[{}]{2,}|\{%|%\}")
# Noncharacters, which no text may contain, stand for braces and percent signs that are not delimiters.
_ALIASES = str.maketrans("{}%", "\ufdd1\ufdd2\ufdd3")
_NAMES = str.maketrans("\ufdd1\ufdd2\ufdd3", "{}%")
_RESERVED = re.compile("[\ufdd0-\ufdd3]")


def has_liquid(text: str) -> bool:
    """Return whether a text may contain Liquid."""
    return "{{" in text or "{%" in text


def render_for_unknown_reader(text: str) -> str:
    """Return a title or description as a reader without data sees it; text without Liquid is unchanged.

    If such a reader would see nothing at all, the words of all branches are returned. Never raises.
    Takes linear time, little even for long texts. The result may still contain braces, which are text:
    like any text, it has to be defused where it is printed.
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
    """Return ``text`` without Liquid, whatever it would print: ``Hi {{ name }}, …`` becomes ``Hi, …``.

    For excerpts, in which the end of a Liquid block may be missing. Liquid is replaced by a space except
    before punctuation, so that two halves of a delimiter never meet.
    """
    return _REST.sub(" ", _REMOVED.sub(lambda m: " " if m["stop"] is None else "", text))


def _rendered(template: str) -> str:
    """Return a rendered template, with ``HOLE`` wherever Liquid may have printed nothing."""
    if not has_liquid(template):
        return template
    try:
        return liquid_engine.render(template)
    except Exception as error:  # the engine may raise anything for arbitrary text
        log.debug("A text's Liquid cannot be rendered: %s", type(error).__name__)
        return ""


def _without_markup(text: str) -> str:
    """Return the words of all branches, with ``HOLE`` for Liquid."""
    return "".join(HOLE if isinstance(piece, re.Match) else piece for piece in _pieces(text))


def _template(text: str) -> str:
    """Return ``text`` as a template in which the engine finds Liquid only where Kit does.

    ``""`` if its blocks are not closed in order: the engine would drop what follows.
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
    """Yield the parts of a text in order: words, with aliases for their braces, and Liquid as matches."""
    end = 0
    for match in _MARKUP.finditer(text):
        yield text[end : match.start()].translate(_ALIASES)
        yield match
        end = match.end()
    yield text[end:].translate(_ALIASES)


def _markup(match: re.Match[str]) -> str:
    inner = match["output"] if match["tag"] is None else match["tag"]
    # An HTML editor may have encoded the quotes; nothing else in Liquid contains references.
    code = _canonical(html.unescape(inner) if '"' not in inner and "'" not in inner else inner)
    if ".." in _QUOTED.sub("", code):
        return ""  # a range of numbers, which may be of any size
    return f"{{{{{code}}}}}" if match["tag"] is None else f"{{%{_EMPTY.sub(_or_nil, code)}%}}"


def _or_nil(match: re.Match[str]) -> str:
    value, sign = match["value"], match["sign"]
    either = "or" if sign == "==" else "and"
    return f"({match[0]} {either} {value} {sign} nil)"


def _canonical(inner: str) -> str:
    """Return markup with straight quotes, single spaces, and no delimiters in quoted texts."""
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
