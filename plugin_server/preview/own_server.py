"""``plugin-server preview``: the sandbox and the plugin server side by side, ready to play with."""

import json
import os
import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from plugin_server.config.environment import (
    KIT_REDIRECT_URIS,
    CommonSettings,
    environment,
    load_common_settings,
    load_config,
)
from plugin_server.config.startup import CannotStart, data_dir_error, require_free_port
from plugin_server.preview.file_watch import watching
from plugin_server.preview.local_kit import LocalKit, Refused
from plugin_server.preview.processes import (
    Stopped,
    require_running,
    running,
    say,
    stop_signals,
    wait_until_up,
)
from plugin_server.preview.real_data import owner_of
from plugin_server.preview.reloader import Loaded, ReloadingServer, reloading_server
from plugin_server.preview.safety import require_development
from plugin_server.preview.source_errors import SourceError, find_source_error
from plugin_server.preview.watched_files import RELOADED_FILES, SANDBOX_FILES, WATCHED
from plugin_server.rendering.personal.fields import SAMPLE_APP
from plugin_server.resources.packages import built_in_package, installed_packages
from plugin_server.resources.paths import PACKAGE
from plugin_server.store.encryption import new_key
from plugin_server.store.schema import make_engine, upgrade

CLIENT_ID = "sandbox-app"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105 - known to everyone, good for the sandbox only
KIT_CLIENT_ID = "sandbox-kit-client"

# Seconds between checks whether both servers still run.
_CHECK_INTERVAL = 0.2


def run() -> None:
    """Run both servers until a signal arrives, then stop them.

    Raises:
        CannotStart: a port is taken, the data directory cannot be written, or a server did not come up.
        ConfigError: a variable cannot be used.
    """
    common = load_common_settings()
    require_development()
    variables = sandbox_variables(common)
    config = load_config(**{name.lower(): value for name, value in variables.items()})
    sandbox_url = f"http://127.0.0.1:{common.sandbox_port}"
    if config.port == config.sandbox_port:
        raise CannotStart(f"PORT and SANDBOX_PORT are both {config.port}; set one to another port.")
    require_free_port("127.0.0.1", config.sandbox_port, "SANDBOX_PORT")
    require_free_port(config.host, config.port, "PORT")
    owner = owner_of(config.kit_api_key, config) if config.kit_api_key else None
    engine = make_engine(config.sqlalchemy_url)
    upgrade(engine)
    engine.dispose()
    # Of a package without examples, too: its first one may be written now.
    folders = [str(package.examples) for package in installed_packages()]
    options = [word for folder in folders for word in ("--examples", folder)]
    for package in installed_packages():
        options += ["--settings-folder", str(package.settings_json)]
    if owner:
        options += ["--account", str(owner[0]), owner[1]]

    with stop_signals(), ExitStack() as stack:
        try:
            sandbox = stack.enter_context(running("plugin_server.cli", "sandbox", *options))
            server = stack.enter_context(reloading_server(variables))
            watch = stack.enter_context(watching(WATCHED))
            wait_until_up(sandbox_url, sandbox)
            reload = Reload(LocalKit(sandbox_url), server)
            reload.start()
            wait_until_up(f"{config.base_url}/healthz", server.process)
            begin = _BEGIN_REAL.format(name=owner[1]) if owner else _BEGIN
            say(_WELCOME.format(sandbox=sandbox_url, begin=begin, server=config.base_url))
            while True:
                require_running((sandbox, server.process))
                reload.apply_changes(watch.wait(_CHECK_INTERVAL))
        except Stopped:
            say("Stopping.")


