"""A client of Kit's API, and the Kit that it reads."""

from collections.abc import Iterator

import pytest
from support.kit.in_process import Kit, client_over

from plugin_server.kit.api.client import KitClient
from plugin_server.kit.api.transport import make_http_client


@pytest.fixture
def kit() -> Kit:
    return Kit()


@pytest.fixture
def client(kit: Kit) -> Iterator[KitClient]:
    with make_http_client(kit) as http:
        yield client_over(http)
