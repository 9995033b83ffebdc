"""Unicode's invisible format characters (general category Cf): removed unless a letter or emoji needs them.

They come with copied text: an invisible space from a web page, a direction mark from a chat in Arabic,
a byte-order mark from a file, a soft hyphen from a typeset text. Three kinds of them are needed:

* U+200C and U+200D between letters of joining scripts (Persian, Hindi, …) change what is read;
* U+200D between emoji joins them to one picture (a family, a rainbow flag);
* tag characters after a black flag select the region whose flag is shown.

Sources: https://www.unicode.org/reports/tr44/#General_Category_Values,
https://www.unicode.org/reports/tr31/#Layout_and_Format_Control_Characters,
https://www.unicode.org/reports/tr51/#Definitions
"""

import re
import unicodedata

# Letters, marks and digits of the scripts in which a joiner makes a difference: Arabic and its
# neighbors, the scripts of India and South-East Asia, Mongolian, and historic relatives of all these.
_JOINING = (
    "\u0620-\u08ff\u0900-\u0dff\u0e80-\u109f\u1780-\u18af\u1a20-\u1aaf\u1b00-\u1c4f"
    "\ua800-\ua8ff\ua980-\uaaff\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff"
)
# The pictures that a joiner may stand between in an emoji, in the basic and the supplementary planes.
_PICTURE = "\u2190-\u21ff\u2300-\u2bff\U0001f000-\U0001faff"
_FLAG = "(?<=\U0001f3f4)[\U000e0020-\U000e007e]+\U000e007f"
_NEEDED = re.compile(
    f"(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"
    # A variation selector, a skin tone (one of the pictures) or a keycap may end the first emoji.
    f"|(?<=[{_PICTURE}\ufe0f\u20e3])\u200d(?=[{_PICTURE}])"
    f"|{_FLAG}"
)
# The format characters that may be needed; a whole flag at once.
_DOUBTFUL = re.compile(f"{_FLAG}|[\u200c\u200d\U000e0020-\U000e007f]")
_VIRAMA = 9  # combining class of the sign that silences a vowel; a joiner after it changes how it is drawn


def _if_needed(found: re.Match[str]) -> str:
    """Return the match itself, or ``""`` if neither a letter nor an emoji needs it."""
    text, place = found.string, found.start()
    is_joiner = found[0] in "\u200c\u200d"
    after_virama = is_joiner and place > 0 and unicodedata.combining(text[place - 1]) == _VIRAMA
    return found[0] if after_virama or _NEEDED.match(text, place) else ""


def remove_format_characters(text: str) -> str:
    """Return ``text`` without the format characters that no letter and no emoji needs.

    Takes linear time, and is idempotent.
    """
    if text.isascii():
        return text
    # Those that are never needed are removed first, so that none stands between a joiner and its letters.
    text = "".join(
        char for char in text if unicodedata.category(char) != "Cf" or _DOUBTFUL.match(char)
    )
    return _DOUBTFUL.sub(_if_needed, text)
