"""``plugin-server rehearse``: a sandbox in this process, with our own server or a foreign one in it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from socket import create_server
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from sqlalchemy import text

from plugin_server.blocks.loading import load_blocks
from plugin_server.config.environment import CommonSettings, load_common_settings, load_config
from plugin_server.preview.dashboard import dashboard_entries
from plugin_server.preview.local_kit import LocalKit
from plugin_server.preview.own_server import sandbox_variables
from plugin_server.preview.processes import running, say, wait_until_up
from plugin_server.preview.safety import require_development
from plugin_server.preview.sandbox_in_thread import serving_sandbox
from plugin_server.resources.packages import installed_packages
from plugin_server.sandbox.app import create_sandbox
from plugin_server.sandbox.config import SandboxConfig
from plugin_server.sandbox.rehearsal.setup import Options
from plugin_server.store.records import digest
from plugin_server.store.schema import make_engine, upgrade


@contextmanager
def own_app(options: Options) -> Iterator[tuple[Flask, Options]]:
    """Run our own server with all its blocks, and yield a sandbox that has it in its dashboard.

    Both have free ports and a temporary folder. Tokens can be made to expire, which the options then say.

    Raises:
        CannotStart: a block cannot be loaded, or the server did not start.
        ConfigError: a variable cannot be used.
    """
    with TemporaryDirectory(prefix="rehearsal-") as folder, ExitStack() as stack:
        require_development()
        examples = tuple(package.examples for package in installed_packages())
        app = stack.enter_context(_sandbox(Path(folder) / "sandbox", 0, examples))
        url = app.extensions["sandbox"].config.base_url
        variables = _variables(Path(folder), url)
        config = load_config(**{name.lower(): value for name, value in variables.items()})
        blocks = load_blocks(config.blocks)
        for failure in blocks.failures:
            raise failure.error
        engine = make_engine(config.sqlalchemy_url)
        stack.callback(engine.dispose)
        upgrade(engine)
        log = Path(folder) / "log"
        stack.callback(_show_errors, log)
        server = stack.enter_context(
            running("plugin_server.cli", "serve", variables=variables, log=log)
        )
        wait_until_up(f"{config.base_url}/healthz", server)
        LocalKit(url).paste(dashboard_entries(config, blocks), only=True)

        def expire(token: str) -> None:
            statement = text("UPDATE tokens SET expires_at = 1 WHERE access_digest = :digest")
            with engine.begin() as database:
                database.execute(statement, {"digest": digest(token)})

        yield app, replace(options, expire=expire)


def _show_errors(log: Path) -> None:
    """Print what a server has logged of its own errors."""
    for line in log.read_text().splitlines():
        if not line.startswith("{"):
            say(line)  # it did not even start
        elif (entry := json.loads(line)).get("level") in ("error", "critical"):
            say(f"The server logged: {entry.get('event')}\n{entry.get('exception', '')}")


@contextmanager
def foreign_app(
    entries: Mapping[str, Any], examples: tuple[Path, ...], options: Options
) -> Iterator[tuple[Flask, Options]]:
    """Yield a sandbox with a foreign app in its dashboard, on the sandbox's own port if that is free.

    Raises:
        CannotStart: the dashboard refuses the app.
    """
    require_development()
    common = load_common_settings()
    with (
        TemporaryDirectory(prefix="rehearsal-") as folder,
        _sandbox(Path(folder), common.sandbox_port, examples) as app,
    ):
        LocalKit(app.extensions["sandbox"].config.base_url).paste(entries, only=True)
        yield app, options


def _sandbox(folder: Path, port: int, examples: tuple[Path, ...]) -> AbstractContextManager[Flask]:
    """Serve a sandbox in this process, on a port, or on any free one if that is taken or 0."""
    return serving_sandbox(
        lambda url: create_sandbox(SandboxConfig(folder, url, examples=examples)), port
    )


def _variables(folder: Path, sandbox_url: str) -> dict[str, str]:
    """Return our own server's variables: the preview's, with a free port and a database of its own."""
    with create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    sandbox_port = int(sandbox_url.rpartition(":")[2])
    common: CommonSettings = load_common_settings().model_copy(
        update={"port": port, "sandbox_port": sandbox_port, "data_dir": folder / "server"}
    )
    own = {
        "BASE_URL": f"http://127.0.0.1:{port}",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "SANDBOX_PORT": str(sandbox_port),
        "DATA_DIR": str(folder / "server"),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "LOG_FORMAT": "json",
    }
    return {**sandbox_variables(common), **own}
