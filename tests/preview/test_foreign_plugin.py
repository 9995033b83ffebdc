"""The sandbox for a plugin server that has nothing to do with ours, in a real browser."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, expect
from support.browser.editing_files import save
from support.browser.live_reload import listening
from support.servers import commands
from support.servers.processes import announced
from support.servers.threads import serving

from plugin_server.cli import main

POSTS = {"1": "Fog on the quay", "2": "The lighthouse"}


class Demo(BaseHTTPRequestHandler):
    """A plugin in the shape of the demo that Kit publishes: one HTML and one search endpoint."""

    seen: list[tuple[str, Any]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((self.path, self.headers.get("Authorization")))
        if self.path == "/search":
            found = {
                v: t for v, t in POSTS.items() if body["search"] in (v, "") or body["search"] in t
            }
            response = {"code": 200, "data": [{"label": t, "value": v} for v, t in found.items()]}
        else:
            settings, styles = body["settings"], body["styles"]
            title, color = POSTS[settings["post"]], styles["p"]["color"]
            html = f'<p style="color: {color}"><b>{title}</b> {settings.get("note", "")}</p>'
            response = {"code": 200, "html": html}
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(response).encode())

    def log_message(self, *_: Any) -> None: ...


@contextmanager
def running_demo(port: int = 0) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", port), Demo)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def demo() -> Iterator[str]:
    Demo.seen.clear()
    with running_demo() as url:
        yield url


@pytest.fixture
def settings_file(demo: str, tmp_path: Path) -> Path:
    return write_settings(tmp_path, demo)


def write_settings(folder: Path, demo: str) -> Path:
    file = folder / "kit_post.json"
    search = {"type": "search", "name": "post", "label": "Post", "required": True}
    note = {"type": "text", "name": "note", "label": "Note"}
    file.write_text(json.dumps([{**search, "request_url": f"{demo}/search"}, note], indent=2))
    return file


@contextmanager
def running_sandbox(folder: Path, port: int, *options: str) -> Iterator[str]:
    """Run the command until the block ends, and yield the sandbox's URL."""
    variables = {"DATA_DIR": str(folder / "data"), "SANDBOX_PORT": str(port)}

    def begin(environment: dict[str, str], streams: commands.Streams) -> commands.Command:
        return commands.start(["sandbox", *options], environment, streams)

    with announced(begin, variables, folder):
        yield f"http://127.0.0.1:{port}"


def refusal(*options: str, **variables: str) -> tuple[int, str]:
    """Return the exit status and the message of a command that does not start."""
    done = commands.run(["sandbox", *options], {**os.environ, **variables})
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def watched_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("watched")


@pytest.fixture(scope="module")
def watching_sandbox(watched_folder: Path, free_ports: Callable[[int], list[int]]) -> Iterator[str]:
    """A sandbox of the plugin ``kit_post``, which watches a folder."""
    source = watched_folder / "src"
    source.mkdir()
    with running_demo() as demo:
        file = write_settings(watched_folder, demo)
        options = ("--plugin", f"{demo}/html", "--settings", str(file), "--no-auth")
        watched = ("--watch", str(source))
        with running_sandbox(watched_folder, *free_ports(1), *options, *watched) as url:
            yield url


class TestWithoutAuthorization:
    def test_a_creator_inserts_searches_changes_and_sees_the_html(
        self, watching_sandbox: str, chromium: Browser
    ) -> None:
        Demo.seen.clear()
        page = chromium.new_page()
        page.goto(f"{watching_sandbox}/editor")
        page.get_by_test_id("insert-kit post").click()
        search = page.locator('[data-setting="post"] input[role=combobox]')
        search.fill("light")
        page.get_by_role("option", name="The lighthouse").click()
        block = page.frame_locator("iframe[data-view=desktop]").locator("[data-block]")
        expect(block.get_by_text("The lighthouse")).to_be_visible()
        page.locator('[data-setting="note"] input').fill("Bring a lamp")
        expect(block).to_contain_text("Bring a lamp")
        page.close()
        assert {path for path, _ in Demo.seen} == {"/search", "/html"}
        assert {authorization for _, authorization in Demo.seen} == {None}

    def test_changes_are_shown_and_a_new_settings_json_is_in_the_editor(
        self, watching_sandbox: str, watched_folder: Path
    ) -> None:
        settings_file = watched_folder / "kit_post.json"
        before = settings_file.read_text()
        with listening(watching_sandbox) as news:
            save(settings_file, before.replace('"Note"', '"Remark"'))
            assert news.wait_for("changed")["files"] == [str(settings_file)]
            assert "Remark" in httpx2.get(f"{watching_sandbox}/editor").text
            save(settings_file, "[\n  {]")
            shown = news.wait_for("broken")
            assert (shown["file"], shown["line"]) == (str(settings_file), 2)
            save(settings_file, "[]")
            assert news.wait_for("changed")
            source = watched_folder / "src" / "index.js"
            save(source, "// anything")
            assert news.wait_for("changed")["files"] == [str(source)]
            save(settings_file, before)
            assert news.wait_for("changed")


