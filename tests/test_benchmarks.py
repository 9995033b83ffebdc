"""The benchmark measures what it says: requests that differ, to servers that do the same work."""

import json
import shutil
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from benchmarks import machines
from benchmarks.creators import Creator, email_styles, install, write_requests
from benchmarks.edits import EDITS, editing
from benchmarks.load import Tree, run
from benchmarks.machines import OURS, PEER
from benchmarks.request_files import has_result, read_requests
from support.servers.threads import serving

CREATORS = [Creator(number, str(number), f"token-{number}", 60) for number in (0, 2, 3, 5)]
needs_wrk = pytest.mark.skipif(shutil.which("wrk") is None, reason="make bench needs wrk")


class Listener(ThreadingHTTPServer):
    """Responds to every request alike, and keeps the bodies."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Responder)
        self.bodies: list[dict[str, Any]] = []


class Responder(BaseHTTPRequestHandler):
    """What each connection gets."""

    protocol_version = "HTTP/1.1"
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(json.loads(body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def loaded(listener: Listener, file: Path) -> list[dict[str, Any]]:
    """Return the bodies of a second of load."""
    listener.bodies = []
    url = f"http://127.0.0.1:{listener.server_port}"
    assert run(url, file, Tree(1), seconds=1, connections=4).failed == 0
    return listener.bodies


def settings_of(creator: Creator) -> list[dict[str, Any]]:
    """Return the settings of a creator's edits, in the order in which they are sent."""
    lines = [line for line in editing([creator]) if line.startswith(f"{creator.token}\t")]
    texts = (line.split("\t")[2].partition(', "styles"')[0] + "}" for line in lines)
    return [json.loads(text)["settings"] for text in texts]


def test_each_edit_changes_one_setting_and_two_requests_are_sent_twice() -> None:
    edits = settings_of(CREATORS[0])
    assert len(edits) == len(EDITS) == 18
    changed = [
        [name for name in now if str(now[name]).replace("<new ", "<same ") != str(now[name])]
        or [name for name in now if now[name] != before.get(name) and "<" not in str(now[name])]
        for before, now in zip(edits, edits[1:], strict=False)
    ]
    counted = Counter(name for names in changed for name in names or ["again"])
    assert counted == {
        **{"button_text": 5, "post": 3, "button_color": 3, "layout": 2},
        **{"show_description": 1, "font": 1, "again": 2},
    }


def test_every_creator_has_an_email_of_their_own() -> None:
    assert len({json.dumps(email_styles(number)) for number in range(2000)}) == 2000


def test_creators_are_at_different_edits_at_the_same_time() -> None:
    lines = editing(CREATORS)
    first = [settings_of(each)[0] for each in CREATORS]
    assert len({json.dumps({**each, "post": ""}) for each in first}) == 4
    assert Counter(line.split("\t")[0] for line in lines) == {each.token: 18 for each in CREATORS}


@needs_wrk
@pytest.mark.slow
def test_edits_differ_over_several_runs(tmp_path: Path) -> None:
    lines = {"all": editing(CREATORS), "new": editing(CREATORS, repeats=False)}
    files = write_requests(tmp_path, lines)
    listener = Listener()
    with serving(listener):
        for name, most in (("new", 1), ("all", 2)):
            bodies = loaded(listener, files[name]) + loaded(listener, files[name])
            times = Counter(map(json.dumps, bodies))
            assert len(bodies) > 100
            assert max(times.values()) == most


@needs_wrk
def test_edits_keep_what_was_chosen_before(tmp_path: Path) -> None:
    file = write_requests(tmp_path, {"all": editing(CREATORS[:1])})["all"]
    listener = Listener()
    with serving(listener):
        bodies = loaded(listener, file)
    assert {json.dumps(each["styles"]) for each in bodies} == {json.dumps(email_styles(0))}
    colors = Counter(each["settings"].get("button_color") for each in bodies)
    texts = Counter(each["settings"]["button_text"] for each in bodies)
    assert len(colors) * 3 < len(bodies)
    assert len(texts) * 2 < len(bodies)


@pytest.mark.slow
def test_the_peer_responds_to_each_edit_with_as_much_html_as_ours(tmp_path: Path) -> None:
    if not machines.has_peers():
        pytest.skip("make bench has not installed the Express servers here")
    creators = install(tmp_path, [60, 60])
    file = write_requests(tmp_path, {"edits": editing(creators)})["edits"]
    with machines.running(tmp_path, OURS, PEER) as servers, httpx2.Client() as http:
        for request in read_requests(file):
            ours, peer = (request.send(http, servers[name].url) for name in (OURS, PEER))
            assert has_result(ours)
            assert has_result(peer)
            assert len(peer.content) == pytest.approx(len(ours.content), rel=0.03)
            assert "etag" not in peer.headers
        for name in (OURS, PEER):
            taken = run(servers[name].url, file, servers[name].tree, seconds=1, checked=True)
            assert taken.failed == 0
            assert taken.requests > 0
        assert machines.kit_requests(servers) > 0
