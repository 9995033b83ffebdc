"""Characters that nobody sees, and which of them belong to what is seen.

Copying brings them along: an invisible space from a web page, a direction mark from a chat in Arabic,
a byte-order mark from a file, a soft hyphen from a typeset text. All are Unicode's format characters
(general category Cf). Three kinds of those are letters' and emoji's own parts:

* U+200C and U+200D between letters of scripts that join (Persian, Hindi, …) change what is read;
* U+200D between emoji makes one picture of them (a family, a rainbow flag);
* tag characters after a black flag name the region whose flag is shown.

Sources: https://www.unicode.org/reports/tr44/#General_Category_Values,
https://www.unicode.org/reports/tr31/#Layout_and_Format_Control_Characters,
https://www.unicode.org/reports/tr51/#Definitions
"""

import re
import unicodedata

# Letters, marks and digits of the scripts in which a joiner makes a difference: Arabic and its
# neighbors, those of India and of South-East Asia, Mongolian, and the historic relatives of all.
_JOINING = (
    "\u0620-\u08ff\u0900-\u0dff\u0e80-\u109f\u1780-\u18af\u1a20-\u1aaf\u1b00-\u1c4f"
    "\ua800-\ua8ff\ua980-\uaaff\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff"
)
# What can stand before and after a joiner in an emoji: older pictures and those of the later planes.
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
_VIRAMA = 9  # a combining class: the sign that silences a vowel; a joiner says how it is drawn


def _if_needed(found: re.Match[str]) -> str:
    """Return what was found, or nothing when neither a letter nor an emoji needs it."""
    text, place = found.string, found.start()
    joiner = found[0] in "\u200c\u200d"
    drawn = joiner and place > 0 and unicodedata.combining(text[place - 1]) == _VIRAMA
    return found[0] if drawn or _NEEDED.match(text, place) else ""


def remove_format_characters(text: str) -> str:
    """Return ``text`` without Unicode's format characters that no letter and no emoji needs.

    Time is linear. What is returned comes back unchanged when it is given again.
    """
    if text.isascii():
        return text
    # Those that are never needed go first: they must not stand between a joiner and its letters.
    text = "".join(
        char for char in text if unicodedata.category(char) != "Cf" or _DOUBTFUL.match(char)
    )
    return _DOUBTFUL.sub(_if_needed, text)
