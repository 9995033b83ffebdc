"""Live reload of blocks of another package, installed in place: each mistake stops its block alone."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, expect
from support.blocks.packages import QUOTE, write_package
from support.browser.creator import Creator
from support.browser.editing_files import save
from support.browser.live_reload import Listener, listening
from support.servers.processes import NOT_COMPILING, Preview, running_preview

MODULE, SETTINGS, TEMPLATE = QUOTE
WHOSE = "quote of acme-blocks 1.2"
CONTEXT = """
    def context(self, values, data):
        {line}
        return dict(values)
"""
SETTINGS_OF_BLOCK = {"words": "Fog on the quay"}


class Package:
    """The package in ``folder``, its running preview, and what a page there hears."""

    def __init__(self, folder: Path, preview: Preview, token: str) -> None:
        self.folder, self.preview, self.token = folder, preview, token

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        save(self.folder / path, text)

    def ask(self, block: str = "quote", **headers: str) -> dict[str, Any]:
        """Return the response to a request for a block's HTML."""
        response = httpx2.post(
            f"{self.preview.server}/blocks/{block}/html",
            json={"settings": SETTINGS_OF_BLOCK},
            headers={"Authorization": f"Bearer {self.token}", **headers},
            timeout=30,
        )
        return dict(response.json())

    def labels(self) -> list[str]:
        """Return the names of the blocks in the editor's menu."""
        page = httpx2.get(f"{self.preview.sandbox}/apps/1").text
        return [part.partition("<")[0].strip() for part in page.split("<h3>")[1:]]

    def restore(self) -> None:
        """Write the package's own files again, and wait until its block works."""
        with listening(self.preview.sandbox) as news:
            for path, text in QUOTE.items():
                file = self.folder / path
                if not file.exists() or file.read_text() != text:
                    self.write(path, text)
            while "html" not in self.ask() or "Quote" not in self.labels():
                news.wait_for("changed")


@pytest.fixture(scope="module")
def shared_package(
    tmp_path_factory: pytest.TempPathFactory,
    free_ports: Callable[[int], list[int]],
    make_creator: Callable[[Any], Creator],
) -> Iterator[Package]:
    site = tmp_path_factory.mktemp("site")
    folder = write_package(site, QUOTE)
    # A new process, which finds the package.
    command = [*NOT_COMPILING, f"PYTHONPATH={site}", sys.executable, "-m", "plugin_server.cli"]
    home = tmp_path_factory.mktemp("preview")
    with running_preview(home, free_ports(2), command=command) as preview:
        yield Package(folder, preview, str(make_creator(preview).tokens()["access_token"]))


@pytest.fixture
def package(shared_package: Package) -> Iterator[Package]:
    yield shared_package
    shared_package.restore()


@pytest.fixture
def news(package: Package) -> Iterator[Listener]:
    with listening(package.preview.sandbox) as listener:
        yield listener


def test_a_template_a_module_and_a_settings_json_are_shown_as_they_are_now(
    package: Package, news: Listener
) -> None:
    assert "Fog on the quay" in package.ask()["html"]
    package.write(TEMPLATE, QUOTE[TEMPLATE].replace("words)", "'fresh paint')"))
    assert news.wait_for("changed")["files"] == [f"acme_blocks/{TEMPLATE}"]
    assert "fresh paint" in package.ask()["html"]
    package.write(MODULE, QUOTE[MODULE] + '    label = "Saying"\n')
    assert news.wait_for("changed")["files"] == [f"acme_blocks/{MODULE}"]
    assert "Saying" in package.labels()
    package.write(SETTINGS, QUOTE[SETTINGS].replace("Words", "What was said"))
    assert news.wait_for("changed")["files"] == [f"acme_blocks/{SETTINGS}"]
    settings = httpx2.get(f"{package.preview.server}/settings/quote.json")
    assert settings.json()[0]["label"] == "What was said"


def test_a_start_tag_has_a_line_of_the_packages_template(package: Package) -> None:
    line = package.ask(**{"X-Template-Line": "0"})["template_line"]
    assert line["file"] == f"acme_blocks/{TEMPLATE}"
    assert QUOTE[TEMPLATE].split("\n")[line["line"] - 1].strip() == line["text"]


def test_an_example_is_offered_as_soon_as_it_is_written(package: Package, news: Listener) -> None:
    package.write("settings_json/examples/quote/typical.json", json.dumps(SETTINGS_OF_BLOCK))
    assert news.wait_for("changed")["files"] == [
        "acme_blocks/settings_json/examples/quote/typical.json"
    ]
    page = httpx2.get(f"{package.preview.sandbox}/preview/quote?example=typical")
    assert page.status_code == 502, "it is there, although the app is not installed"
    assert "not installed" in page.text


