"""Browser sessions: signed cookies, read only from requests that can carry one."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from typing_extensions import override


class BrowserSessions(SecureCookieSessionInterface):
    """Flask's sessions, but not for block requests: Kit's servers send no cookies."""

    @override
    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if request.path.startswith("/blocks/"):
            return self.make_null_session(app)
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)
