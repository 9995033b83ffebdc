"""Text in whatever encoding it was saved, and files that are not text."""

import io
import sys
from pathlib import Path

import pytest

from plugin_server.resources.text_files import (
    CannotOpen,
    UnreadableText,
    decode_text,
    read_text_file,
    replace_text_file,
)

TEXT = '{"title": "Grüße, 世界 🌊"}'


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"]
)
@pytest.mark.parametrize("text", [TEXT, "<p>é</p>\r\n", "[]"])
def test_every_encoding_is_read(encoding: str, text: str) -> None:
    assert decode_text(text.encode(encoding)) == text


@pytest.mark.parametrize("byte_order_mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b""])
def test_no_text_is_no_text(byte_order_mark: bytes) -> None:
    assert decode_text(byte_order_mark) == ""


def test_a_file_and_standard_input_are_read_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = TEXT.encode("utf-16")
    file = tmp_path / "settings.json"
    file.write_bytes(content)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert read_text_file(file) == read_text_file(str(file)) == read_text_file("-") == TEXT


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x89PNG\r\n\x1a\n", "byte 1 cannot be read as utf-8"),
        ("é".encode("latin-1"), "byte 1 cannot be read as utf-8"),
        (b'["na\xefve"]', "byte 5 cannot be read as utf-8"),
        (b"\xff\xfe\x00\xd8", "byte 3 cannot be read as utf-16"),
        (b"\xff\xfea", "byte 3 cannot be read as utf-16"),
    ],
)
def test_what_is_not_text_is_said_to_be_none(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(content)
    with pytest.raises(UnreadableText, match=said) as caught:
        read_text_file(file)
    assert not isinstance(caught.value, CannotOpen)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing.json", "No such file"),
        ("", "Is a directory"),
        ("missing/a.json", "No such file"),
        ("a" * 300, "name too long"),
        ("a\0b", "null"),
    ],
)
def test_what_cannot_be_opened_has_its_reason(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(CannotOpen, match=said):
        read_text_file(tmp_path / name)


def test_a_file_is_replaced_at_once_behind_its_link_with_its_permissions(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("before")
    file.chmod(0o640)
    link.symlink_to(file)
    number = file.stat().st_ino
    replace_text_file(link, "a\r\nb")
    assert link.is_symlink()
    assert file.read_bytes() == b"a\r\nb"
    assert file.stat().st_mode & 0o777 == 0o640
    assert file.stat().st_ino != number


def test_a_file_that_cannot_be_written_stays_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("before")
    with pytest.raises(UnicodeEncodeError):
        replace_text_file(file, "after\ud800")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert file.read_text() == "before"
