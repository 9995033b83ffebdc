"""Reads and writes text files.

What is read may be UTF-8, with a byte-order mark or without, UTF-16 or UTF-32: PowerShell's ``>`` writes
UTF-16, and several editors start UTF-8 with a byte-order mark. Files that a user names and the bodies of
requests are decoded here, so that both work everywhere.
"""

import os
import shutil
import sys
from json import detect_encoding
from pathlib import Path

_DASH = "-"


class UnreadableText(Exception):
    """A file cannot be read as text.

    ``str()`` is a sentence that names the file, ``reason`` what follows the name in it.
    """

    def __init__(self, name: str, reason: str) -> None:
        """Take the file's name, and a reason that starts with a verb."""
        self.reason = reason
        super().__init__(f"{name} {reason}.")


class CannotOpen(UnreadableText):
    """The file does not exist, is a folder, or may not be opened."""


def read_text_file(path_or_dash: str | Path) -> str:
    """Return the text of a file or, for ``-``, of standard input, without a byte-order mark.

    Raises:
        CannotOpen: the file does not exist, is a folder, or may not be opened.
        UnreadableText: the file's bytes are not text.
    """
    name = "standard input" if path_or_dash == _DASH else str(path_or_dash)
    try:
        stdin = path_or_dash == _DASH
        content = sys.stdin.buffer.read() if stdin else Path(path_or_dash).read_bytes()
    except OSError as error:
        raise CannotOpen(name, f"cannot be read: {error.strerror}") from error
    except ValueError as error:  # a name that no file can have
        raise CannotOpen(repr(name), f"cannot be read: {error}") from error
    try:
        return decode_text(content)
    except UnicodeDecodeError as error:
        reason = f"is not text: byte {error.start + 1} cannot be read as {error.encoding}"
        raise UnreadableText(name, reason) from error


def replace_text_file(file: Path, text: str) -> None:
    """Write a file in UTF-8 at once, as it is: a program that watches it never reads half of it.

    A symbolic link stays one, and a file that was there keeps its permissions.

    Raises:
        OSError: it cannot be written; what was there stays.
        UnicodeEncodeError: half of a surrogate pair is in the text; what was there stays.
    """
    target = file.resolve()
    new = target.with_name(f".{target.name}~")
    try:
        new.write_text(text, "utf-8", newline="")
        if target.exists():
            shutil.copymode(target, new)
        os.replace(new, target)
    except (OSError, UnicodeEncodeError):
        new.unlink(missing_ok=True)
        raise


def decode_text(content: bytes) -> str:
    """Return the text of bytes, without a byte-order mark at the start.

    Without one, zero bytes among the first four distinguish UTF-16 and UTF-32 (RFC 4627, section 3); that
    works for all text that starts with two ASCII characters, as JSON and HTML do.

    Raises:
        UnicodeDecodeError: they are not text in their encoding.
    """
    return content.decode(detect_encoding(content))
