"""What the sandbox must be told: where it keeps its state and where browsers find it."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True)
class SandboxConfig:
    """The sandbox's configuration.

    Attributes:
        data_dir: folder of ``sandbox.db``; made when it is missing.
        base_url: the sandbox's own address without a trailing slash, e.g. ``http://127.0.0.1:4000``.
        examples: folder of examples, ``<plugin>/<name>.json``; ``None`` without any.
        real_account: id and name of the Kit account whose data the plugins show, where it is not
            one of the sandbox's own.
        rate_limits: whether Kit's limits hold; a load test of the app switches them off.
    """

    data_dir: Path
    base_url: str
    rate_limits: bool = True
    examples: Path | None = None
    real_account: tuple[int, str] | None = None

    @property
    def host(self) -> str:
        """The host and port of ``base_url``, as a browser's ``Host`` header gives them."""
        return urlsplit(self.base_url).netloc
