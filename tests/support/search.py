"""Search as an editor asks for it: titles, what was typed, and what is offered."""

from collections.abc import Sequence

from plugin_server.blocks.base import SearchQuery
from plugin_server.blocks.search import Candidate, OptionIndex


def index_of(titles: Sequence[str], detail: str | None = None) -> OptionIndex:
    """Return an index in which a title's value is its place; not a number, which could be typed."""
    return OptionIndex(Candidate(title, f"v{n}", detail) for n, title in enumerate(titles))


def labels(index: OptionIndex, text: str = "") -> list[str]:
    return [option.label for option in index.search(SearchQuery(text, (text,)))]


def found(text: str, *titles: str) -> list[str]:
    """Return which of some titles are found, in which order."""
    options = index_of(titles).search(SearchQuery(text, (text,)))
    return [titles[int(option.value[1:])] for option in options]
