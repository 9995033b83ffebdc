"""Browser sessions: signed cookies, opened only for requests that carry one."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from typing_extensions import override


class BrowserSessions(SecureCookieSessionInterface):
    """Flask's sessions, for browsers: Kit, which asks for blocks, has none, and sends no cookies."""

    @override
    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the browser's session."""
        if request.path.startswith("/blocks/"):
            return self.make_null_session(app)
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)
