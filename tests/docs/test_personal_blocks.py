"""The examples of the page on personal blocks: its files are those of a tested package, its tests pass."""

import re
from pathlib import Path

import pytest
from support.blocks.carts import FILES, install
from support.blocks.packages import import_path
from support.documents import CHECKOUT, text_of

from plugin_server.rendering.personal.helpers import HELPERS

PAGE = text_of(CHECKOUT / "docs" / "personal-blocks.md")
SHOWN = re.findall(r"^<!-- is (\S+) -->\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
[TESTS] = re.findall(
    r"^```python\n(from plugin_server.testing import sent\n.*?)^```$", PAGE, re.DOTALL | re.MULTILINE
)


@pytest.mark.parametrize(("path", "text"), SHOWN, ids=[path for path, _ in SHOWN])
def test_the_page_shows_the_files_of_the_package(path: str, text: str) -> None:
    assert text == (CHECKOUT / path).read_text("utf-8")


def test_the_whole_block_is_shown() -> None:
    files = {file for file in FILES.rglob("*.*") if file.stem == "cart_list"}
    assert {CHECKOUT / path for path, _ in SHOWN} == files


def test_the_tests_on_the_page_pass(tmp_path: Path) -> None:
    install(tmp_path)
    found: dict[str, object] = {}
    with import_path(tmp_path):
        exec(TESTS, found)  # noqa: S102 - the page's own code
        tests = [each for name, each in found.items() if name.startswith("test_")]
        assert len(tests) == 2
        for each in tests:
            assert callable(each)
            each()


def test_every_helper_is_described() -> None:
    assert {name for name in HELPERS if f"{name}(" not in PAGE} == set()
