"""``plugin-server snapshot``: pictures of every example in every view, and what differs from earlier ones."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image
from support.servers import commands
from support.servers.plugin_app import CLIENT_ID, CLIENT_SECRET, running_plugin_app
from support.servers.plugin_app import SETTINGS as SETTINGS_OF_APP
from support.servers.threads import serving

from plugin_server.cli import main
from plugin_server.preview.snapshots.comparison import compare
from plugin_server.sandbox.editor.contact_sheet import VIEWS
from plugin_server.sandbox.liquid.readers import READERS

SETTINGS = [{"type": "text", "name": "title", "label": "Title"}]


class Foreign:
    """A plugin that shows its title, in a color that a test changes for some titles."""

    def __init__(self) -> None:
        self.url = ""
        self.colors: dict[str, str] = {}


@pytest.fixture
def foreign() -> Iterator[Foreign]:
    plugin = Foreign()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(405)

        def do_POST(self) -> None:
            settings = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["settings"]
            title = str(settings.get("title", "")).replace("<", "&lt;")
            color = plugin.colors.get(title, "#224466")
            # An animation that never ends, and a picture from the internet.
            html = (
                "<style>@keyframes k { to { opacity: 0 } } .k { animation: k 1s infinite }</style>"
                f'<h2 style="color:{color}">{title}</h2><p class="k">Tide</p>'
                '<img src="https://images.example.com/a.png" alt="" width="200">'
            )
            body = json.dumps({"code": 200, "html": html}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        plugin.url = f"http://127.0.0.1:{server.server_port}/html"
        yield plugin


def snapshot(folder: Path, *words: str, **variables: str) -> CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return commands.run(["snapshot", *words], environment, folder=folder, seconds=300)


@pytest.mark.chromium
def test_a_foreign_plugin_is_drawn_and_compared(tmp_path: Path, foreign: Foreign) -> None:
    (tmp_path / "tide.json").write_text(json.dumps(SETTINGS))
    (tmp_path / "examples" / "tide").mkdir(parents=True)
    (tmp_path / "examples" / "tide" / "neap.json").write_text('{"title": "Neap tide"}')
    plugin = ("--plugin", foreign.url, "--settings", "tide.json", "--examples", "examples")

    drawn = snapshot(tmp_path, *plugin)
    assert drawn.returncode == 0, drawn.stderr
    pictures = {file.name for file in (tmp_path / "snapshots" / "tide").iterdir()}
    assert {f"neap--{view.name}.png" for view in VIEWS} <= pictures
    assert "stress_hostile--dark.png" in pictures
    with Image.open(tmp_path / "snapshots" / "tide" / "neap--narrow.png") as narrow:
        assert narrow.width == 320

    # No other picture differs, though each has an animation and a picture from the internet.
    foreign.colors["Neap tide"] = "#cc2200"
    (tmp_path / "examples" / "tide" / "spring.json").write_text('{"title": "Spring tide"}')
    changed = snapshot(tmp_path, *plugin, "--compare", "snapshots")
    assert (changed.returncode, changed.stderr) == (1, "")
    neap = ("neap", "stress_removed_settings")  # the latter has the title of the first example
    *differences, last = changed.stdout.splitlines()
    assert {line.partition(" differs in ")[0] for line in differences if "differs" in line} == {
        f"tide/{example}--{view.name}.png" for example in neap for view in VIEWS
    }
    assert {line for line in differences if "differs" not in line} == {
        f"tide/spring--{view.name}.png is new." for view in VIEWS
    }
    assert last == f"{3 * len(VIEWS)} differ from snapshots; see snapshot-differences."
    with Image.open(tmp_path / "snapshot-differences" / "tide" / "neap--narrow.png") as three:
        assert three.width == 3 * 320 + 2 * 16


@pytest.mark.chromium
def test_a_plugin_that_needs_a_token_is_installed_first(tmp_path: Path) -> None:
    with running_plugin_app() as app:
        settings = [
            {**SETTINGS_OF_APP[0], "request_url": f"{app.url}/search"},
            *SETTINGS_OF_APP[1:],
        ]
        (tmp_path / "bread.json").write_text(json.dumps(settings))
        (tmp_path / "examples" / "bread").mkdir(parents=True)
        (tmp_path / "examples" / "bread" / "rye.json").write_text('{"bread": "b1"}')
        (tmp_path / "examples" / "bread" / "spelt.json").write_text('{"bread": "b2"}')
        options = ["--plugin", f"{app.url}/html", "--settings", "bread.json"]
        options += ["--examples", "examples", "--client-id", CLIENT_ID]
        for step in ("authorize", "token", "refresh", "revoke"):
            options += [f"--{step}-url", f"{app.url}/{step}"]
        options += ["--client-secret", CLIENT_SECRET]

        refused = snapshot(tmp_path, *options)
        assert refused.returncode == 1
        assert "needs values for email, password: give them by --fill" in refused.stderr

        sign_in = ("--fill", "email=ada@example.com", "--fill", "password=a-password")
        drawn = snapshot(tmp_path, *options, *sign_in)
        assert drawn.returncode == 0, drawn.stderr
    # With an error in place of the block, both would be the same.
    pictures = tmp_path / "snapshots" / "bread"
    rye, spelt = ((pictures / f"{bread}--letter.png").read_bytes() for bread in ("rye", "spelt"))
    assert rye != spelt
    assert CLIENT_SECRET not in drawn.stdout + drawn.stderr + refused.stderr


@pytest.mark.chromium
def test_blocks_of_this_server_are_drawn_the_same_every_time(tmp_path: Path) -> None:
    drawn = snapshot(tmp_path, "subscriber_count", "for_some", "--output", "before")
    assert drawn.returncode == 0, drawn.stderr
    assert (tmp_path / "before" / "subscriber_count" / "typical--evening.png").exists()
    again = snapshot(tmp_path, "subscriber_count", "--compare", "before")
    assert (again.returncode, again.stderr) == (0, ""), again.stdout
    assert "No picture differs." in again.stdout
    assert not (tmp_path / "snapshot-differences").exists()

    # A dynamic block is drawn as each reader gets it.
    pictures = tmp_path / "before" / "for_some"
    for reader in READERS:
        with Image.open(pictures / f"typical--for_{reader}_phone.png") as phone:
            assert phone.width == 375
    full, none = ((pictures / f"typical--for_{who}.png").read_bytes() for who in ("full", "none"))
    assert full != none


@pytest.mark.processes
def test_without_chromium_it_says_how_to_get_one(tmp_path: Path) -> None:
    found = snapshot(tmp_path, "post", CHROMIUM=str(tmp_path / "nowhere"))
    assert found.returncode == 1
    assert "apt install chromium" in found.stderr
    assert "CHROMIUM" in found.stderr


@pytest.mark.processes
def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "PIL.py").write_text("raise ModuleNotFoundError('no PIL', name='PIL')")
    found = subprocess.run(
        [sys.executable, "-m", "plugin_server.cli", "snapshot", "post"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1
    assert "pip install 'plugin-server[snapshot]'" in found.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("post", "--plugin", "http://127.0.0.1:1/"), "Give either"),
        (("--name", "Tide"), "give --plugin"),
        (("post", "--client-id", "kit"), "give --plugin"),
        (("--compare", ".", "--output", "."), "same folder"),
        (("--plugin", "http://127.0.0.1:1/"), "Give one --settings FILE"),
    ],
)
def test_options_that_do_not_fit(words: tuple[str, ...], sentence: str) -> None:
    found = CliRunner().invoke(main, ["snapshot", *words])
    assert found.exit_code == 2
    assert sentence in found.stderr


def picture(*red: tuple[int, int], level: int = 255, size: tuple[int, int] = (100, 100)) -> Any:
    made = Image.new("RGB", size, "black")
    for place in red:
        made.putpixel(place, (level, 0, 0))
    return made


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (picture(), None),
        (picture((1, 1), (2, 2)), None),  # a share of 0.0002
        (picture((1, 1), (2, 2), (3, 3)), "differs in 0.03 % of its pixels"),
        (picture((1, 1), (2, 2), (3, 3), level=16), None),
        (picture((1, 1), (2, 2), (3, 3), level=17), "differs in 0.03 % of its pixels"),
        (picture(size=(100, 101)), "was 100x100 and is 100x101 pixels"),
    ],
)
def test_the_tolerance(tmp_path: Path, now: Image.Image, sentence: str | None) -> None:
    file = tmp_path / "a.png"
    picture().save(file)
    found = compare({"a.png": file}, {"a.png": now})
    assert [each.sentence for each in found] == ([sentence] if sentence else [])


def test_a_picture_that_is_gone_differs(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    picture().save(file)
    assert [each.sentence for each in compare({"a.png": file}, {})] == ["is there no longer"]
