"""The WSGI middleware around the application, in its order."""

from flask import Flask

from plugin_server.config.environment import Config
from plugin_server.observe import requests
from plugin_server.web.chunked_bodies import with_whole_bodies
from plugin_server.web.error_handlers import make_error_responder
from plugin_server.web.headers import with_security_headers
from plugin_server.web.known_hosts import with_known_hosts_only
from plugin_server.web.proxies import with_trusted_proxies


def add_middleware(flask: Flask, config: Config) -> None:
    """Wrap the application in the middleware of every request; the last one added is the outermost.

    The error handlers must be registered: middleware that refuses a request responds through them.
    """
    respond = make_error_responder(flask)
    app = with_whole_bodies(flask.wsgi_app, respond)
    app = with_known_hosts_only(app, config.host_names, respond)
    app = with_security_headers(app, https=config.is_https)
    app = requests.observed(app)
    app = with_trusted_proxies(app, config.trusted_proxies)
    # As Flask's documentation has middleware added; mypy takes it for the replacement of a method.
    flask.wsgi_app = app  # type: ignore[assignment, method-assign]
