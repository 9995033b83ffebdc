"""Folding of text for search: letters that Unicode or a script regards as the same become equal.

It is based on Unicode's data: compatibility normalization, case folding and combining marks
(https://www.unicode.org/reports/tr15/, https://www.unicode.org/reports/tr44/). The tables hold
letters that Unicode distinguishes and readers do not, and letters that Unicode would merge although
readers distinguish them.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain

from plugin_server.rendering.text import one_line

# Characters after these cannot matter, even where many of the characters before are invisible.
_MAX_READ = 4_000
_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})

# Variation selectors, joiners and fillers, which show nothing, and the two replacement characters.
_MEANINGLESS = frozenset(
    map(
        chr,
        chain(
            (0x034F, 0x115F, 0x1160, 0x180B, 0x180C, 0x180D, 0x180F, 0xFFFC, 0xFFFD),
            range(0xFE00, 0xFE10),
            range(0xE0100, 0xE01F0),
        ),
    )
)

# Canonical combining classes of marks that writers may leave out: overlays and
# nuktas (1, 7), Hebrew and Arabic vowel points (10 to 36), accents (from 202). Not those of marks
# that tell letters apart: Japanese voicing (8), viramas (9), Thai and Lao vowels and tones.
_OPTIONAL_MARKS = frozenset({1, 7, *range(10, 37), *range(202, 241)})
# Marks of those classes that nevertheless make another letter: Bengali ya and ra, Odia ra, and a
# tone of Burmese.
_NEEDED_MARKS = frozenset("\u09bc\u0b3c\u1037")
# Letters whose mark is not an accent: short i, yi, short u, gje and kje. Not yo, which most
# texts write as ye.
_ACCENTED_LETTERS = frozenset("\u0439\u0457\u045e\u0453\u045c")

_SAME = {
    # Latin letters that Unicode does not decompose, and what people without them type.
    "\u0131": "i",  # dotless i, because "I" is folded to an i with a dot
    "\u00f8": "o",
    "\u0142": "l",
    "\u0111": "d",
    "\u00f0": "d",
    "\u0127": "h",
    "\u0167": "t",
    "\u00fe": "th",
    "\u00e6": "ae",
    "\u0153": "oe",
    # Arabic: tatweel only stretches a word, and keyboards for Persian, Urdu and Kurdish have
    # letters of their own for yeh, kaf and heh.
    "\u0640": "",
    "\u0671": "\u0627",  # alef wasla
    "\u0649": "\u064a",  # alef maksura
    "\u06cc": "\u064a",  # Farsi yeh
    "\u06a9": "\u0643",  # keheh
    "\u06aa": "\u0643",  # swash kaf
    "\u0629": "\u0647",  # ta marbuta
    "\u06c1": "\u0647",  # heh goal
    "\u06c3": "\u0647",  # ta marbuta with goal heh
    "\u06d5": "\u0647",  # ae
    "\u066b": ".",
    "\u066c": ",",
    # Hebrew: the forms that letters take at the end of a word, and Yiddish digraphs.
    "\u05da": "\u05db",
    "\u05dd": "\u05de",
    "\u05df": "\u05e0",
    "\u05e3": "\u05e4",
    "\u05e5": "\u05e6",
    "\u05f0": "\u05d5\u05d5",
    "\u05f1": "\u05d5\u05d9",
    "\u05f2": "\u05d9\u05d9",
    # Signs that keyboards have in one form and word processors in several; for dashes see below.
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u02b9\u02bb\u02bc\u02be\u02bf\u2032\u05f3", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u05f4", '"'),
    "\u2212": "-",
}
# Its decomposition begins with a space, which would split the word.
_ACUTE = "\u00b4"

_OTHER_LETTERS = re.compile(r"[^\x00-\x7f]+")

_KANA = range(0x3041, 0x3100)
# Katakana that have a hiragana, always this far below: letters, and two iteration marks.
_KATAKANA = frozenset(map(chr, (*range(0x30A1, 0x30F7), 0x30FD, 0x30FE)))
_TO_HIRAGANA = 0x60


def tidy(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of ``text`` on one line, without invisible characters."""
    if len(text) <= limit and text.isprintable():
        return text
    line = one_line(text[:_MAX_READ])
    return "".join(c for c in line if unicodedata.category(c) not in _INVISIBLE).strip()[:limit]


def fold(texts: Iterable[str]) -> list[str]:
    """Return tidy texts with folded letters, every word between single spaces.

    All together, because that is many times faster than one after the other.
    """
    return lines(_plain("".join(f" {text} \n" for text in texts)))


def lines(text: str) -> list[str]:
    """Return the lines of ``text`` with single spaces; every line ends with a line feed."""
    while "  " in text:
        text = text.replace("  ", " ")
    return text.split("\n")[:-1]


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text.replace(_ACUTE, "'")).casefold()
    letters = {ord(c): _folded(c) for c in set(text) if not c.isascii()}
    # Translating the whole text takes several times as long where most of it is ASCII.
    return _OTHER_LETTERS.sub(lambda found: found[0].translate(letters), text)


@lru_cache(maxsize=10_000)
def _folded(letter: str) -> str:
    """Return the folded form of a composed letter without case; empty for a lone mark."""
    if ord(letter) in _KANA:
        # Not decomposed: with and without the voicing mark, these are different letters.
        return chr(ord(letter) - _TO_HIRAGANA) if letter in _KATAKANA else letter
    if letter in _ACCENTED_LETTERS:
        return letter
    return "".join(map(_without_marks, unicodedata.normalize("NFKD", letter)))


def _without_marks(char: str) -> str:
    kind = unicodedata.category(char)
    if char in _MEANINGLESS or kind == "Me":
        return ""
    if unicodedata.combining(char) in _OPTIONAL_MARKS and char not in _NEEDED_MARKS:
        return ""
    if (digit := unicodedata.decimal(char, None)) is not None:
        return str(digit)
    return _SAME.get(char, "-" if kind == "Pd" else char)