def test_a_new_block_is_there_when_its_last_file_is_and_goes_with_its_files(
    package: Package, news: Listener
) -> None:
    files = {path.replace("quote", "motto"): text for path, text in QUOTE.items()}
    for path, text in files.items():
        package.write(path, text.replace("Quote", "Motto"))
    while "Motto" not in package.labels():
        news.wait_for("changed")
    assert "Fog on the quay" in package.ask("motto")["html"]
    for path in files:
        (package.folder / path).unlink()
    while "Motto" in package.labels():
        news.wait_for("changed")
    assert package.ask("motto")["code"] == 404
    assert "html" in package.ask()


@pytest.mark.parametrize(
    ("path", "text", "place"),
    [
        (MODULE, "\ndef", f"acme_blocks/{MODULE}, line 2: invalid syntax"),
        (
            MODULE,
            "import nothing_like_it",
            f"acme_blocks/{MODULE}, line 1: ModuleNotFoundError: No module named 'nothing_like_it'",
        ),
        (SETTINGS, "[\n{]", f"acme_blocks/{SETTINGS}, line 2: "),
        (
            TEMPLATE,
            "\n{% if %}",
            f"acme_blocks/{TEMPLATE}, line 2: an expression is missing before %}}",
        ),
    ],
)
def test_a_block_with_a_mistake_fails_alone(
    package: Package, news: Listener, path: str, text: str, place: str
) -> None:
    package.write(path, text)
    assert news.wait_for("changed")
    shown = news.wait_for("broken")
    assert f"{shown['file']}, line {shown['line']}: {shown['text']}".startswith(place)
    if path != TEMPLATE:  # which is read again for each request
        assert f"(Left out: {WHOSE}; the others work.)" in shown["text"]
    assert "Quote" in package.labels()
    [error] = package.ask()["errors"]
    assert error.startswith(place)
    assert error.endswith(f" ({WHOSE})")
    assert package.ask("subscriber_count")["code"] == 200


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1 / 0", "line 10: ZeroDivisionError: division by zero"),
        ("while True: pass", "line 10: still here after 9 seconds: an endless loop"),
        ("import time; time.sleep(40)", "line 10: still here after 9 seconds: an endless loop"),
    ],
)
def test_what_fails_in_a_request_is_placed_in_the_block(
    package: Package, news: Listener, line: str, expected: str
) -> None:
    package.write(MODULE, QUOTE[MODULE] + CONTEXT.format(line=line))
    while "html" in (response := package.ask()):
        news.wait_for("changed")
    [error] = response["errors"]
    assert error.startswith(f"acme_blocks/{MODULE}, {expected}"), error
    assert error.endswith(f" ({WHOSE})")


def test_a_loop_in_a_template_is_placed_there(package: Package, news: Listener) -> None:
    loop = "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}\n"
    package.write(TEMPLATE, f"\n{loop}{QUOTE[TEMPLATE]}")
    while "html" in (response := package.ask()):
        news.wait_for("changed")
    assert f"acme_blocks/{TEMPLATE}, line 2: still here" in response["errors"][0]


def test_a_draft_keeps_its_block_while_it_is_called_otherwise_broken_and_gone(
    package: Package, news: Listener, chromium: Browser
) -> None:
    page = chromium.new_page()
    page.goto(f"{package.preview.sandbox}/apps/1")
    page.get_by_test_id("install").click()
    page.get_by_test_id("kit-approve").click()
    page.get_by_test_id("allow").click()
    page.goto(f"{package.preview.sandbox}/editor")
    page.get_by_test_id("insert-quote").click()
    page.locator('[data-setting="words"] input').fill("Fog on the quay")
    block = page.frame_locator("iframe[data-view=desktop]").locator("[data-block]")
    expect(block).to_contain_text("Fog on the quay")

    package.write(MODULE, QUOTE[MODULE] + '    label = "Saying"\n')
    expect(page.get_by_role("heading", name="Saying", exact=True)).to_be_visible()
    expect(block).to_contain_text("Fog on the quay")

    package.write(MODULE, "import nothing_like_it\n")
    expect(page.locator("#broken")).to_contain_text(WHOSE)
    expect(page.get_by_test_id("block-error")).to_contain_text(WHOSE)
    expect(page.locator('[data-setting="words"] input')).to_have_value("Fog on the quay")

    for path in QUOTE:
        (package.folder / path).unlink()
    expect(page.get_by_test_id("insert-saying")).to_have_count(0)
    expect(page.locator("#settings")).to_contain_text("not available at present")

    package.restore()
    expect(page.get_by_role("heading", name="Quote", exact=True)).to_be_visible()
    expect(page.locator("#broken")).to_be_hidden()
    expect(page.locator('[data-setting="words"] input')).to_have_value("Fog on the quay")
    expect(block).to_contain_text("Fog on the quay")
    page.close()