def test_a_plugin_server_that_has_restarted_is_requested_again(
    tmp_path: Path, free_ports: Callable[[int], list[int]]
) -> None:
    file = tmp_path / "empty.json"
    file.write_text("[]")
    port, sandbox_port = free_ports(2)
    with ExitStack() as stack:
        with running_demo(port) as demo:
            options = ("--plugin", f"{demo}/html", "--settings", str(file), "--no-auth")
            url = stack.enter_context(running_sandbox(tmp_path, sandbox_port, *options))
            news = stack.enter_context(listening(url))
        assert news.hear()[0] == "alive"  # long enough for the command to notice
        stack.enter_context(running_demo(port))
        assert news.wait_for("changed")["files"] == []


def test_a_draft_keeps_the_block_of_a_plugin_that_gets_another_name(
    demo: str, settings_file: Path, tmp_path: Path, free_ports: Callable[[int], list[int]]
) -> None:
    [port] = free_ports(1)
    options = ("--plugin", f"{demo}/html", "--settings", str(settings_file), "--no-auth")
    with running_sandbox(tmp_path, port, *options) as url, httpx2.Client(base_url=url) as browser:
        draft = browser.post("/drafts", json={}).json()["id"]
        made = browser.post(f"/editor/{draft}/blocks", json={"plugin_id": 1})
        assert made.status_code == 200
        block = f"/editor/{draft}/blocks/{made.json()['id']}"
    with running_sandbox(tmp_path, port, *options, "--name", "Letter") as url:
        assert "Letter" in httpx2.get(f"{url}/dashboard").text
        assert "Kit post" not in httpx2.get(f"{url}/dashboard").text
        assert 'data-setting="note"' in httpx2.get(url + block).json()["form"]
    # Another plugin in the meantime, in the same folder.
    other = tmp_path / "other.json"
    other.write_text("[]")
    with running_sandbox(
        tmp_path, port, *options[:2], "--settings", str(other), "--no-auth"
    ) as url:
        assert "not available at present" in httpx2.get(url + block).json()["form"]
    with running_sandbox(tmp_path, port, *options) as url:
        assert 'data-setting="note"' in httpx2.get(url + block).json()["form"]


def test_with_oauth_it_is_installed_first(
    demo: str, settings_file: Path, tmp_path: Path, free_ports: Callable[[int], list[int]]
) -> None:
    options = ("--plugin", f"{demo}/html", "--settings", str(settings_file), "--name", "Post")
    oauth = ("--client-id", "kit", "--client-secret", "s", "--token-url", f"{demo}/token")
    with running_sandbox(tmp_path, *free_ports(1), *options, *oauth) as url:
        assert "is not installed" in httpx2.get(f"{url}/editor").text
        goes_to = httpx2.get(f"{url}/apps/1/install").headers["Location"]
        assert goes_to.startswith(f"{demo}/oauth/authorize?client_id=kit&")
        dashboard = httpx2.get(f"{url}/dashboard").text
        assert f'value="{demo}/token"' in dashboard


class TestErrors:
    GOOD = ("--plugin", "{demo}/html", "--settings", "{file}")

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (GOOD, "--client-id and --client-secret"),
            ((*GOOD, "--client-id", "x"), "--client-id and --client-secret"),
            ((*GOOD, "--no-auth", "--client-id", "x"), "cannot be combined"),
            ((*GOOD, "--no-auth", "--token-url", "{demo}/t"), "cannot be combined"),
            (("--plugin", "{demo}/html", "--no-auth"), "one --settings FILE for each --plugin"),
            ((*GOOD, "--name", "A", "--name", "B", "--no-auth"), "one --name for each"),
            ((*GOOD, *GOOD, "--no-auth"), "Two plugins have the same name"),
            (("--plugin", "localhost:1", "--settings", "{file}", "--no-auth"), "is not a URL"),
            ((*GOOD, "--no-auth", "--watch", "/nowhere"), "'/nowhere' does not exist"),
            ((*GOOD, "--no-auth", "--examples", "/nowhere"), "There is no folder /nowhere"),
            (("--no-auth",), "give --plugin and --settings"),
        ],
    )
    def test_options_that_do_not_fit_are_a_usage_error(
        self, demo: str, settings_file: Path, options: tuple[str, ...], words: str
    ) -> None:
        given = [each.format(demo=demo, file=settings_file) for each in options]
        result = CliRunner().invoke(main, ["sandbox", *given])
        assert (result.exit_code, words in result.output) == (2, True), result.output

    def test_a_settings_json_is_refused_with_the_place_of_each_error(
        self, demo: str, tmp_path: Path
    ) -> None:
        wrong = tmp_path / "wrong.json"
        wrong.write_text('[\n  {"type": "magic", "name": "a", "label": "A"}\n]')
        options = ("--plugin", demo, "--settings", str(wrong), "--no-auth")
        status, shown = refusal(*options, DATA_DIR=str(tmp_path))
        assert status == 1
        assert f"{wrong}:2:12: error" in shown
        assert '"magic" is not a type of setting' in shown

    def test_a_plugin_that_does_not_respond_is_named(
        self, settings_file: Path, tmp_path: Path, free_ports: Callable[[int], list[int]]
    ) -> None:
        nobody, port = free_ports(2)
        url = f"http://127.0.0.1:{nobody}/html"
        options = ("--plugin", url, "--settings", str(settings_file), "--no-auth")
        status, shown = refusal(*options, DATA_DIR=str(tmp_path), SANDBOX_PORT=str(port))
        assert status == 1
        assert f"Nothing responds at {url}" in shown
        assert "start your server, or correct the URL" in shown
        assert 'Kit posts {"settings": …} there and asks for status 200' in shown
