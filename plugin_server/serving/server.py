"""The plugin server under gunicorn."""

import ctypes
import gc
import resource
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import date
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from httpx2 import HTTPTransport

from plugin_server.app import create_app
from plugin_server.config.environment import MAX_CONTENT_LENGTH, Config
from plugin_server.config.startup import address
from plugin_server.kit.cache.shared_folder import SharedFolder, shared_folder
from plugin_server.observe import logs, reporting, workers
from plugin_server.rendering.jinja_environment import jinja_environment
from plugin_server.rendering.locale_formats import format_day
from plugin_server.serving import shutdown
from plugin_server.serving.edge import EdgeWorker
from plugin_server.serving.master import Master
from plugin_server.web import proxies

# Of glibc's malloc.h.
_M_ARENA_MAX = -8
# Connections of a worker; each may hold a request that has not arrived as a whole.
_MOST_CONNECTIONS = 1_000
# Requests after which a worker is replaced, and by how many they differ, so that never all are at once.
_MAX_REQUESTS, _MAX_REQUESTS_JITTER = 500_000, 100_000


class Server(BaseApplication):
    """gunicorn, configured for a server whose requests mostly wait on Kit."""

    def __init__(self, config: Config) -> None:
        """Take the configuration; each worker makes its own application from it."""
        self._config = config
        # For the workers, which know their application.
        self.client_timeout = config.client_timeout
        self.most_body = MAX_CONTENT_LENGTH
        self._folder: SharedFolder | None = None
        super().__init__()

    def run(self) -> None:
        """Serve until a signal ends it."""
        logs.configure(
            self._config.log_level, self._config.log_format, secrets=self._config.secrets()
        )
        _make_ready_to_fork()
        proxies.warn_once_more()
        with workers.shared_metrics(), self._shared_folder() as self._folder:
            Master(self, self._config.shutdown_delay).run()

    def load_config(self) -> None:
        """Hand our settings to gunicorn."""
        for name, value in gunicorn_settings(self._config).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application, made after the fork: no connection may be shared over one."""
        return create_app(self._config, folder=self._folder, is_stopping=shutdown.is_announced)

    def _shared_folder(self) -> AbstractContextManager[SharedFolder | None]:
        """Return where processes share what Kit answered; with Redis they need no folder."""
        if self._config.redis_url:
            return nullcontext()
        return shared_folder(workers.memory(), self._config.cache_megabytes)


def _make_ready_to_fork() -> None:
    """Do once what every worker would have to do, and have them share the memory of it.

    What is frozen is left alone by the garbage collector, which would otherwise write to each
    object and so give every worker a copy: two workers take 202 MB in all instead of 254.
    Looking for garbage after every 20,000 objects instead of 700, of which one response needs as
    many, saves 4 % of its CPU time.
    """
    for name in jinja_environment().list_templates(filter_func=is_of_blocks):
        jinja_environment().get_template(name)
    # These libraries read most of what they need when they are first asked. A whole client would look
    # for proxies, too, by what macOS allows in one process of a fork only.
    HTTPTransport().close()
    format_day(date.min)
    _share_one_arena()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def is_of_blocks(template: str) -> bool:
    """Return whether a template is one of those that blocks are made of."""
    return template.startswith(("blocks/", "macros/"))


def _share_one_arena() -> None:
    """Have all threads of a process allocate from one place, where the C library is glibc.

    It would give every thread an arena of its own, each of which keeps what its largest request has
    needed: two workers would take 234 MB in all instead of 202. Python's threads allocate one at a
    time, so they gain nothing by that.
    """
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def gunicorn_settings(config: Config) -> dict[str, Any]:
    """Return gunicorn's settings; times are in seconds."""
    return {
        "bind": address(config.host, config.port),
        "workers": config.web_concurrency,
        "worker_class": EdgeWorker,
        "worker_connections": most_connections(resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
        # It would need a connection that blocks.
        "sendfile": False,
        "threads": config.web_threads,
        "keepalive": 65,
        "graceful_timeout": 15,
        "max_requests": _MAX_REQUESTS,
        "max_requests_jitter": _MAX_REQUESTS_JITTER,
        # A percent-encoded state of 2 KB makes a request line longer than gunicorn's default.
        "limit_request_line": 8190,
        "control_socket_disable": True,
        # What a proxy forwards is the application's to believe (TRUSTED_PROXIES). gunicorn would believe
        # some headers, Script_Name for one, of any proxy on this machine that lets strangers send them.
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        # Where workers show that they are alive; on a slow disk they would seem not to be.
        "worker_tmp_dir": workers.memory(),
        # No access log: the query strings of /oauth and /kit hold codes and states.
        "accesslog": None,
        **workers.hooks(),
        # After the fork: both send from threads of their own.
        "post_worker_init": lambda worker: _report(worker.wsgi, config),
        "proc_name": "plugin-server",
    }


def most_connections(files: int) -> int:
    """Return how many connections a worker takes, whose process may have so many files open.

    At the limit it could not even accept one more to refuse it; half is left to databases, logs and Kit.
    """
    unlimited = files == resource.RLIM_INFINITY
    return _MOST_CONNECTIONS if unlimited else min(_MOST_CONNECTIONS, files // 2)


def _report(app: Flask, config: Config) -> None:
    """Have a worker report to where the operator wants it."""
    if config.sentry_dsn:
        reporting.report_errors(config.sentry_dsn.get_secret_value(), config.secrets())
    if config.otel_exporter_otlp_endpoint:
        reporting.trace_requests(app, config.otel_exporter_otlp_endpoint)
