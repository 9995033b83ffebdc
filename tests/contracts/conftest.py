"""The sandbox over real HTTP, for the contracts of Kit's side."""

from collections.abc import Iterator

import httpx2
import pytest
from support.servers.sandbox import running_sandbox


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A client of a sandbox on a free port."""
    with (
        running_sandbox(tmp_path_factory.mktemp("sandbox"), rate_limits=False) as url,
        httpx2.Client(base_url=url) as client,
    ):
        yield client
