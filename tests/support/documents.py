"""The project's Markdown pages: their headings, links and code, and the examples in them.

An example is a block of the language ``console``: commands after ``$``, each with what it prints. Its files
are the blocks that follow a comment ``<!-- file: NAME -->`` on the same page. After a change of what commands
print, ``PYTHONPATH=tests python -m support.documents`` writes their present output into the pages.
"""

import os
import re
import shlex
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner

from plugin_server.cli import main as plugin_server

CHECKOUT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/*.md", ".deploy/*.md", ".github/**/*.md")
    for path in CHECKOUT.glob(pattern)
)
# What readers and operators read; what contributors read besides is no place for a command or a variable.
GUIDES = [path for path in PAGES if path.parent in (CHECKOUT, CHECKOUT / "docs")]

_FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CONSOLE = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """A command on a page, and what the page says that it prints."""

    page: Path
    command: str
    output: str


def text_of(page: Path) -> str:
    """Return a page's text."""
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    """Return a page's text without its blocks of code and comments."""
    return re.sub(r"<!--.*?-->", "", _FENCED.sub("", text_of(page)), flags=re.DOTALL)


def links_of(page: Path) -> list[str]:
    """Return the targets of a page's links and pictures, as they are written."""
    return _LINK.findall(_CODE.sub("", prose_of(page)))


def anchors_of(page: Path) -> set[str]:
    """Return the fragments that lead to a page's headings, by GitHub's rules."""
    found: set[str] = set()
    for heading in _HEADING.findall(prose_of(page)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        found.add(next(name for name in _numbered(slug) if name not in found))
    return found


def files_of(page: Path) -> dict[str, str]:
    """Return the files that a page's examples read: their names and contents."""
    return dict(_FILE.findall(text_of(page)))


def examples_of(page: Path) -> list[Example]:
    """Return the examples on a page."""
    return [
        Example(page, command, output)
        for block in _CONSOLE.findall(text_of(page))
        for command, output in _commands(block)
    ]


def run(example: Example) -> str:
    """Run an example in a folder that holds its page's files, and return what it prints.

    Raises:
        ValueError: it is not a command of ours.
    """
    program, *arguments = shlex.split(example.command)
    if program != "plugin-server":
        raise ValueError(f"{example.command}: only plugin-server can be run")
    environment = dict.fromkeys(("BASE_URL", "LOG_LEVEL"))
    with TemporaryDirectory() as folder, chdir(folder):
        for name, content in files_of(example.page).items():
            Path(name).write_text(content, encoding="utf-8")
        return CliRunner(env=environment).invoke(plugin_server, arguments).output


def _commands(block: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def _numbered(slug: str) -> Iterator[str]:
    yield slug
    yield from (f"{slug}-{number}" for number in range(1, 100))


def main() -> None:
    """Write what the examples print today into their pages."""
    for page in PAGES:

        def renewed(block: re.Match[str], page: Path = page) -> str:
            examples = (Example(page, *each) for each in _commands(block[0]))
            return "\n".join(f"$ {each.command}\n{run(each).strip()}\n" for each in examples)

        page.write_text(_CONSOLE.sub(renewed, text_of(page)), encoding="utf-8")


if __name__ == "__main__":
    os.chdir(CHECKOUT)
    main()
