"""What the app store demands of an app's fields, here and on a public host."""

import ssl
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from support.servers.plugin_app import PatientServer
from support.servers.threads import serving

from plugin_server.sandbox.rehearsal.check import Status
from plugin_server.sandbox.rehearsal.report import Report, as_text


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + bytes(8) + struct.pack(">II", width, height)


@pytest.fixture
def files() -> Iterator[tuple[str, dict[str, bytes]]]:
    """A server of files by path, and its URL; POST redirects."""
    found: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = found.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(308)
            self.send_header("Location", f"{self.path}/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = PatientServer(("127.0.0.1", 0), Handler)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}", found


def entries(url: str, **app: Any) -> dict[str, Any]:
    plugin = {
        "name": "Bread",
        "description": "One of your breads",
        "sort_order": 0,
        "html_url": f"{url}/html",
        "settings_json": [],
        "active": True,
        "authorization": "none",
    }
    return {"app": {"name": "Mill", **app}, "plugins": [plugin]}


def found(report: Report) -> dict[str, tuple[Status, tuple[str, ...]]]:
    return {each.check.id: (each.status, each.flaws) for each in report.outcomes}


def test_what_only_keeps_an_app_from_being_listed_is_a_warning_on_this_machine(
    files: tuple[str, dict[str, bytes]], rehearsed: Callable[..., Report]
) -> None:
    url, _ = files
    by_id = found(rehearsed(entries(url), "listing"))
    for id_ in ("listing-description", "listing-support", "listing-public", "listing-app-icon"):
        status, flaws = by_id[id_]
        assert status is Status.WARNING
        assert all(flaw.startswith("Before you publish: ") for flaw in flaws)


def test_it_is_a_failure_on_a_public_host(
    files: tuple[str, dict[str, bytes]], rehearsed: Callable[..., Report]
) -> None:
    url, _ = files
    # Nothing is requested of it here: a return to it is.
    app = {"redirect_after_install": "https://mill.example.com/welcome"}
    ids = ["listing-description", "listing-support", "listing-public"]
    by_id = found(rehearsed(entries(url, **app), "listing", ids=ids))
    assert {status for status, _ in by_id.values()} == {Status.FAILED}
    assert by_id["listing-public"][1] == (f"Request URL of Bread is not https: {url}/html.",)


def test_an_endpoint_that_redirects_is_found(
    files: tuple[str, dict[str, bytes]], rehearsed: Callable[..., Report]
) -> None:
    by_id = found(rehearsed(entries(files[0]), "listing", ids=["listing-redirects"]))
    assert by_id["listing-redirects"] == (
        Status.FAILED,
        ("Request URL of Bread redirects to /html/.",),
    )


@pytest.mark.parametrize(
    ("content", "flaws"),
    [
        (png(512, 512), ()),
        (png(512, 256), ("The icon has 512 by 256 pixels.",)),
        (png(1024, 1024), ("The icon has 1024 by 1024 pixels.",)),
        (b"<svg>", ("The icon is not a PNG, GIF or JPEG.",)),
        (png(512, 512) + bytes(1_000_000), ("The icon has 1,000,024 bytes.",)),
        (None, ("The icon's URL: status 404.",)),
    ],
)
def test_the_app_s_icon_is_measured(
    files: tuple[str, dict[str, bytes]],
    rehearsed: Callable[..., Report],
    content: bytes | None,
    flaws: tuple[str, ...],
) -> None:
    url, served = files
    if content is not None:
        served["/icon.png"] = content
    app = entries(url, icon_url=f"{url}/icon.png")
    report = rehearsed(app, "listing", ids=["listing-app-icon"])
    assert report.outcomes[0].flaws == flaws, as_text(report)


@pytest.fixture
def https(tmp_path: Path) -> Iterator[str]:
    """The URL of a server whose certificate nobody knows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    encoding = serialization.Encoding.PEM
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (tmp_path / "cert.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(encoding))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server = PatientServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield f"https://localhost:{server.server_port}"


def test_a_certificate_that_nobody_knows_is_refused(
    https: str, rehearsed: Callable[..., Report]
) -> None:
    report = rehearsed(entries(https), "listing", ids=["listing-certificate"])
    assert found(report)["listing-certificate"] == (
        Status.FAILED,
        ("The certificate of localhost is refused: self-signed certificate.",),
    )


def test_pages_that_are_not_there_are_found(
    files: tuple[str, dict[str, bytes]], rehearsed: Callable[..., Report]
) -> None:
    url, served = files
    served["/help"] = b"Help"
    app = entries(url, help_url=f"{url}/help", privacy_url=f"{url}/privacy")
    report = rehearsed(app, "listing", ids=["listing-pages", "listing-support"])
    assert found(report) == {
        "listing-support": (Status.WARNING, ("Before you publish: Support URL is empty.",)),
        "listing-pages": (Status.FAILED, ("Privacy policy URL: status 404.",)),
    }
