"""Templates of a test's own, beside the project's."""

from collections.abc import Callable, Iterator

import pytest
from jinja2 import ChoiceLoader, DictLoader

from plugin_server.rendering.jinja_environment import jinja_environment


@pytest.fixture
def template() -> Iterator[Callable[[str], None]]:
    """A function that makes a source the template of the block ``trial``."""
    env = jinja_environment()
    own = env.loader
    assert own is not None
    sources: dict[str, str] = {}
    env.loader = ChoiceLoader([DictLoader(sources), own])
    env.cache.clear()

    def make(source: str) -> None:
        sources["blocks/trial.html"] = source

    yield make
    env.loader = own
    env.cache.clear()
