"""The plugin server under gunicorn: its settings, and what is prepared before workers are forked."""

import ctypes
import gc
import resource
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import date
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from httpx2 import HTTPTransport
from typing_extensions import override

from plugin_server.app import create_app
from plugin_server.blocks.loading import LoadedBlocks, load_blocks
from plugin_server.config.environment import MAX_CONTENT_LENGTH, MAX_DELIVERY, Config
from plugin_server.config.startup import host_and_port
from plugin_server.kit.cache.shared_folder import SharedFolder, shared_folder
from plugin_server.observe import logs, reporting, workers
from plugin_server.rendering.locale_formats import format_day
from plugin_server.serving import shutdown
from plugin_server.serving.edge import EdgeWorker
from plugin_server.serving.master import Master
from plugin_server.web import proxies

# Of glibc's malloc.h.
_M_ARENA_MAX = -8
# How many times as long as a request may wait for Kit and for its client it takes to be endless.
_ENDLESS = 3
# Connections of a worker; each may have an incomplete request in memory.
_MAX_CONNECTIONS = 1_000
# Requests after which a worker is replaced, and the random part that keeps workers from being replaced
# all at once.
_MAX_REQUESTS, _MAX_REQUESTS_JITTER = 500_000, 100_000


class Server(BaseApplication):
    """gunicorn, configured for a server whose requests mostly wait for Kit."""

    def __init__(self, config: Config) -> None:
        """Take the configuration, from which each worker makes its own application."""
        self._config = config
        # Read by ``EdgeWorker``, through its ``app``.
        self.client_timeout = config.client_timeout
        self.max_body = MAX_DELIVERY if config.uses_webhooks else MAX_CONTENT_LENGTH
        self.endless_seconds = _ENDLESS * (config.editor_deadline + config.client_timeout)
        self._folder: SharedFolder | None = None
        self._blocks: LoadedBlocks | None = None
        super().__init__()

    @override
    def run(self) -> None:
        """Serve until a signal stops the server."""
        logs.configure(
            self._config.log_level, self._config.log_format, secrets=self._config.secrets()
        )
        self._blocks = self._load_blocks()
        _prepare_for_fork()
        proxies.reset_warning()
        with workers.shared_metrics(), self._shared_folder() as self._folder:
            Master(self, self._config.shutdown_delay).run()

    def _load_blocks(self) -> LoadedBlocks | None:
        """Return the blocks of all workers; ``None``: each loads its own."""
        return load_blocks(self._config.blocks)

    @override
    def load_config(self) -> None:
        for name, value in gunicorn_settings(self._config).items():
            self.cfg.set(name, value)

    @override
    def load(self) -> Flask:
        """Return the application, made after the fork: no connection may be shared across a fork."""
        return create_app(
            self._config,
            folder=self._folder,
            blocks=self._blocks,
            is_stopping=shutdown.is_announced,
        )

    def _shared_folder(self) -> AbstractContextManager[SharedFolder | None]:
        """Return the folder of the cache that processes share; with Redis they need none."""
        if self._config.redis_url:
            return nullcontext()
        return shared_folder(workers.shared_memory_folder(), self._config.cache_megabytes)


def _prepare_for_fork() -> None:
    """Load once what every worker needs, and share its memory between them.

    The garbage collector leaves frozen objects alone; otherwise it would write to each of them, and every
    worker would get a copy: two workers take 202 MB together instead of 254. Collecting after every 20,000
    new objects instead of 700, as many as one response allocates, saves 4 % of CPU time.
    """
    # These libraries load most of what they need at their first use. A whole client would also look for
    # proxies, which macOS does not allow in more than one process after a fork.
    HTTPTransport().close()
    format_day(date.min)
    _use_one_malloc_arena()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _use_one_malloc_arena() -> None:
    """Have all threads of a process allocate from one arena, where the C library is glibc.

    glibc gives every thread an arena of its own, which keeps as much memory as its largest request took:
    two workers would take 234 MB together instead of 202. Python's threads allocate one at a time, so they
    gain nothing by that.
    """
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def gunicorn_settings(config: Config) -> dict[str, Any]:
    """Return gunicorn's settings; times are in seconds."""
    return {
        "bind": host_and_port(config.host, config.port),
        "workers": config.web_concurrency,
        "worker_class": EdgeWorker,
        "worker_connections": max_connections(resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
        # It would need a blocking socket.
        "sendfile": False,
        "threads": config.web_threads,
        "keepalive": 65,
        "graceful_timeout": shutdown.GRACEFUL_SECONDS,
        "max_requests": _MAX_REQUESTS,
        "max_requests_jitter": _MAX_REQUESTS_JITTER,
        # A percent-encoded state of 2 KB makes a request line longer than gunicorn's default.
        "limit_request_line": 8190,
        "control_socket_disable": True,
        # The application decides which proxies to trust (TRUSTED_PROXIES). gunicorn would trust some
        # headers, such as Script_Name, from any proxy on this machine, which may forward a stranger's.
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        # Workers write their heartbeat here; on a slow disk gunicorn would take them for dead.
        "worker_tmp_dir": workers.shared_memory_folder(),
        # No access log: the query strings of /oauth and /kit hold codes and states.
        "accesslog": None,
        **workers.gunicorn_settings(),
        # After the fork, because both send from threads of their own.
        "post_worker_init": lambda worker: _report(worker.wsgi, config),
        "proc_name": "plugin-server",
    }


def max_connections(files: int) -> int:
    """Return how many connections a worker accepts when its process may open ``files`` files.

    At that limit it could not even accept a connection to refuse it. Half of the files are left for
    databases, logs and connections to Kit.
    """
    unlimited = files == resource.RLIM_INFINITY
    return _MAX_CONNECTIONS if unlimited else min(_MAX_CONNECTIONS, files // 2)


def _report(app: Flask, config: Config) -> None:
    """Start a worker's reports to Sentry and its traces, where they are configured."""
    if config.sentry_dsn:
        reporting.report_errors(config.sentry_dsn.get_secret_value(), config.secrets())
    if config.otel_exporter_otlp_endpoint:
        reporting.trace_requests(app, config.otel_exporter_otlp_endpoint)
