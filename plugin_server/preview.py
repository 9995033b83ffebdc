"""``plugin-server preview``: the sandbox and the plugin server side by side, ready to play with."""

import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2

from plugin_server.blocks import BLOCKS
from plugin_server.config import (
    KIT_REDIRECT_URIS,
    Config,
    Place,
    environment,
    load_config,
    load_place,
)
from plugin_server.resources import EXAMPLES
from plugin_server.serving import CannotStart, require_free_port
from plugin_server.store.schema import make_engine, upgrade

CLIENT_ID = "sandbox-app"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105 - known to everyone, good for the sandbox only
KIT_CLIENT_ID = "sandbox-kit-client"

# Seconds.
_START_TIMEOUT = 30
_STOP_TIMEOUT = 10
_POLL = 0.05


class Stopped(Exception):
    """The user asked to stop."""


def run() -> None:
    """Run both servers until a signal arrives, then stop them; nothing of them is left behind.

    Raises:
        CannotStart: a port is taken, the data directory cannot be written, or a server did not come up.
        ConfigError: a variable cannot be used.
    """
    place = load_place()
    variables = sandbox_variables(place)
    config = load_config(**{name.lower(): value for name, value in variables.items()})
    sandbox_url = config.kit_api_url
    if config.port == config.sandbox_port:
        raise CannotStart(f"PORT and SANDBOX_PORT are both {config.port}; set one to another port.")
    require_free_port("127.0.0.1", config.sandbox_port, "SANDBOX_PORT")
    require_free_port(config.host, config.port, "PORT")
    engine = make_engine(config.sqlalchemy_url)
    upgrade(engine)
    engine.dispose()

    with stop_signals(), ExitStack() as servers:
        try:
            processes = [
                servers.enter_context(_server(command, variables))
                for command in (("sandbox", "--examples", str(EXAMPLES)), ("serve",))
            ]
            probes = (sandbox_url, f"{config.base_url}/healthz")
            for url, process in zip(probes, processes, strict=True):
                _wait_until_up(url, process)
            _paste_in_dashboard(sandbox_url, config)
            _say(_WELCOME.format(sandbox=sandbox_url, server=config.base_url))
            _wait_while_running(processes)
        except Stopped:
            _say("Stopping.")


def sandbox_variables(place: Place) -> dict[str, str]:
    """Return the plugin server's variables for a sandbox: secrets of its own, the sandbox as Kit.

    The secrets are made at the first start and kept in the data directory.

    Raises:
        CannotStart: the data directory cannot be written.
    """
    sandbox_url = f"http://127.0.0.1:{place.sandbox_port}"
    defaults = {
        "BASE_URL": f"http://127.0.0.1:{place.port}",
        "WEB_CONCURRENCY": "2",
        "LOG_FORMAT": "console",
        **_kept_secrets(place.data_dir),
    }
    given = environment()
    return {
        **{name: given.get(name, default) for name, default in defaults.items()},
        "PLUGIN_CLIENT_ID": CLIENT_ID,
        "PLUGIN_CLIENT_SECRET": CLIENT_SECRET,
        "PLUGIN_REDIRECT_URIS": ",".join((*KIT_REDIRECT_URIS, f"{sandbox_url}/apps/install")),
        "KIT_APP_URL": sandbox_url,
        "KIT_API_URL": sandbox_url,
        "KIT_OAUTH_URL": f"{sandbox_url}/v4/oauth",
        "KIT_CLIENT_ID": KIT_CLIENT_ID,
    }


def _kept_secrets(data_dir: Path) -> dict[str, str]:
    path = data_dir / "sandbox-secrets.json"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            fresh = {
                "SECRET_KEY": secrets.token_urlsafe(32),
                "ENCRYPTION_KEYS": new_encryption_key(),
                "KIT_CLIENT_SECRET": secrets.token_urlsafe(32),
            }
            with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
                json.dump(fresh, file)
        (data_dir / ".writable").touch()
        kept = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or f"{path.name} is damaged; delete it"
        raise CannotStart(
            f"Cannot use the data directory {data_dir} ({reason}). "
            "Make it writable, or set DATA_DIR to another one."
        ) from error
    return {str(name): str(value) for name, value in kept.items()}


def new_encryption_key() -> str:
    """Return a fresh key in the form that ENCRYPTION_KEYS takes."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


@contextmanager
def _server(command: Sequence[str], variables: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run one server in a session of its own, so that Ctrl-C reaches it through us alone."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "plugin_server.cli", *command],
        env={**environment(), **variables},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)  # gunicorn then does not wait for idle connections
        try:
            process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_until_up(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CannotStart(f"The server of {url} ended while starting; its message is above.")
        try:
            httpx2.get(url, timeout=1).raise_for_status()
        except httpx2.HTTPError:
            time.sleep(_POLL)
        else:
            return
    raise CannotStart(f"{url} did not come up within {_START_TIMEOUT} seconds.")


def _wait_while_running(processes: list[subprocess.Popen[bytes]]) -> None:
    while all(process.poll() is None for process in processes):
        time.sleep(_POLL * 4)
    raise CannotStart("One of the two servers ended by itself; its message is above.")


def _paste_in_dashboard(sandbox_url: str, config: Config) -> None:
    """Do what a developer does by hand in Kit's dashboard."""
    answer = httpx2.put(f"{sandbox_url}/dashboard/app.json", json=dashboard_entries(config))
    if answer.is_error:
        raise CannotStart("The sandbox's dashboard refused the app: " + answer.text)


def dashboard_entries(config: Config) -> dict[str, Any]:
    """Return the app and its blocks as the sandbox's dashboard takes them."""
    base = config.base_url
    return {
        "app": {
            "name": "Plugin server",
            "description": "Content blocks made from your own Kit data",
            "authorize_url": f"{base}/oauth/authorize",
            "token_url": f"{base}/oauth/token",
            "refresh_url": f"{base}/oauth/refresh",
            "revoke_url": f"{base}/oauth/revoke",
            "client_id": config.plugin_client_id,
            "client_secret": CLIENT_SECRET,
            "authorization_url": f"{base}/kit/connect",
            "redirect_uris": [f"{base}/kit/callback"],
            "kit_client_id": config.kit_client_id,
            "kit_client_secret": config.kit_client_secret.get_secret_value(),
        },
        "plugins": [
            {
                "name": block.label,
                "description": block.description,
                "sort_order": block.sort_order,
                "logo_url": f"{base}/static/icons/{block.name}.png",
                "html_url": f"{base}/blocks/{block.name}/html",
                "settings_json": json.dumps(
                    block.settings.public(base), indent=2, ensure_ascii=False
                ),
                "active": True,
                "authorization": "oauth",
            }
            for block in BLOCKS
        ],
    }


@contextmanager
def stop_signals() -> Iterator[None]:
    """Raise Stopped where the first signal to end arrives; later ones change nothing."""

    def stop(_number: int, _frame: object) -> None:
        for number in ending:
            signal.signal(number, signal.SIG_IGN)
        raise Stopped

    ending = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in ending}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command's output


_WELCOME = """
  Open  {sandbox}  in your browser: it is a small Kit on your machine.
  Install the app there, then insert a block in the editor.

  The plugin server itself answers at {server}
  Ctrl-C stops both.
"""
