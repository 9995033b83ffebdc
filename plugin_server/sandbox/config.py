"""The sandbox's configuration: its data folder, its URL, and what differs from the defaults."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

# Kit repeats deliveries to webhooks after these seconds. Source: https://developers.kit.com/webhooks
RETRIES: tuple[float, ...] = (30, 120, 900, 3600, 4 * 3600, 12 * 3600, 24 * 3600)


@dataclass(frozen=True)
class SandboxConfig:
    """The sandbox's configuration.

    Attributes:
        data_dir: folder of ``sandbox.db``; created when it is missing.
        base_url: the sandbox's own URL without a trailing slash, e.g. ``http://127.0.0.1:4000``.
        examples: folders of examples, ``<plugin>/<name>.json``.
        settings_folders: folders of settings JSON, ``<plugin>.json``, which the editor may change.
        settings_files: such files of other plugins, each with the plugin's key.
        real_account: id and name of the real Kit account whose data the plugins show; ``None``
            when they show the sandbox's own accounts.
        rate_limits: whether Kit's rate limits are enforced; a load test of the app switches them off.
        accounts_file: describes the accounts instead of those that come with the sandbox.
        data_file: where changed accounts are stored; they are lost at the end without.
        webhook_retries: the seconds after which an attempt to deliver follows the one before.
    """

    data_dir: Path
    base_url: str
    rate_limits: bool = True
    examples: tuple[Path, ...] = ()
    settings_folders: tuple[Path, ...] = ()
    settings_files: tuple[tuple[str, Path], ...] = ()
    real_account: tuple[int, str] | None = None
    accounts_file: Path | None = None
    data_file: Path | None = None
    webhook_retries: tuple[float, ...] = RETRIES

    @property
    def host(self) -> str:
        """The host and port of ``base_url``, as a browser's ``Host`` header gives them."""
        return urlsplit(self.base_url).netloc
