"""A plugin server that has nothing to do with ours: OAuth, a block, a search, and faults on demand."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from threading import Lock
from time import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

from support.servers.threads import serving

KIT = ("https://app.kit.com/apps/install", "https://app.kit.com/apps")
CLIENT_ID, CLIENT_SECRET = "kit-at-the-mill", "a-secret-of-the-mill"
BREADS = {"b1": "Rye", "b2": "Spelt", "b3": "Sourdough & salt"}

SETTINGS: list[dict[str, Any]] = [
    {"type": "search", "name": "bread", "label": "Bread", "required": True},
    {"type": "text", "name": "note", "label": "Note"},
    {"type": "date", "name": "day", "label": "Baked on"},
    {
        "type": "select",
        "name": "layout",
        "label": "Layout",
        "options": [{"label": "Card", "value": "card"}, {"label": "Line", "value": "line"}],
    },
]
EXAMPLE = {"bread": "b1", "note": "With salt", "day": "2026-10-08T00:00:00.000Z", "layout": "card"}


@dataclass
class PluginApp:
    """The app: what it stores, and the names of its ``faults``."""

    faults: frozenset[str] = frozenset()
    url: str = ""
    lifetime: int = 3600
    codes: dict[str, str] = field(default_factory=dict)
    access: dict[str, float] = field(default_factory=dict)
    pairs: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=lambda: {"ada@example.com": "a-password"})
    sessions: dict[str, str] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    passed: float = 0

    def entries(self) -> dict[str, Any]:
        """Return what its developer enters in Kit's dashboard."""
        search = {**SETTINGS[0], "request_url": f"{self.url}/search"}
        steps = ("authorize", "token", "refresh", "revoke")
        return {
            "app": {
                "name": "Mill",
                "summary": "Bread of the day",
                **{f"{step}_url": f"{self.url}/{step}" for step in steps},
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
            },
            "plugins": [
                {
                    "name": "Bread",
                    "description": "One of your breads",
                    "sort_order": 0,
                    "logo_url": "",
                    "html_url": f"{self.url}/html",
                    "settings_json": [search, *SETTINGS[1:]],
                    "active": True,
                    "authorization": "oauth",
                }
            ],
        }

    def has(self, fault: str) -> bool:
        return fault in self.faults

    def let_pass(self, seconds: float) -> None:
        """Let the app's clock go on."""
        self.passed += seconds

    # OAuth

    def issue(self) -> dict[str, Any]:
        if self.has("one_installation"):
            self.access.clear()
        access, refresh = token_urlsafe(24), token_urlsafe(24)
        self.access[access] = time() + self.passed + self.lifetime
        self.pairs[refresh] = access
        response = {
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": str(self.lifetime) if self.has("expires_in_text") else self.lifetime,
            "created_at": int(time()),
            "token_type": "Bearer",
        }
        if self.has("no_created_at"):
            del response["created_at"]
        return response

    def token(self, body: dict[str, str]) -> tuple[int, Any]:
        known = body.get("client_id") == CLIENT_ID and body.get("client_secret") == CLIENT_SECRET
        if not known and not self.has("any_client"):
            return 401, {"error": "invalid_client"}
        if body.get("grant_type") != "authorization_code":
            return 400, {"error": "unsupported_grant_type"}
        with self.lock:
            code = body.get("code", "")
            uri = self.codes.get(code) if self.has("code_reused") else self.codes.pop(code, None)
            if uri is None or uri != body.get("redirect_uri"):
                return 400, {"error": "invalid_grant"}
            return 200, self.issue()

    def refresh(self, body: dict[str, str]) -> tuple[int, Any]:
        if body.get("client_id") != CLIENT_ID and not self.has("any_client_refreshes"):
            return 401, {"error": "invalid_client"}
        if self.has("secret_on_refresh") and body.get("client_secret") != CLIENT_SECRET:
            return 401, {"error": "invalid_client"}
        if body.get("grant_type") != "refresh_token":
            return 400, {"error": "unsupported_grant_type"}
        with self.lock:
            spent = body.get("refresh_token", "")
            known = spent in self.pairs
            if not self.has("refresh_reused"):
                self.pairs.pop(spent, None)
            if not known:
                return 400, {"error": "invalid_grant"}
            response = self.issue()
            if self.has("refresh_token_stays"):
                self.pairs[spent] = self.pairs.pop(response["refresh_token"])
                response["refresh_token"] = spent
            return 200, response

    def revoke(self, body: dict[str, str]) -> tuple[int, Any]:
        if body.get("client_secret") != CLIENT_SECRET and not self.has("anybody_revokes"):
            return 401, {"error": "invalid_client"}
        token = body.get("token", "")
        if self.has("unknown_revocation_fails") and token not in self.access:
            return 404, {"error": "not_found"}
        if not self.has("revocation_ignored"):
            self.access.pop(token, None)
            for refresh in [each for each, of in self.pairs.items() if of == token]:
                del self.pairs[refresh]
        return 200, {}

    def is_authorized(self, header: str) -> bool:
        until = self.access.get(header.removeprefix("Bearer "), 0)
        return until > time() + (0 if self.has("never_expires") else self.passed)

    # The block

    def html(self, body: dict[str, Any]) -> tuple[int, Any]:
        settings, styles = body.get("settings") or {}, body.get("styles") or {}
        if self.has("styles_required"):
            styles["p"]["color"]
        if not isinstance(settings, dict):
            return 400, {"code": 400, "errors": ["Insert the block again."]}
        if self.has("unknown_settings_refused") and settings.keys() - EXAMPLE.keys():
            return 200, {"code": 422, "errors": ["There are settings that nobody knows."]}
        bread = settings.get("bread")
        if not isinstance(bread, str) or bread not in BREADS:
            return 200, {"code": 404, "errors": ["Choose a bread."]}
        target = "" if self.has("same_tab") else ' target="_blank"'
        link = "/breads" if self.has("relative_link") else "https://mill.example.com/breads"
        image = '<img src="https://mill.example.com/rye.png" width="60"'
        image += ">" if self.has("no_alt") else ' alt="A loaf">'
        extra = "<script>bake()</script>" if self.has("script") else ""
        name = f' id="b{token_urlsafe(4)}"' if self.has("random_id") else ""
        note = str(settings.get("note") or "").replace("&", "&amp;").replace("<", "&lt;")
        return 200, {
            "code": 200,
            "html": f'<div{name}>{extra}{image}<a href="{link}"{target}>{BREADS[bread]}</a> {note}'
            f" {self._day(settings.get('day'))}</div>".replace("& ", "&amp; "),
        }

    def _day(self, given: object) -> str:
        try:
            moment = datetime.fromisoformat(str(given))
        except ValueError:
            return ""
        if self.has("naive_date"):
            return f"{moment:%d.%m.%Y}"
        return f"{moment.astimezone(UTC) + timedelta(hours=12):%d.%m.%Y}"

    def search(self, body: dict[str, Any]) -> tuple[int, Any]:
        text = body.get("search") or ""
        if not isinstance(text, str):
            return 400, {"code": 400, "errors": ["Type what to look for."], "data": []}
        if text in BREADS and not self.has("stored_value_lost"):
            found = {text: BREADS[text]}
        else:
            found = {k: v for k, v in BREADS.items() if text.lower() in v.lower()}
        if self.has("text_ignored") and text not in BREADS:
            found = BREADS
        if self.has("text_is_a_pattern") and "(" in text:
            raise KeyError(text)
        bold = "<b>{}</b>" if self.has("bold_labels") else "{}"
        data = [{"label": bold.format(label), "value": value} for value, label in found.items()]
        return 200, {"code": 200, "data": data}