class Reload:
    """Reloads the plugin server after changes, and notifies the sandbox's pages."""

    def __init__(self, kit: LocalKit, server: ReloadingServer) -> None:
        """Take the sandbox and the plugin server."""
        self._kit = kit
        self._server = server
        # What was found by reading a file, and by loading the blocks.
        self._in_files: dict[Path, SourceError] = {}
        self._left_out: Sequence[SourceError] = ()
        self._shown: list[SourceError] = []
        self._outdated = False

    def start(self) -> None:
        """Wait for the plugin server's first worker, and paste its blocks; show what is left out.

        Raises:
            CannotStart: the server's own code has an error.
        """
        outcome = self._server.loaded()
        if isinstance(outcome, SourceError):
            raise CannotStart(f"The plugin server cannot start: {outcome}")
        self._use(outcome)
        if errors := self._errors():
            self._kit.show_errors(self._reported(errors))

    def apply_changes(self, files: set[Path]) -> None:
        """Reload what has changed: a block with an error fails alone.

        While a file of the server itself has one, the last valid code stays in use.
        """
        files = {file for file in files if not _is_below(file, SANDBOX_FILES)}
        if not files:
            return
        # Again those with errors: a folder of theirs may have been replaced.
        found = {file: find_source_error(file) for file in (*self._in_files, *files)}
        self._in_files = {file: error for file, error in found.items() if error}
        # A block that was left out for its template is loaded again after each change.
        self._outdated |= bool(self._left_out) or any(map(_needs_worker, files))
        if any(map(_is_of_server, self._in_files)) or (self._outdated and not self._reload()):
            self._kit.show_errors(self._reported(self._errors()))
        else:
            self._kit.show_changes(files, self._reported(self._errors()))

    def _reload(self) -> bool:
        """Load the current code and save its settings JSON; return whether both succeeded."""
        outcome = self._server.reload()
        try:
            if isinstance(outcome, SourceError):
                self._left_out = (outcome,)
            else:
                self._use(outcome)
                self._outdated = False
        except Refused as refusal:
            self._left_out = (SourceError("the dashboard", None, str(refusal)),)
        return not self._outdated

    def _use(self, loaded: Loaded) -> None:
        self._left_out = loaded.errors
        self._kit.paste(loaded.entries, left_out=loaded.left_out)

    def _errors(self) -> list[SourceError]:
        """Return all errors; of two at the same place, the one that says what is left out."""
        every = (*self._in_files.values(), *self._left_out)
        return [*{(error.file, error.line): error for error in every}.values()]

    def _reported(self, errors: list[SourceError]) -> list[SourceError]:
        """Return errors that are in the terminal: those that were not there before are printed."""
        for error in errors:
            if error not in self._shown:
                say(f"  {error}")
        self._shown = errors
        return errors


def _needs_worker(file: Path) -> bool:
    """Return whether a change of a file needs a new worker: of a deleted one always."""
    return not (_is_below(file, RELOADED_FILES) and file.exists())


def _is_of_server(file: Path) -> bool:
    """Return whether no block is loaded without a file: a module of this server, but not of a block."""
    own = built_in_package()
    is_of_block = file.parent == own.folder and file.stem in own.block_names()
    return file.suffix == ".py" and file.is_relative_to(PACKAGE) and not is_of_block


def _is_below(file: Path, folders: tuple[Path, ...]) -> bool:
    return any(file.is_relative_to(folder) for folder in folders)


def sandbox_variables(common: CommonSettings) -> dict[str, str]:
    """Return the plugin server's variables for the preview: its own secrets, and the sandbox as Kit.

    The secrets are created at the first start and stored in the data directory. With ``KIT_API_KEY`` the
    real Kit is used, and nobody needs to sign in: the server is reachable from this machine only.

    Raises:
        CannotStart: the data directory cannot be written.
    """
    sandbox_url = f"http://127.0.0.1:{common.sandbox_port}"
    defaults = {
        "BASE_URL": f"http://127.0.0.1:{common.port}",
        "WEB_CONCURRENCY": "1",
        "LOG_FORMAT": "console",
        "KIT_APP_IDENTIFIER": SAMPLE_APP,
        **_load_or_create_secrets(common.data_dir),
    }
    given = environment()
    own = {name: given.get(name, default) for name, default in defaults.items()}
    if given.get("KIT_API_KEY") or given.get("KIT_API_KEY_FILE"):
        return {**own, "PLUGIN_AUTH": "none"}
    return {
        **own,
        "PLUGIN_CLIENT_ID": CLIENT_ID,
        "PLUGIN_CLIENT_SECRET": CLIENT_SECRET,
        "PLUGIN_REDIRECT_URIS": ",".join((*KIT_REDIRECT_URIS, f"{sandbox_url}/apps/install")),
        "KIT_APP_URL": sandbox_url,
        "KIT_API_URL": sandbox_url,
        "KIT_OAUTH_URL": f"{sandbox_url}/v4/oauth",
        "KIT_AUTHORIZE_URL": f"{sandbox_url}/v4/oauth/authorize",
        "KIT_CLIENT_ID": KIT_CLIENT_ID,
    }


def _load_or_create_secrets(data_dir: Path) -> dict[str, str]:
    path = data_dir / "sandbox-secrets.json"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            created = {
                "SECRET_KEY": secrets.token_urlsafe(32),
                "ENCRYPTION_KEYS": new_key(),
                "KIT_CLIENT_SECRET": secrets.token_urlsafe(32),
            }
            with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
                json.dump(created, file)
        (data_dir / ".writable").touch()
        stored = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or f"{path.name} is damaged; delete it"
        raise data_dir_error(data_dir, reason) from error
    return {str(name): str(value) for name, value in stored.items()}


_WELCOME = """
  Open  {sandbox}  in your browser: it is a small Kit on your machine.
  {begin}
  It shows every change of a template, a block or a settings JSON at once.

  The plugin server itself is at {server}
  Ctrl-C stops both.
"""
_BEGIN = "Install the app there, then insert a block in the editor."
_BEGIN_REAL = (
    "Its blocks show the Kit account {name}, which is only read. Insert one in the editor."
)
