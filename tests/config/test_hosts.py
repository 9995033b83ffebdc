"""Host names: which mean this machine."""

import pytest

from plugin_server.config.hosts import is_loopback


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("a.localhost", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("localhost.example.com", False),
        ("notlocalhost", False),
        ("", False),
        (None, False),
    ],
)
def test_knows_loopback_names(host: str | None, expected: bool) -> None:
    assert is_loopback(host) is expected