ENDPOINTS: dict[str, Callable[[PluginApp, Any], tuple[int, Any]]] = {
    "/token": PluginApp.token,
    "/refresh": PluginApp.refresh,
    "/revoke": PluginApp.revoke,
    "/html": PluginApp.html,
    "/search": PluginApp.search,
}


class _Handler(BaseHTTPRequestHandler):
    app: PluginApp

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/authorize":
            self.authorize()
        elif path in ENDPOINTS and self.app.has("any_method"):
            self.send_json(200, {"code": 200, "html": "<p>Bread</p>", "data": []})
        elif path in ENDPOINTS:
            self.send_json(405, {"code": 405, "errors": ["Send POST."], "error": "method"})
        else:
            self.send_page(404, "Nothing is here.")

    def do_PUT(self) -> None:
        self.send_json(405, {"code": 405, "errors": ["Send POST."], "error": "method"})

    do_DELETE = do_PUT

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(length)
        path = urlsplit(self.path).path
        if path in ("/sign-in", "/consent"):
            form = dict(parse_qsl(content.decode(), keep_blank_values=True))
            self.sign_in(form) if path == "/sign-in" else self.decide(form)
            return
        authorization = self.headers.get("Authorization") or ""
        if path in ("/html", "/search") and not self.app.is_authorized(authorization):
            status = 403 if self.app.has("forbidden") else 401
            self.send_json(status, {"code": status, "errors": ["Install the app again."]})
            return
        try:
            if self.app.has("charset_refused") and "charset" in self.headers["Content-Type"]:
                raise ValueError
            if length > 1_000_000:
                body = {
                    "code": 413,
                    "errors": ["That is too much."],
                    "error": "invalid_request",
                }
                self.send_json(413, body)
                return
            body = self.parsed(path, content)
        except (ValueError, RecursionError):
            if self.app.has("crashes"):
                self.send_page(500, "Traceback (most recent call last)")
                return
            errors = ["That is not JSON."]
            self.send_json(400, {"code": 400, "errors": errors, "error": "invalid_request"})
            return
        try:
            self.send_json(*ENDPOINTS[path](self.app, body))
        except (KeyError, TypeError):
            self.send_page(500, "Something went wrong.")

    def parsed(self, path: str, content: bytes) -> Any:
        is_json = path in ("/html", "/search") or content.lstrip()[:1] == b"{"
        if is_json or self.app.has("only_json"):
            body = json.loads(content)
            if not isinstance(body, dict):
                raise ValueError
            if path not in ("/html", "/search"):
                body = {name: value for name, value in body.items() if isinstance(value, str)}
            return body
        pairs = parse_qsl(content.decode(), errors="strict")
        if len(dict(pairs)) < len(pairs):
            raise ValueError
        return dict(pairs)

    # The creator's pages

    @property
    def signed_in(self) -> str:
        cookie = SimpleCookie(self.headers.get("Cookie") or "").get("session")
        return self.app.sessions.get(cookie.value if cookie else "", "")

    def authorize(self) -> None:
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        uri = query.get("redirect_uri", [""])[0]
        twice = any(len(values) > 1 for values in query.values())
        allowed = uri in KIT or (self.app.has("any_redirect_uri") and uri.startswith("http"))
        is_client = query.get("client_id", [""])[0] == CLIENT_ID
        if (twice and not self.app.has("first_of_two")) or not is_client or not allowed:
            self.send_page(400, "This link does not work.")
        elif query.get("response_type", [""])[0] != "code" and not self.app.has("any_response"):
            self.redirect(f"{uri}?error=unsupported_response_type")
        elif not self.signed_in:
            back = quote(self.path)
            self.send_page(
                200,
                f'<form method="post" action="/sign-in?back={back}"><input type="email" name="email"'
                ' required><input type="password" name="password"><button>Sign in</button></form>',
            )
        else:
            hidden = urlsplit(self.path).query.replace("&", "&amp;").replace('"', "%22")
            form = (
                f'<form method="post" action="/consent"><input type="hidden" name="query" '
                f'value="{hidden}"><button name="decision" value="no">Not now</button>'
                f'<button name="decision" value="yes">Connect</button></form>'
            )
            if self.app.has("needs_script"):
                form = f"<script>document.body.insertAdjacentHTML('beforeend', `{form}`)</script>"
            self.send_page(200, form)

    def sign_in(self, form: dict[str, str]) -> None:
        email, password = form["email"], form["password"]
        if self.app.accounts.setdefault(email, password) != password:
            self.send_page(403, "Another password, please.")
            return
        session = token_urlsafe(8)
        self.app.sessions[session] = email
        back = parse_qs(urlsplit(self.path).query)["back"][0]
        self.redirect(back, f"session={session}; Path=/")

    def decide(self, form: dict[str, str]) -> None:
        query = dict(parse_qsl(form["query"], keep_blank_values=True))
        back = {"state": query["state"]} if "state" in query else {}
        if self.app.has("state_mangled") and back:
            back["state"] = back["state"].replace("+", " ")
        uri = query["redirect_uri"]
        if form["decision"] != "yes":
            self.redirect(f"{uri}?{urlencode({'error': 'access_denied', **back})}")
            return
        code = token_urlsafe(16)
        self.app.codes[code] = uri
        self.redirect(f"{uri}{'&' if '?' in uri else '?'}{urlencode({'code': code, **back})}")

    def redirect(self, location: str, cookie: str = "") -> None:
        self.send_response(302)
        self.send_header("Location", location)
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send_page(self, status: int, html: str) -> None:
        self._send(status, "text/html; charset=utf-8", f"<body>{html}</body>".encode())

    def send_json(self, status: int, body: Any) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, content_type: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None: ...


class PatientServer(ThreadingHTTPServer):
    """Takes many requests at once, and clients that break off."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None: ...


@contextmanager
def running_plugin_app(*faults: str, lifetime: int = 3600) -> Iterator[PluginApp]:
    """Serve the app with these faults until the block ends."""
    app = PluginApp(frozenset(faults), lifetime=lifetime)
    server = PatientServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"app": app}))
    app.url = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        yield app
