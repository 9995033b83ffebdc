"""The Kit whose number is cached."""

from collections.abc import Iterator

import pytest
from support.kit.cached_number import Kit


@pytest.fixture
def kit() -> Iterator[Kit]:
    kit = Kit()
    yield kit
    kit.open.set()
