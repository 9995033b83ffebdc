"""The pages themselves: their links lead somewhere, and their examples print what they say."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from support.documents import (
    CHECKOUT,
    GUIDES,
    PAGES,
    Example,
    anchors_of,
    examples_of,
    links_of,
    run,
    text_of,
)

from plugin_server.resources.paths import PACKAGE, STATIC

EXAMPLES = [example for page in PAGES for example in examples_of(page)]
# Programs that npm installs, and this module, which names the words.
NOT_SEARCHED = ("tests/benchmarks/peers/", "tests/docs/test_pages.py")


def name(page: Path) -> str:
    return str(page.relative_to(CHECKOUT))


def broken(page: Path) -> list[str]:
    """Return the relative links of a page that lead to no file, or to no heading."""
    found = []
    for link in links_of(page):
        parts = urlsplit(link)
        target = (page.parent / unquote(parts.path)) if parts.path else page
        leads_somewhere = target.exists() and (
            not parts.fragment or parts.fragment in anchors_of(target)
        )
        if not (parts.scheme or leads_somewhere):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_relative_links_lead_to_a_file_and_a_heading(page: Path) -> None:
    assert broken(page) == []


def test_links_that_lead_nowhere_are_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# One heading’s `words`\n\n## Twice\n\n## Twice\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](other.md) [b](other.md#one-headings-words) [c](other.md#twice-1) [d](https://x.example)\n"
        "[e](other.md#twice-2) ![f](missing.png) [g\nh](#nothing) [![i](gone.png)](other.md)\n"
        "`[j](code.md)`\n\n```sh\n[k](code.md)\n```\n"
    )
    assert sorted(broken(page)) == ["#nothing", "gone.png", "missing.png", "other.md#twice-2"]


@pytest.mark.parametrize("page", GUIDES, ids=name)
def test_pages_use_the_words_of_the_glossary(page: Path) -> None:
    # The glossary itself names what it replaces; between markers stands what code has written.
    text = re.sub(r"\n## Words\n.*?(?=\n## )", "", text_of(page), flags=re.DOTALL)
    text = re.sub(r"<!-- make bench.*?<!-- end -->|```.*?```", "", text, flags=re.DOTALL)
    assert re.findall(r"\b(?:answer\w*|anew|mend\w*|told|wanted|asked)\b", text) == []


def test_the_code_uses_the_words_of_the_glossary() -> None:
    replaced = re.compile(r"(?<![a-z])(?:answer|anew|told|wanted|asked|asking)", re.IGNORECASE)
    found = [
        f"{file.relative_to(CHECKOUT)}, line {number}: {line.strip()}"
        for folder, pattern in ((PACKAGE, "*.py"), (STATIC, "*.js"), (CHECKOUT / "tests", "*.py"))
        for file in sorted(folder.rglob(pattern))
        if not name(file).startswith(NOT_SEARCHED)
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if replaced.search(line)
    ]
    assert found == []


def test_the_readme_is_read_in_five_minutes() -> None:
    assert len(text_of(CHECKOUT / "README.md").splitlines()) <= 200


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.command)
def test_an_example_prints_what_its_page_shows(example: Example) -> None:
    # When they differ for a good reason: PYTHONPATH=tests .venv/bin/python -m support.documents
    assert run(example).strip() == example.output.strip()


def test_there_are_examples_of_both_checks() -> None:
    assert {" ".join(example.command.split()[1:3]) for example in EXAMPLES} >= {
        "settings check",
        "lint --html",
    }


def test_only_our_commands_are_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="only plugin-server"):
        run(Example(tmp_path / "page.md", "rm -r /", ""))


def test_an_example_whose_output_has_changed_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ plugin-server --version\n0.0.0\n$ plugin-server nothing\n\n```\n"
    )
    first, second = examples_of(page)
    assert (first.command, first.output) == ("plugin-server --version", "0.0.0\n")
    assert run(first) != first.output
    assert "No such command 'nothing'" in run(second)
