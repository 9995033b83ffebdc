"""Closes the holes in sentences from which words are missing, with the spaces and punctuation around them."""

import re

# Marks where a word may be missing: a noncharacter, which no text may contain.
HOLE = "\ufdd0"

_SEVERAL = re.compile(f"{HOLE}[\\s{HOLE}]*{HOLE}")
_COMMAS = ",;:\u060c\u061b\u3001\uff0c\uff1a\uff1b"
_DASHES = "-\u2013\u2014|\u00b7\u2022"
_STOPS = ".!?\u2026\u061f\u06d4\u3002\uff01\uff1f"
_CLOSERS = ")]}\u00bb\u201d\u2019"
_PAIRS = {"(": ")", "[": "]", '"': '"', "\u201c": "\u201d", "\u201e": "\u201c", "\u00ab": "\u00bb"}
# In French, these have a space before them, with or without the word.
_SPACED = "!?:;\u00bb"
# What separated a sentence from its missing first word.
_SEPARATOR = re.compile(
    rf"(?:[\s{_COMMAS}]|[{re.escape(_DASHES)}](?=\s)|[{re.escape(_STOPS)}]+(?=\s|\Z))+"
)
_POSSESSIVE = re.compile(r"['\u2019]s\b")
_SENTENCE_END = re.compile(rf".*[{re.escape(_STOPS)}]\s", re.DOTALL)


def close_holes(text: str) -> str:
    """Return ``text`` without ``HOLE``: ``Hi HOLE, welcome`` becomes ``Hi, welcome``.

    If a word stands right before a hole, no word is missing, and nothing else changes.
    """
    left, *following = _SEVERAL.sub(_one_hole, text).split(HOLE)
    for right in following:
        left = _closed(left, right)
    return left


def _one_hole(found: re.Match[str]) -> str:
    return f" {HOLE}" if any(map(str.isspace, found[0])) else HOLE


def _closed(left: str, right: str) -> str:
    """Join both sides of a hole, without the spaces and punctuation of the missing word."""
    if left and not (left[-1].isspace() or left[-1] in _COMMAS or left[-1] in _PAIRS):
        return left + right
    if possessive := _POSSESSIVE.match(right):
        right = right[possessive.end() :]
    before, after = left.rstrip(), right.lstrip()
    while before and after and _PAIRS.get(before[-1]) == after[0]:
        left = before[:-1]
        before, right = left.rstrip(), after[1:]
        after = right.lstrip()
    if not after:
        return before.rstrip(f" {_COMMAS}{_DASHES}")
    sentence = left[end.end() :] if (end := _SENTENCE_END.match(left)) else left
    if not any(map(str.isalnum, sentence)):
        separator = _SEPARATOR.match(right)
        return left + (right[separator.end() :] if separator else right)
    if after[0] in _DASHES:
        return f"{before.rstrip(f' {_COMMAS}{_DASHES}')} {after}"
    if after[0] in _COMMAS + _STOPS + _CLOSERS:
        is_spaced = right[0].isspace() and after[0] in _SPACED
        return before.rstrip(f" {_COMMAS}{_DASHES}") + (right if is_spaced else after)
    has_space = (left[-1] + right[0]).strip() != left[-1] + right[0]
    return f"{before} {after}" if has_space and before[-1] not in _PAIRS else before + after
